import Core
import HTTPWire
import JSON
import Ledger
import TestSupport
import Translation

/// One pair of the matrix: what a caller's request becomes for a provider, and its answer for the caller, by the same ways
/// the rooms take.
struct GoldenCrossing {
  let caller: GoldenCaller
  let provider: GoldenProvider
  /// What was asked, for answers that repeat some of it.
  var asked: Conversation?

  /// Whether both speak one format, so that bytes go through.
  var isSame: Bool { caller.format == provider.dialect.format }

  /// What bytes go through, where both speak a format that is not OpenAI's chat.
  private var same: (any PassThrough)? { isSame ? Dialects.passThrough(caller.format) : nil }

  private static let created: Int64 = 1_750_000_000
  private static let cost = Money(units: 123_000_000)
  private static let model = "author/model"
  private static let provider = "Golden"
  private static let identity = AnswerIdentity(
    id: "gen-golden", source: AnswerSource(model: model, provider: provider))

  // MARK: Requests

  func conversation(_ body: [UInt8]) throws -> Conversation {
    try body.withUnsafeBytes { body in
      if let dialect = caller.dialect { return try dialect.conversation(body, CallerTarget()) }
      return try OpenAIChatReader.conversation(body)
    }
  }

  /// The request as the provider gets it, and what goes with it.
  func request(_ body: [UInt8]) throws -> (encoded: EncodedRequest, dropped: String?) {
    if isSame { return (EncodedRequest(try sameRequest(body)), nil) }
    let conversation = try conversation(body)
    let encoded = try provider.dialect.encode(
      conversation, for: ProviderTarget(model: provider.model, maxCompletionTokens: 8192))
    return (encoded, encoded.dropped.header { caller.dialect?.name(of: $0) ?? $0.openAIName })
  }

  private func sameRequest(_ body: [UInt8]) throws -> ByteBuffer {
    let buffer = ByteBuffer()
    try body.withUnsafeBytes { body in
      if let same { return try same.encode(body, upstreamModel: provider.model, into: buffer) }
      let request = try OpenAIRequest(.chat, body: body)
      OpenAIRequestEncoder.encode(request, body: body, upstreamModel: provider.model, into: buffer)
    }
    return buffer
  }

  // MARK: Contexts

  private func answerContext(_ answerTool: String?) -> AnswerContext {
    AnswerContext(id: "gen-golden", created: GoldenCrossing.created, answerTool: answerTool, model: provider.model)
  }

  private var callerContext: CallerContext {
    CallerContext(
      id: caller.answerID, model: "author/model", created: GoldenCrossing.created, promptTokens: 7,
      conversation: asked, now: { GoldenCrossing.created + 2 })
  }

  // MARK: Whole answers

  func answer(_ body: [UInt8], answerTool: String?) throws -> [UInt8] {
    if let same { return try sameAnswer(same, body) }
    let inner = ByteBuffer()
    var decoded: Answer?
    if provider.dialect.format == .openAI {
      inner.append(body)
    } else {
      try body.withUnsafeBytes {
        decoded = try WholeAnswer.fromProvider($0, provider.dialect, answerContext(answerTool), to: inner)
      }
    }
    let edited = ByteBuffer()
    let editor = try OpenAIAnswerEditor(.chat, data: inner.bytes)
    let usage = editor.usage ?? .estimated(Usage(promptTokens: 1, completionTokens: 1))
    editor.write(identity: GoldenCrossing.identity, usage: usage, cost: GoldenCrossing.cost, to: edited)
    guard let dialect = caller.dialect else { return edited.copyBytes() }
    let output = ByteBuffer()
    if let decoded {
      let edit = WholeAnswer.Edit(
        model: GoldenCrossing.model, provider: GoldenCrossing.provider, usage: usage, cost: GoldenCrossing.cost,
        members: [])
      WholeAnswer.toCaller(decoded, edit, dialect, callerContext, to: output)
    } else {
      try WholeAnswer.toCaller(edited.bytes, dialect, callerContext, to: output)
    }
    return output.copyBytes()
  }

