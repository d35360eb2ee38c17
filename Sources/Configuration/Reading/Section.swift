import Core

/// One mapping of the file while it is being read: typed access to its members, each with the problems it can have.
/// A member that is absent or wrong is nil; the problem is noted in the context.
struct Section {
  /// Where it stands in the file, such as `server.limits`; empty for the whole file.
  let path: String
  /// Where it begins.
  let position: SourcePosition
  /// What the readers of the file share.
  let context: ReadingContext
  private let members: [YAMLMember]

  /// Reads `node` as a mapping with these `keys`; others are problems. A node that is absent, null or no mapping gives
  /// a section without members. Keys in `unsupported` are of the contract but not of this build.
  init(
    _ node: YAMLNode?, path: String, keys: [String], unsupported: [String] = [], position: SourcePosition? = nil,
    context: ReadingContext
  ) {
    self.path = path
    self.context = context
    self.position = node?.position ?? position ?? SourcePosition(line: 1, column: 1)
    guard let node, !node.isNull else {
      members = []
      return
    }
    guard case .mapping(let members) = node.content else {
      context.report(
        node.position, "\(path.isEmpty ? "the file" : "'\(path)'") must be a mapping",
        "write 'key: value' lines; the keys are \(keys.joined(separator: ", "))")
      self.members = []
      return
    }
    self.members = members
    for member in members where !keys.contains(member.key) { refuse(member, keys: keys, unsupported: unsupported) }
  }

  private func refuse(_ member: YAMLMember, keys: [String], unsupported: [String]) {
    let name = path(member.key)
    if unsupported.contains(member.key) {
      if !member.value.isNull {
        context.report(member.position, "'\(name)' is not supported by this build yet", "remove it")
      }
    } else if let near = NearestName.find(member.key, among: keys + unsupported) {
      context.report(member.position, "'\(name)' is not a known key", "did you mean '\(near)'?")
    } else {
      context.report(
        member.position, "'\(name)' is not a known key", "remove it; known here: \(keys.joined(separator: ", "))")
    }
  }

  /// The dotted path of a member.
  func path(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

  /// The member's value, unless it is absent.
  func node(_ key: String) -> YAMLNode? { members.first { $0.key == key }?.value }

  /// Whether the member is written and not null.
  func has(_ key: String) -> Bool { node(key).map { !$0.isNull } ?? false }

  /// The place of a member, or of the section when it is absent.
  func position(of key: String) -> SourcePosition { node(key)?.position ?? position }

  /// Notes a problem with a member; `message` follows its path.
  func report(_ key: String, _ message: String, _ remedy: String) {
    context.report(position(of: key), "'\(path(key))' \(message)", remedy)
  }

  /// Notes that a member must be written.
  func reportMissing(_ key: String, _ remedy: String) {
    context.report(position, "\(path.isEmpty ? "the file" : "'\(path)'") has no '\(key)'", remedy)
  }

  /// A member as a section; its path is extended.
  func section(_ key: String, keys: [String], unsupported: [String] = []) -> Section {
    Section(
      node(key), path: path(key), keys: keys, unsupported: unsupported, position: position, context: context)
  }

  /// The members of a list; nil when it is absent or null.
  func list(_ key: String) -> [YAMLNode]? {
    guard let node = node(key), !node.isNull else { return nil }
    guard case .sequence(let items) = node.content else {
      report(key, "must be a list", "write it as [a, b], or as lines that begin with '- '")
      return nil
    }
    return items
  }

  /// The sections of a list of mappings.
  func sections(_ key: String, keys: [String], unsupported: [String] = []) -> [Section] {
    (list(key) ?? []).enumerated().map { index, node in
      Section(node, path: "\(path(key))[\(index)]", keys: keys, unsupported: unsupported, context: context)
    }
  }

  /// The members of a mapping with free keys.
  func members(_ key: String) -> [YAMLMember] {
    guard let node = node(key), !node.isNull else { return [] }
    guard case .mapping(let members) = node.content else {
      report(key, "must be a mapping", "write it as { name: value }")
      return []
    }
    return members
  }
}
