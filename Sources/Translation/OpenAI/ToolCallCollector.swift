import Core
import JSON

/// The tool calls of one answer, put together from its deltas or taken from the whole. Made only for requests with tools.
/// Belongs to one call and its loop.
package final class ToolCallCollector {
  /// A call as far as it is known.
  struct Call {
    fileprivate(set) var id: [UInt8] = []
    /// The function's name, as the inside of a JSON string.
    fileprivate(set) var name: [UInt8] = []
    /// The text of the arguments, as the inside of a JSON string.
    fileprivate(set) var arguments: [UInt8] = []
    /// Whether the arguments came as something else than a text.
    fileprivate(set) var hasForeignArguments = false
  }

  /// Most bytes of names and arguments kept. An answer with more is not judged.
  package static let limit = 262_144
  /// Most calls of an answer; with more it is not judged.
  private static let callLimit = 128

  private(set) var calls: [Call] = []
  /// Whether the calls cannot be judged: too many or too long, or of several choices.
  private(set) var isUnjudgeable = false
  private var positions: [Int64: Int] = [:]
  private var bytes = 0

  /// No calls yet.
  package init() {}

  /// Whether the answer has called a tool.
  package var isEmpty: Bool { calls.isEmpty }

  /// Notes what a chunk or a whole answer says of tool calls; nothing, nearly always. `data` is what it was read from.
  func note(_ chunk: borrowing OpenAIChunk, _ data: UnsafeRawBufferPointer) {
    guard let span = chunk.toolCalls, !isUnjudgeable else { return }
    if !chunk.carries.isDisjoint(with: [.otherChoice, .repeatedCalls]) { return giveUp() }
    do throws(JSONProblem) {
      var scanner = JSONScanner(span.bytes(in: data))
      try scanner.array { (index, scanner) throws(JSONProblem) in
        guard try scanner.peek() == .object else {
          try scanner.value()
          return
        }
        try take(Piece(&scanner), at: index)
      }
    } catch {
      giveUp()
    }
    if bytes > ToolCallCollector.limit || calls.count > ToolCallCollector.callLimit { giveUp() }
  }

  private func giveUp() {
    isUnjudgeable = true
    calls = []
    positions = [:]
  }

  private func take(_ piece: Piece, at position: Int) {
    guard piece.isFunction else { return }
    let index = piece.index ?? Int64(position)
    bytes += piece.id.count + piece.name.count + piece.arguments.count
    guard bytes <= ToolCallCollector.limit, let call = place(index, piece) else { return }
    if calls[call].id.isEmpty { calls[call].id = piece.id }
    // Some providers say the name with every piece, others say it in pieces.
    if calls[call].name != piece.name { calls[call].name += piece.name }
    calls[call].arguments += piece.arguments
    if piece.hasForeignArguments { calls[call].hasForeignArguments = true }
  }

  /// The call that a piece belongs to. Some providers give every call the same index; then another id begins another.
  private func place(_ index: Int64, _ piece: Piece) -> Int? {
    if let call = positions[index], piece.id.isEmpty || calls[call].id.isEmpty || calls[call].id == piece.id {
      return call
    }
    guard calls.count <= ToolCallCollector.callLimit else { return nil }
    calls.append(Call())
    positions[index] = calls.count - 1
    return calls.count - 1
  }
}

/// One element of `tool_calls`.
private struct Piece {
  var index: Int64?
  var id: [UInt8] = []
  var name: [UInt8] = []
  var arguments: [UInt8] = []
  var hasForeignArguments = false
  var isFunction = false

  init(_ scanner: inout JSONScanner) throws(JSONProblem) {
    try scanner.object { (key, scanner) throws(JSONProblem) in
      if key.matches("function"), try scanner.peek() == .object {
        isFunction = true
        try readFunction(&scanner)
        return
      }
      let span = try scanner.value()
      if key.matches("index") { index = span.smallInteger(in: scanner.text) }
      if key.matches("id"), span.kind == .string { id = Piece.inside(span, scanner.text) }
    }
  }

  private mutating func readFunction(_ scanner: inout JSONScanner) throws(JSONProblem) {
    try scanner.object { (key, scanner) throws(JSONProblem) in
      let span = try scanner.value()
      if key.matches("name"), span.kind == .string { name = Piece.inside(span, scanner.text) }
      guard key.matches("arguments"), span.kind != .null else { return }
      if span.kind == .string { arguments = Piece.inside(span, scanner.text) } else { hasForeignArguments = true }
    }
  }

  private static func inside(_ span: JSONSpan, _ text: UnsafeRawBufferPointer) -> [UInt8] {
    Array(text[(span.start + 1)..<(span.end - 1)])
  }
}
