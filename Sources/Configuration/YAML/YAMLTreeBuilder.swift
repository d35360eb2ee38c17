import CYAML

/// Builds the tree of one document from libyaml's events. Used once.
final class YAMLTreeBuilder {
  /// Thrown after a problem that ends the reading has been noted.
  private struct Stop: Error {}

  /// What has been noted so far.
  private(set) var problems: [YAMLDocument.Problem] = []

  private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
  private let bytes: UnsafeRawBufferPointer

  /// A builder over `bytes`, which must outlive it.
  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    guard yaml_parser_initialize(parser) == 1 else { fatalError("out of memory") }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  /// The root node, or nil when there is none or the text cannot be read.
  func build() -> YAMLNode? {
    try? readStream()
  }

  private func readStream() throws(Stop) -> YAMLNode? {
    var root: YAMLNode?
    while true {
      let event = try next()
      switch event.type {
      case YAML_STREAM_END_EVENT: return root
      case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT: continue
      case YAML_DOCUMENT_START_EVENT where root != nil:
        throw stop(event.position, "a second document begins here", "keep one document in the file")
      case YAML_DOCUMENT_START_EVENT: root = try node(from: try next(), depth: 0)
      default: throw stop(event.position, "the text is not one YAML document", "keep one document in the file")
      }
    }
  }

  private func node(from event: Event, depth: Int) throws(Stop) -> YAMLNode {
    if depth > YAMLDocument.depthLimit {
      throw stop(event.position, "this is nested too deeply", "no setting is deeper than 8 levels")
    }
    refuseExtras(event)
    switch event.type {
    case YAML_SCALAR_EVENT:
      return YAMLNode(content: .scalar(event.text, isQuoted: event.isQuoted), position: event.position)
    case YAML_SEQUENCE_START_EVENT:
      return YAMLNode(content: .sequence(try sequence(depth: depth + 1)), position: event.position)
    case YAML_MAPPING_START_EVENT:
      return YAMLNode(content: .mapping(try mapping(depth: depth + 1)), position: event.position)
    default:
      return YAMLNode(content: .scalar("", isQuoted: false), position: event.position)
    }
  }

  private func sequence(depth: Int) throws(Stop) -> [YAMLNode] {
    var items: [YAMLNode] = []
    while true {
      let event = try next()
      if event.type == YAML_SEQUENCE_END_EVENT { return items }
      items.append(try node(from: event, depth: depth))
    }
  }

  private func mapping(depth: Int) throws(Stop) -> [YAMLMember] {
    var members: [YAMLMember] = []
    while true {
      let event = try next()
      if event.type == YAML_MAPPING_END_EVENT { return members }
      let key = try node(from: event, depth: depth)
      let value = try node(from: try next(), depth: depth)
      guard case .scalar(let name, _) = key.content else {
        note(key.position, "a key must be a plain word", "quote the value if it begins with a brace or a bracket")
        continue
      }
      if let first = members.first(where: { $0.key == name }) {
        note(key.position, "'\(name)' is already set in line \(first.position.line)", "remove one of the two")
        continue
      }
      members.append(YAMLMember(key: name, position: key.position, value: value))
    }
  }

  private func refuseExtras(_ event: Event) {
    if event.type == YAML_ALIAS_EVENT {
      note(
        event.position, "aliases (*name) are not accepted", "write the value out, or quote a text that begins with *")
    }
    if event.hasAnchor {
      note(event.position, "anchors (&name) are not accepted", "remove it, or quote a text that begins with &")
    }
    if event.hasTag {
      note(event.position, "tags (!name) are not accepted", "remove it, or quote a text that begins with !")
    }
  }

  private func next() throws(Stop) -> Event {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
    defer { yaml_event_delete(&event) }
    return Event(event)
  }

  /// libyaml's own words; they are fixed texts and never quote the file.
  private func syntaxError() -> Stop {
    let failed = parser.pointee
    let problem = failed.problem.map { String(cString: $0) } ?? "it cannot be read"
    if failed.error == YAML_READER_ERROR {
      let before = bytes.prefix(Int(failed.problem_offset))
      let line = before.count(where: { $0 == 10 }) + 1
      let column = before.count - ((before.lastIndex(of: 10) ?? -1) + 1) + 1
      return stop(
        SourcePosition(line: line, column: column), "the file is not text in UTF-8: \(problem)", "save it as UTF-8")
    }
    let context = failed.context.map { " " + String(cString: $0) } ?? ""
    return stop(
      SourcePosition(failed.problem_mark), "the YAML is broken:\(context), \(problem)",
      "check the indentation and the brackets; quote values that contain ': ', ' #', '{' or '['")
  }

  private func note(_ position: SourcePosition, _ message: String, _ remedy: String) {
    problems.append(YAMLDocument.Problem(position: position, message: message, remedy: remedy))
  }

  private func stop(_ position: SourcePosition, _ message: String, _ remedy: String) -> Stop {
    note(position, message, remedy)
    return Stop()
  }
}

/// What the builder needs of an event, free of libyaml's memory.
private struct Event {
  let type: yaml_event_type_t
  let position: SourcePosition
  var text = ""
  var isQuoted = false
  var hasAnchor = false
  var hasTag = false

  init(_ event: yaml_event_t) {
    type = event.type
    position = SourcePosition(event.start_mark)
    switch event.type {
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      isQuoted = scalar.style != YAML_PLAIN_SCALAR_STYLE
      hasAnchor = scalar.anchor != nil
      hasTag = scalar.tag != nil
    case YAML_SEQUENCE_START_EVENT:
      hasAnchor = event.data.sequence_start.anchor != nil
      hasTag = event.data.sequence_start.tag != nil
    case YAML_MAPPING_START_EVENT:
      hasAnchor = event.data.mapping_start.anchor != nil
      hasTag = event.data.mapping_start.tag != nil
    default: break
    }
  }
}

extension SourcePosition {
  /// libyaml counts from 0.
  fileprivate init(_ mark: yaml_mark_t) {
    self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
  }
}