  private func sameAnswer(_ same: any PassThrough, _ body: [UInt8]) throws -> [UInt8] {
    try body.withUnsafeBytes {
      let output = ByteBuffer()
      try same.answer($0).write(
        GoldenCrossing.identity, answerID: caller.answerID, usage: nil, cost: GoldenCrossing.cost, members: [],
        to: output)
      return output.copyBytes()
    }
  }

  // MARK: Streams

  /// What the caller reads when the provider's bytes come in these pieces.
  func stream(_ pieces: [ArraySlice<UInt8>], answerTool: String?) throws -> [UInt8] {
    if let same { return try sameStream(same, pieces) }
    let rooms = ByteBuffer()
    let output = ByteBuffer()
    let callerStream = caller.dialect.map { CallerStream($0, callerContext, eventBytes: 1 << 20) }
    let editor = OpenAIStreamEditor(.chat, identity: GoldenCrossing.identity)
    var failure: GatewayError?
    let provider = ProviderFeed(self.provider, answerContext(answerTool))
    for piece in pieces where failure == nil {
      do throws(GatewayError) {
        try provider.feed(piece) { chunk in
          if failure != nil { return }
          do throws(GatewayError) {
            if case .failure(let error) = try editor.take(chunk, into: rooms) { failure = error }
          } catch { failure = error }
        }
      } catch { failure = error }
      if let callerStream { callerStream.feed(rooms.bytes, into: output) } else { output.append(rooms.bytes) }
      rooms.clear()
    }
    if let failure {
      editor.appendError(failure, to: rooms)
    } else {
      let usage = editor.usage ?? .estimated(Usage(promptTokens: 1, completionTokens: 1))
      editor.appendUsage(usage, cost: GoldenCrossing.cost, to: rooms)
      OpenAIStreamEditor.appendTerminator(to: rooms)
    }
    if let callerStream { callerStream.feed(rooms.bytes, into: output) } else { output.append(rooms.bytes) }
    return output.copyBytes()
  }

  private func sameStream(_ same: any PassThrough, _ pieces: [ArraySlice<UInt8>]) throws -> [UInt8] {
    let editor = same.stream(GoldenCrossing.identity, answerID: caller.answerID)
    let parser = SSEParser(eventBytes: 1 << 20)
    let output = ByteBuffer()
    var failure: GatewayError?
    for piece in pieces {
      try piece.withUnsafeBytes {
        try parser.feed($0) { event in
          if failure == nil, case .failure(let error) = try editor.take(event, into: output) { failure = error }
        }
      }
    }
    if let failure {
      editor.appendError(failure, to: output)
    } else {
      editor.appendEnd(usage: nil, cost: GoldenCrossing.cost, members: [], to: output)
    }
    return output.copyBytes()
  }

  // MARK: Errors

  func error(status: Int, body: [UInt8]) -> [UInt8] {
    let error = body.withUnsafeBytes {
      provider.dialect.error(status: status, body: $0, retryAfterSeconds: 5, provider: "Golden", secrets: [])
    }
    return caller.dialect?.errorBody(error, requestID: "req-golden") ?? ErrorDocument.body(error)
  }
}

/// The bytes of a provider as chunks: its own, or what its dialect makes of them.
private final class ProviderFeed {
  private let parser = SSEParser(eventBytes: 1 << 20)
  private let stream: ProviderStream?

  init(_ provider: GoldenProvider, _ context: AnswerContext) {
    stream =
      provider.dialect.format == .openAI ? nil : ProviderStream(provider.dialect, context, eventBytes: 1 << 20)
  }

  func feed(
    _ piece: ArraySlice<UInt8>, _ onChunk: (UnsafeRawBufferPointer) -> Void
  ) throws(GatewayError) {
    let bytes = Array(piece)
    var failure: GatewayError?
    bytes.withUnsafeBytes { bytes in
      do {
        if let stream { try stream.feed(bytes, onChunk: onChunk) } else { try parser.feed(bytes) { onChunk($0.data) } }
      } catch {
        failure = error as? GatewayError
      }
    }
    if let failure { throw failure }
  }
}
