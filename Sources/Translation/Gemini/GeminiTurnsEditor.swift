import Core
import Glibc
import JSON

/// The edits to `contents` on their way to a provider of the same format: signatures that are another provider's sealed
/// reasoning go, as Google's servers cannot read them, and with them the parts and turns that say nothing else. Models that
/// refuse a call without a signature get the placeholder for the first call of a step. All else goes through as written.
struct GeminiTurnsEditor {
  private let model: GeminiModel
  /// Whether the model's turns since the last of the user's have called a function: they are one step.
  private var hasCalled = false

  /// An editor for one request.
  init(_ model: GeminiModel) { self.model = model }

  /// Adds the edits of the value of `contents`, which comes next.
  mutating func edit(
    _ scanner: inout JSONScanner, _ body: UnsafeRawBufferPointer, _ splice: inout JSONSplice
  ) throws(JSONProblem) {
    guard try scanner.peek() == .array else {
      // A single turn, which must not go.
      if try scanner.peek() == .object { _ = try editTurn(&scanner, body, &splice) } else { try scanner.value() }
      return
    }
    var turns = JSONMemberList()
    var edits = JSONSplice()
    var hasElement = try scanner.enterArray()
    while hasElement {
      let kind = try scanner.peek()
      let start = scanner.position
      var turn = JSONSplice()
      var isEmpty = false
      if kind == .object { isEmpty = try editTurn(&scanner, body, &turn) } else { try scanner.value() }
      turns.append(start: start, end: scanner.position, isRemoved: isEmpty)
      if !isEmpty { edits.add(turn) }
      hasElement = try scanner.nextElement()
    }
    splice.add(edits)
    turns.addRemovals(to: &splice)
  }

  /// Adds the edits of a turn; whether nothing is left of it.
  private mutating func editTurn(
    _ scanner: inout JSONScanner, _ body: UnsafeRawBufferPointer, _ splice: inout JSONSplice
  ) throws(JSONProblem) -> Bool {
    var role: JSONSpan?
    var parts: JSONSpan?
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      if key.matches("role") { role = span } else if key.matches("parts") { parts = span }
      hasMember = try scanner.nextMember()
    }
    if role?.isText("model", in: body) != true { hasCalled = false }
    guard let parts, mayNeedEdits(parts.bytes(in: body)) else { return false }
    let value = try JSONValue.parse(parts.bytes(in: body))
    guard let edited = edited(value.objectValue == nil ? value.arrayValue ?? [] : [value]) else { return false }
    splice.replace(parts, with: JSONValue.array(edited).serialized())
    return edited.isEmpty
  }

  /// Whether there is a sealed signature, or a call that may have to have one; turns without are not read at all.
  private func mayNeedEdits(_ parts: UnsafeRawBufferPointer) -> Bool {
    if parts.contains(GeminiSignature.sealedBeginning) { return true }
    return model.requiresSignatures && (parts.contains("functionCall") || parts.contains("function_call"))
  }

  // MARK: Parts

  /// The parts of a turn as they are to go; nil when they go as they are.
  private mutating func edited(_ parts: [JSONValue]) -> [JSONValue]? {
    var result: [JSONValue] = []
    var isEdited = false
    for part in parts {
      guard let members = part.objectValue else {
        result.append(part)
        continue
      }
      var kept = members.filter { !GeminiTurnsEditor.isSealedSignature($0) }
      if kept.count < members.count {
        isEdited = true
        if GeminiTurnsEditor.saysNothing(kept) { continue }
      }
      if GeminiTurnsEditor.member("functionCall", kept) != nil {
        let isFirst = !hasCalled
        hasCalled = true
        if isFirst, model.requiresSignatures, GeminiTurnsEditor.member("thoughtSignature", kept)?.stringValue == nil {
          kept = kept.filter { GeminiObject.camelCase($0.key) != "thoughtSignature" }
          kept.append(("thoughtSignature", .string(GeminiSignature.placeholder)))
          isEdited = true
        }
      }
      result.append(.object(kept))
    }
    return isEdited ? result : nil
  }

  private static func member(_ name: String, _ members: [(key: String, value: JSONValue)]) -> JSONValue? {
    members.first { GeminiObject.camelCase($0.key) == name }?.value
  }

  private static func isSealedSignature(_ member: (key: String, value: JSONValue)) -> Bool {
    GeminiObject.camelCase(member.key) == "thoughtSignature"
      && member.value.stringValue.map(GeminiSignature.isSealed) == true
  }

  /// Whether a part that had a signature has nothing else to say.
  private static func saysNothing(_ members: [(key: String, value: JSONValue)]) -> Bool {
    members.allSatisfy { GeminiObject.camelCase($0.key) == "thought" || $0.key == "text" && $0.value.stringValue == "" }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether the bytes of a text stand in these.
  fileprivate func contains(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard var place = baseAddress, count >= length else { return false }
    let end = place + count - length + 1
    while place < end, let found = memchr(place, Int32(word.utf8Start[0]), end - place) {
      if memcmp(found, word.utf8Start, length) == 0 { return true }
      place = UnsafeRawPointer(found) + 1
    }
    return false
  }
}
