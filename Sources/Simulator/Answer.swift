import Core
import JSON

/// What will be sent, decided before the first byte: status, fields, and a body whole or as a stream of events.
struct Answer {
  /// One event of a stream.
  struct Event {
    /// What stands behind `data: `.
    var data: [UInt8]
    /// Whether it carries a token, which takes time.
    var isToken: Bool
  }

  /// The body.
  enum Body {
    /// Sent at once.
    case whole([UInt8])
    /// Events, made when they are due; nil ends them.
    case stream(() -> Event?)
  }

  /// What a whole answer counts.
  struct Usage {
    /// Tokens of the request.
    var promptTokens: Int
    /// Tokens of the answer.
    var completionTokens: Int
  }

  /// What it counts; nil for errors and what is no answer.
  var usage: Usage?
  /// The status.
  var status = 200
  /// Further header fields.
  var fields: [(name: StaticString, value: String)] = []
  /// The content type.
  var contentType = "application/json"
  /// The body.
  var body: Body
  /// Time to the first byte. Unit: milliseconds.
  var firstDelay = 0.0
  /// Time per token. Unit: milliseconds; 0: as fast as possible.
  var tokenDelay = 0.0
  /// Makes the delays uneven.
  var generator = SeededGenerator(seed: 0)

  /// A JSON answer at once.
  init(plain value: JSONValue) { body = .whole(value.serialized()) }

  /// An error at once.
  init(_ error: OpenAIError) {
    status = error.status
    body = .whole(error.json.serialized())
  }

  /// The answer to a chat or completion request, with its faults of content and timing applied. Faults of the wire are the
  /// player's.
  init(_ request: ChatRequest, _ options: SimulatorOptions, sequence: Int) {
    let faults = request.faults
    generator = SeededGenerator(seed: options.seed &+ UInt64(sequence) &* 0x9e37_79b9)
    let isLorem = ModelName.base(request.model).hasPrefix("lorem")
    let length = faults.number(.tokens) ?? options.answerTokens ?? (isLorem ? 100 : nil)
    let answer = ChatAnswer(to: request, length: length, generator: &generator)
    let wire = ChatWire(
      request: request, answer: answer, id: Answer.id(request, &generator), created: WallClock.seconds())
    usage = Usage(promptTokens: answer.promptTokens, completionTokens: answer.completionTokens)
    firstDelay = Double(faults.number(.ttft) ?? options.ttftMilliseconds)
    let speed = faults.number(.tps) ?? options.tokensPerSecond
    tokenDelay = speed > 0 ? 1000 / Double(speed) : 0
    guard request.isStream else {
      body = .whole(wire.whole().serialized())
      firstDelay += tokenDelay * Double(answer.completionTokens)
      return
    }
    contentType = "text/event-stream; charset=utf-8"
    let chunks = wire.chunks()
    var isDone = faults.has(.noDone) || faults.has(.noFinish)
    body = .stream {
      if let (chunk, isToken) = chunks() { return Event(data: chunk.serialized(), isToken: isToken) }
      if isDone { return nil }
      isDone = true
      return Event(data: Array("[DONE]".utf8), isToken: false)
    }
  }

  private static func id(_ request: ChatRequest, _ generator: inout SeededGenerator) -> String {
    (request.isLegacy ? "cmpl-" : "chatcmpl-") + String(generator.next(), radix: 36)
      + String(generator.next(), radix: 36)
  }

  /// The answer that a fault puts in this one's place, if any does.
  func replaced(by faults: FaultList) -> Answer? {
    var answer = refusal(faults)
    if faults.has(.error200) {
      answer = Answer(OpenAIError.simulated(status: 500))
      answer?.status = 200
    }
    if faults.has(.html) {
      answer = Answer(plain: .null)
      answer?.contentType = "text/html; charset=utf-8"
      answer?.body = .whole(Array("<!doctype html><html><body><h1>Sign in to continue</h1></body></html>".utf8))
    }
    if faults.has(.empty) {
      answer = Answer(plain: .null)
      answer?.body = .whole([])
    }
    if faults.has(.redirect) {
      answer = Answer(plain: .object([]))
      answer?.status = 302
      answer?.fields.append(("location", "http://127.0.0.1:9/elsewhere"))
    }
    if let retryAfter = faults.retryAfter, answer != nil { answer?.fields.append(("retry-after", retryAfter)) }
    if let seconds = faults.number(.retryAfterDate), answer != nil {
      let date = Timestamp.imfFixdate(seconds: WallClock.seconds() + Int64(seconds))
      answer?.fields.append(("retry-after", date))
    }
    if let delay = faults.number(.ttft) { answer?.firstDelay = Double(delay) }
    return answer
  }

  private func refusal(_ faults: FaultList) -> Answer? {
    if faults.has(.credentials) { return Answer(OpenAIError.simulated(status: 401)) }
    if faults.has(.contextLength) {
      return Answer(
        OpenAIError(
          status: 400,
          message:
            "This model's maximum context length is 8192 tokens. However, your messages resulted in more tokens.",
          type: "invalid_request_error", code: "context_length_exceeded", parameter: "messages"))
    }
    if faults.has(.moderation) {
      return Answer(
        OpenAIError(
          status: 403, message: "Your input was flagged.", type: "moderation", code: "moderation",
          metadata: .object([
            ("reasons", .array([.string("violence")])), ("flagged_input", .string("...")),
            ("provider_name", .string("Simulator")),
          ])))
    }
    guard let status = faults.number(.status), status != 200 else { return nil }
    return Answer(OpenAIError.simulated(status: status))
  }
}
