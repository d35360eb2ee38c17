import Core
import HTTPWire
import JSON

/// Edits a provider's stream in Google's format for a caller of the same, event by event: model and id are the gateway's,
/// all else goes through as written. One per attempt.
package final class GeminiStreamEditor: PassThroughStream {
  private let edit: GeminiAnswerEdit
  private var framing: GeminiFraming
  private var reported = GeminiUsage()
  private var hasUsage = false
  /// The numbers of the candidates so far, and of those that are finished.
  private var candidates: Set<Int64> = []
  private var finished: Set<Int64> = []
  /// The last event, from the first one on that finishes something: it goes out at the end.
  private var lastEvent: [UInt8]?
  /// Bytes of text the answer's events have carried so far.
  package private(set) var deltaBytes = 0
  /// Why the answer ended, in the provider's words.
  package private(set) var finishReason: String?
  /// The provider's id of the answer.
  package private(set) var upstreamID: String?
  /// The tier that the provider reported.
  package var serviceTier: String? { reported.serviceTier }

  /// An editor; `answerID` is the answer's id with the caller.
  package init(_ identity: AnswerIdentity, answerID: String, isArray: Bool = false) {
    framing = GeminiFraming(isArray: isArray)
    edit = GeminiAnswerEdit(identity, answerID: answerID)
  }

  /// Whether the provider has said of every candidate why it ended.
  package var isFinished: Bool { !finished.isEmpty && finished == candidates }

  /// What the provider has reported, in OpenAI's convention.
  package var usage: AnswerUsage? { hasUsage ? reported.answerUsage : nil }

  /// Takes one event and appends what goes to the caller. Throws when the data is no event; nothing has been appended
  /// then.
  package func take(
    _ event: SSEEvent, into output: ByteBuffer
  ) throws(GatewayError) -> OpenAIStreamEditor.Event {
    if event.data.isEmpty { return .held }
    do throws(JSONProblem) {
      return try take(event.data, output)
    } catch {
      throw GatewayError(
        .providerFailed, "The provider sent an event that is not valid JSON", origin: .upstream,
        context: error.description)
    }
  }

  private func take(
    _ data: UnsafeRawBufferPointer, _ output: ByteBuffer
  ) throws(JSONProblem) -> OpenAIStreamEditor.Event {
    var spans = GeminiEventSpans()
    try spans.read(data)
    if let span = spans.error {
      return .failure(GeminiErrorBody.streamError(try JSONValue.parse(span.bytes(in: data))))
    }
    if let span = spans.promptFeedback,
      let error = GeminiAnswerReader.blocked(try JSONValue.parse(span.bytes(in: data)))
    {
      return .failure(error)
    }
    if upstreamID == nil, let span = spans.responseID { upstreamID = span.recordText(in: data) }
    if let span = spans.candidates { try note(span.bytes(in: data)) }
    if let span = spans.usage {
      reported.take(try JSONValue.parse(span.bytes(in: data)))
      hasUsage = true
    }
    if finished.isEmpty {
      append(data, spans, usage: nil, to: output)
      return .chunk
    }
    let earlier = lastEvent
    lastEvent = Array(data)
    guard let earlier else { return .held }
    try append(earlier, usage: nil, to: output)
    return .chunk
  }

  /// Takes note of an event's candidates.
  private func note(_ text: UnsafeRawBufferPointer) throws(JSONProblem) {
    var scanner = JSONScanner(text)
    var hasElement = try scanner.enterArray()
    var position: Int64 = 0
    while hasElement {
      guard try scanner.peek() == .object else { throw JSONProblem("a candidate is no object", at: scanner.position) }
      var spans = GeminiCandidateSpans()
      try spans.read(&scanner)
      let index = spans.index?.smallInteger(in: text) ?? position
      guard candidates.count < 128 else { throw JSONProblem("the answer has too many candidates", at: 0) }
      candidates.insert(index)
      if let span = spans.parts { deltaBytes += try GeminiAnswerBytes.count(span.bytes(in: text)) }
      if let span = spans.rare {
        reported.searches += GeminiGrounding.searches(try JSONValue.parse(span.bytes(in: text)))
      }
      if let span = spans.finish {
        finished.insert(index)
        if finishReason == nil { finishReason = span.recordText(in: text) }
      }
      position += 1
      hasElement = try scanner.nextElement()
    }
  }

  private func append(
    _ data: UnsafeRawBufferPointer, _ spans: GeminiEventSpans, usage: AnswerUsage?, to output: ByteBuffer
  ) {
    framing.open(output)
    guard data.contains(UInt8(ascii: "\n")) else {
      edit.write(data, spans, usage: usage, to: output)
      return framing.close(output)
    }
    // Lines of one event: their ends are white space in JSON.
    let line = ByteBuffer()
    edit.write(data, spans, usage: usage, to: line)
    output.append(line.bytes.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 })
    framing.close(output)
  }

  private func append(_ event: [UInt8], usage: AnswerUsage?, to output: ByteBuffer) throws(JSONProblem) {
    var problem: JSONProblem?
    event.withUnsafeBytes { data in
      do throws(JSONProblem) {
        var spans = GeminiEventSpans()
        try spans.read(data)
        append(data, spans, usage: usage, to: output)
      } catch { problem = error }
    }
    if let problem { throw problem }
  }

  /// The answer is complete: appends its last event.
  package func appendEnd(
    usage: AnswerUsage?, cost: Money?, members: [(key: String, value: JSONValue)], to output: ByteBuffer
  ) {
    // It has been read before.
    if let lastEvent { try? append(lastEvent, usage: usage, to: output) }
    lastEvent = nil
    framing.end(output)
  }

  /// Appends an error as the stream's last event.
  package func appendError(_ error: GatewayError, to output: ByteBuffer) {
    GeminiErrorBody.appendEvent(error, &framing, to: output)
  }
}

/// How much an answer says.
enum GeminiAnswerBytes {
  /// Bytes of text and of calls' arguments in the array of parts.
  static func count(_ parts: UnsafeRawBufferPointer) throws(JSONProblem) -> Int {
    var bytes = 0
    var scanner = JSONScanner(parts)
    var hasElement = try scanner.enterArray()
    while hasElement {
      if try scanner.peek() == .object {
        var part = GeminiPartSpans()
        try part.read(&scanner)
        if let span = part.text { bytes += span.count - 2 }
        if let span = part.call { bytes += span.count }
      } else {
        try scanner.value()
      }
      hasElement = try scanner.nextElement()
    }
    return bytes
  }
}
