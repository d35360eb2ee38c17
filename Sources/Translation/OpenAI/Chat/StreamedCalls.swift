import Core
import JSON

/// The calls of a streamed answer in OpenAI's format, from the pieces they come in. A call is handed on when its name is
/// complete: with its first arguments, or when something else follows.
struct StreamedCalls {
  private struct Call {
    var choice: Int64
    var index: Int64
    var id: String
    var name: String
    var extras: [Member] = []
    var isAnnounced = false
    var position: Int64
  }

  /// Most calls of one stream; no model makes as many.
  private static let limit = 1024

  private var calls: [Call] = []
  /// The last call, while it is not announced.
  private var hasPending = false

  /// Takes the array of a delta.
  mutating func take(
    _ text: UnsafeRawBufferPointer, _ choice: Int64, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    var scanner = JSONScanner(text)
    var hasElement = try scanner.enterArray()
    var position: Int64 = 0
    while hasElement {
      if try scanner.peek() == .object {
        var piece = CallPiece()
        try piece.read(&scanner)
        if piece.hasFunction { try take(piece, position, choice, text, emit) }
      } else {
        try scanner.value()
      }
      position += 1
      hasElement = try scanner.nextElement()
    }
  }

  private mutating func take(
    _ piece: CallPiece, _ position: Int64, _ choice: Int64, _ text: UnsafeRawBufferPointer,
    _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) {
    let index = piece.index?.smallInteger(in: text) ?? position
    let place = try place(index, choice, piece, text, emit)
    guard let place else { return }
    if !calls[place].isAnnounced {
      if let span = piece.name, span.count > 2 {
        let name = JSONString.decode(span, in: text)
        if calls[place].name != name { calls[place].name += name }
      }
      if let span = piece.id, calls[place].id.isEmpty { calls[place].id = JSONString.decode(span, in: text) }
      for extra in piece.extras {
        calls[place].extras.append(Member(extra.name, try JSONValue.parse(extra.span.bytes(in: text))))
      }
    }
    guard let span = piece.arguments else { return }
    if span.kind == .string {
      if span.count == 2 { return }
      flush(emit)
      emit(AnswerEvent(.toolArguments(position: calls[place].position, JSONText(span, in: text)), choice: choice))
    } else {
      flush(emit)
      let object = String(decoding: span.bytes(in: text), as: UTF8.self)
      JSONText.with(object) {
        emit(AnswerEvent(.toolArguments(position: calls[place].position, $0), choice: choice))
      }
    }
  }

  /// The call that a piece belongs to. Some providers give every call the same index; then another id begins another.
  private mutating func place(
    _ index: Int64, _ choice: Int64, _ piece: CallPiece, _ text: UnsafeRawBufferPointer,
    _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) -> Int? {
    if let last = calls.lastIndex(where: { $0.index == index && $0.choice == choice }) {
      guard let span = piece.id, span.count > 2, !calls[last].id.isEmpty else { return last }
      if span.isPlain(calls[last].id, in: text) || JSONString.decode(span, in: text) == calls[last].id { return last }
    }
    guard calls.count < StreamedCalls.limit else { throw JSONProblem("the answer calls too many tools", at: 0) }
    flush(emit)
    let position = Int64(calls.count { $0.choice == choice })
    calls.append(Call(choice: choice, index: index, id: "", name: "", position: position))
    hasPending = true
    return calls.count - 1
  }

  /// Announces the last call, if it has not been.
  mutating func flush(_ emit: (AnswerEvent) -> Void) {
    guard hasPending, let last = calls.indices.last else { return }
    hasPending = false
    calls[last].isAnnounced = true
    let call = calls[last]
    let start = ToolCallStart(id: call.id, name: call.name, extras: call.extras)
    emit(AnswerEvent(.toolCall(position: call.position, start), choice: call.choice))
  }
}

extension JSONSpan {
  /// Whether the string is written as this text, without escapes.
  fileprivate func isPlain(_ text: String, in source: UnsafeRawBufferPointer) -> Bool {
    source[(start + 1)..<(end - 1)].elementsEqual(text.utf8)
  }
}

