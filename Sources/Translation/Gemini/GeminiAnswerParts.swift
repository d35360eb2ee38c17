import Core
import JSON

/// Writes the parts of an answer, and signatures at the parts they belong to.
struct GeminiAnswerParts {
  /// The parts so far.
  private(set) var written: [JSONValue] = []
  /// Signatures of calls by their ids.
  private var signatures: [String: String] = [:]
  /// A signature for what comes next.
  private var pending: String?

  /// Nothing written.
  init() {}

  /// Takes note of a signature that belongs to one of the calls among `parts`.
  mutating func note(_ piece: Reasoning, _ parts: [Part]) {
    guard piece.format == .gemini, case .encrypted(let signature) = piece.content, let id = piece.id,
      parts.contains(where: { $0.toolCall?.id == id })
    else { return }
    signatures[id] = signature
  }

  /// Writes a part.
  mutating func add(_ part: Part) {
    switch part.content {
    case .reasoning(let piece): add(piece)
    case .text(let text): if !text.text.isEmpty { append([("text", .string(text.text))]) }
    case .refusal(let text): append([("text", .string(text))])
    case .toolCall(let call): append(GeminiAnswerParts.call(call), signatures[call.id])
    case .image(let image): append(GeminiMedia.part(image.source, type: "image/png")?.members)
    case .audio(let audio):
      guard let data = audio.base64 else { return append(audio.transcript.map { [("text", .string($0))] }) }
      append(GeminiMedia.part(.data(type: GeminiMedia.audioType(audio.format), base64: data), type: nil)?.members)
    case .native(.gemini, let value): append(value.objectValue)
    case .file, .video, .toolResult, .native: break
    }
  }

  /// A signature that nothing came behind stands alone.
  mutating func end() {
    if let pending { written.append(GeminiAnswerParts.bare(pending)) }
    pending = nil
  }

  private mutating func append(_ members: [(key: String, value: JSONValue)]?, _ signature: String? = nil) {
    guard let members else { return }
    var writer = ObjectWriter(members)
    writer.add("thoughtSignature", signature ?? pending)
    if signature == nil { pending = nil }
    written.append(writer.value)
  }

  /// Pieces of other providers are sealed, to come back whole.
  private mutating func add(_ piece: Reasoning) {
    if piece.format == .gemini, case .encrypted(let signature) = piece.content {
      if let id = piece.id, signatures[id] != nil { return }
      end()
      pending = signature
    } else {
      written.append(GeminiAnswerParts.thought(piece))
    }
  }

  /// A part for a piece that is read.
  static func thought(_ piece: Reasoning) -> JSONValue {
    var writer = ObjectWriter([("text", .string(piece.text ?? "")), ("thought", .bool(true))])
    if piece.format == .gemini {
      writer.add("thoughtSignature", piece.signature)
    } else if !GeminiSignature.isAnyones(piece) {
      writer.add("thoughtSignature", GeminiSignature.seal(piece))
    }
    return writer.value
  }

  /// A part that is nothing but a signature.
  static func bare(_ signature: String) -> JSONValue {
    .object([("text", .string("")), ("thoughtSignature", .string(signature))])
  }

  /// The members of a part for a call.
  static func call(_ call: ToolCall) -> [(key: String, value: JSONValue)] {
    var inner = ObjectWriter()
    if !call.id.isEmpty { inner.add("id", call.id) }
    inner.add("name", call.name)
    inner.add("args", call.argumentObject)
    return [("functionCall", inner.value)]
  }
}
