import Core
import JSON

/// One candidate of an answer that is being streamed to a caller.
struct GeminiEncodedChoice {
  private struct Call {
    var position: Int64
    var start: ToolCallStart
    let arguments = ByteBuffer()
  }

  /// Its number.
  let index: Int64
  /// What its text rests on.
  var citations: [Citation] = []
  /// Why it ended.
  var finish: FinishReason?
  private var logprobs: [JSONValue] = []
  private var calls: [Call] = []
  /// The piece of reasoning that is open, but for its readable text, which is sent as it comes.
  private var piece: Reasoning?
  private var pieceIndex: Int64 = 0
  /// The signature or the encrypted data of the open piece, as the inside of a JSON string.
  private let sealed = ByteBuffer()
  /// Signatures of calls by their ids, and one for what comes next.
  private var signatures: [String: String] = [:]
  private var pending: String?
  /// What has been said, as the inside of a JSON string: citations count its bytes.
  private let said = ByteBuffer()

  /// Most that is kept of what is said. Unit: bytes.
  private static let saidLimit = 1 << 20

  /// A candidate at its beginning.
  init(index: Int64) { self.index = index }

  /// Takes note of text that is sent.
  func note(_ text: JSONText) { if said.count < GeminiEncodedChoice.saidLimit { said.append(text) } }

  /// Takes note of more tokens' probabilities.
  mutating func note(logprobs value: JSONValue) { logprobs += value["content"]?.arrayValue ?? [] }

  /// The signature for what is said next.
  mutating func takeSignature() -> String? {
    defer { pending = nil }
    return pending
  }

  /// Something else is said: closes the open piece and writes the calls.
  mutating func flush(_ write: (JSONValue) -> Void) {
    if piece != nil { closePiece(write) }
    flushCalls(write)
  }

  /// Writes a part that came whole.
  mutating func add(_ part: Part, _ write: (JSONValue) -> Void) {
    var parts = GeminiAnswerParts()
    parts.add(part)
    for value in parts.written { write(signed(value, takeSignature())) }
  }

  private func signed(_ part: JSONValue, _ signature: String?) -> JSONValue {
    var writer = ObjectWriter(part.objectValue ?? [])
    writer.add("thoughtSignature", signature)
    return writer.value
  }

  // MARK: Calls

  /// A call begins.
  mutating func begin(_ position: Int64, _ start: ToolCallStart, _ write: (JSONValue) -> Void) {
    if piece != nil { closePiece(write) }
    calls.append(Call(position: position, start: start))
  }

  /// More of a call's arguments.
  func append(_ position: Int64, _ text: JSONText) {
    calls.last { $0.position == position }?.arguments.append(text)
  }

  /// Writes the calls that wait; a part holds a whole one.
  mutating func flushCalls(_ write: (JSONValue) -> Void) {
    if calls.isEmpty { return }
    let waiting = calls
    calls = []
    for call in waiting {
      let arguments = JSONText(inside: call.arguments.bytes).string
      let part = GeminiAnswerParts.call(ToolCall(id: call.start.id, name: call.start.name, arguments: arguments))
      write(signed(.object(part), signatures.removeValue(forKey: call.start.id) ?? takeSignature()))
    }
  }

  // MARK: Reasoning

  /// Takes more of a piece; its readable text is written by the caller of this.
  mutating func take(_ delta: ReasoningDelta, _ write: (JSONValue) -> Void) {
    let isEncrypted = delta.kind == .encrypted
    if let piece, pieceIndex != delta.index || isEncrypted != (piece.text == nil) || piece.format != delta.format {
      closePiece(write)
    }
    if piece == nil {
      piece = Reasoning(isEncrypted ? .encrypted("") : .text(""), format: delta.format)
      pieceIndex = delta.index
    }
    if let id = delta.id { piece?.id = id }
    switch delta.kind {
    case .text: break
    case .summary: piece?.content = .summary("")
    case .encrypted, .signature: sealed.append(delta.text)
    }
  }

  /// Writes the end of a piece: its signature, sealed where another provider must see it again.
  private mutating func closePiece(_ write: (JSONValue) -> Void) {
    guard var piece else { return }
    let text = JSONText(inside: sealed.bytes).string
    sealed.clear()
    self.piece = nil
    if case .encrypted = piece.content {
      piece.content = .encrypted(text)
      if piece.format != .gemini { return write(GeminiAnswerParts.thought(piece)) }
      if let id = piece.id {
        signatures[id] = text
      } else {
        if let earlier = takeSignature() { write(GeminiAnswerParts.bare(earlier)) }
        pending = text
      }
      return
    }
    piece.signature = text.isEmpty ? nil : text
    let isBare = piece.format == .gemini && piece.signature == nil || GeminiSignature.isAnyones(piece)
    if !isBare { write(GeminiAnswerParts.thought(piece)) }
  }

  // MARK: The end

  /// Writes what nothing came behind.
  mutating func end(_ write: (JSONValue) -> Void) {
    if let signature = takeSignature() { write(GeminiAnswerParts.bare(signature)) }
    for id in signatures.keys.sorted() {
      if let signature = signatures[id] { write(GeminiAnswerParts.bare(signature)) }
    }
    signatures = [:]
  }

  /// The candidate of the last event.
  var last: JSONValue {
    var writer = ObjectWriter([
      (
        "content",
        .object([("parts", .array([.object([("text", .string(""))])])), ("role", .string("model"))])
      ),
      ("finishReason", .string(GeminiFinishReason.word(finish))), ("index", .integer(index)),
    ])
    if !citations.isEmpty {
      writer.add(
        "groundingMetadata", GeminiGrounding.metadata(citations, text: JSONText(inside: said.bytes).string))
    }
    if !logprobs.isEmpty {
      writer.add("logprobsResult", GeminiLogprobs.result(.object([("content", .array(logprobs))])))
    }
    return writer.value
  }
}