/// Where the members of an element of `tool_calls` lie.
private struct CallPiece {
  var index: JSONSpan?
  var id: JSONSpan?
  var name: JSONSpan?
  var arguments: JSONSpan?
  var extras: [(name: String, span: JSONSpan)] = []
  var hasFunction = false

  mutating func read(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      if key.isNamed("function"), try scanner.peek() == .object {
        hasFunction = true
        try readFunction(&scanner)
      } else {
        let span = try scanner.value()
        switch key.length {
        case 5 where key.isNamed("index"): index = span
        case 2 where key.isNamed("id"): if span.kind == .string { id = span }
        case 4 where key.isNamed("type"): break
        default: if span.kind != .null { extras.append((key.string, span)) }
        }
      }
      hasMember = try scanner.nextMember()
    }
  }

  private mutating func readFunction(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      if key.isNamed("name"), span.kind == .string { name = span }
      if key.isNamed("arguments"), span.kind != .null { arguments = span }
      hasMember = try scanner.nextMember()
    }
  }
}

/// Reads `reasoning_details` of a stream, whose pieces come in deltas.
struct ReasoningPlaces {
  /// The index of the last piece.
  private var last: Int64 = -1
  private var format = ReasoningFormat.unknown

  /// The index of reasoning that comes without details.
  var plainIndex: Int64 { max(last, 0) }

  /// Takes the array of a delta; whether readable text was in it.
  mutating func take(
    _ text: UnsafeRawBufferPointer, _ choice: Int64, _ emit: (AnswerEvent) -> Void
  ) throws(JSONProblem) -> Bool {
    var scanner = JSONScanner(text)
    var saysText = false
    var hasElement = try scanner.enterArray()
    while hasElement {
      if try scanner.peek() == .object {
        var piece = DetailSpans()
        try piece.read(&scanner)
        if handOn(piece, text, choice, emit) { saysText = true }
      } else {
        try scanner.value()
      }
      hasElement = try scanner.nextElement()
    }
    return saysText
  }

  private mutating func handOn(
    _ piece: DetailSpans, _ text: UnsafeRawBufferPointer, _ choice: Int64, _ emit: (AnswerEvent) -> Void
  ) -> Bool {
    last = piece.index?.smallInteger(in: text) ?? max(last, 0)
    if let span = piece.format, !span.bytes(in: text).dropFirst().dropLast().elementsEqual(format.rawValue.utf8) {
      format = ReasoningFormat(rawValue: JSONString.decode(span, in: text))
    }
    var id = piece.id.flatMap { $0.kind == .string ? JSONString.decode($0, in: text) : nil }
    func emitDelta(_ kind: ReasoningDelta.Kind, _ span: JSONSpan?) -> Bool {
      guard let span, span.kind == .string, span.count > 2 || id != nil else { return false }
      let delta = ReasoningDelta(kind, JSONText(span, in: text), index: last, format: format, id: id)
      id = nil
      emit(AnswerEvent(.reasoning(delta), choice: choice))
      return span.count > 2
    }
    let saysText = emitDelta(.text, piece.text)
    let saysSummary = emitDelta(.summary, piece.summary)
    _ = emitDelta(.encrypted, piece.data)
    _ = emitDelta(.signature, piece.signature)
    return saysText || saysSummary
  }
}

/// Where the members of an element of `reasoning_details` lie.
private struct DetailSpans {
  var text: JSONSpan?
  var summary: JSONSpan?
  var data: JSONSpan?
  var signature: JSONSpan?
  var id: JSONSpan?
  var format: JSONSpan?
  var index: JSONSpan?

  mutating func read(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      switch key.length {
      case 4 where key.isNamed("text"): text = span
      case 7 where key.isNamed("summary"): summary = span
      case 4 where key.isNamed("data"): data = span
      case 9 where key.isNamed("signature"): signature = span
      case 2 where key.isNamed("id"): id = span
      case 6 where key.isNamed("format") && span.kind == .string: format = span
      case 5 where key.isNamed("index"): index = span
      default: break
      }
      hasMember = try scanner.nextMember()
    }
  }
}
