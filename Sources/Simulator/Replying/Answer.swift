import Core
import JSON

/// What will be sent, decided before the first byte: status, fields, and a body whole or as a stream of events.
struct Answer {
  /// One event of a stream.
  struct Event {
    /// Its name, where the format gives names.
    var name: String?
    /// Its content.
    var data: [UInt8]
    /// Whether it carries a token, which takes time.
    var isToken: Bool
    /// Whether it is an error of AWS's streams, which have a form of their own for them.
    var isException = false
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

  /// The format it is in.
  let format: any Format
  /// How its events are put into bytes.
  var framing = Framing.events

  /// A JSON answer at once.
  init(plain value: JSONValue, _ format: any Format) {
    self.format = format
    body = .whole(value.serialized())
  }

  /// An error at once.
  init(_ problem: Problem, _ format: any Format) {
    let document = format.document(of: problem)
    self.format = format
    status = document.status
    fields = document.fields
    body = .whole(document.json.serialized())
  }

  /// The answer of the model, with its faults of content and timing applied. Faults of the wire are the player's.
  init(_ turn: any Turn, _ format: any Format, _ options: SimulatorOptions, sequence: Int) {
    let prompt = turn.prompt
    let faults = prompt.faults
    self.format = format
    generator = SeededGenerator(seed: options.seed &+ UInt64(sequence) &* 0x9e37_79b9)
    let isLorem = ModelName.base(prompt.model).hasPrefix("lorem")
    let length = faults.number(.tokens) ?? options.answerTokens ?? (isLorem ? 100 : nil)
    let reply = Reply(to: prompt, length: length, generator: &generator)
    let identity = AnswerIdentity(id: Answer.id(&generator), created: WallClock.seconds())
    usage = Usage(promptTokens: reply.promptTokens, completionTokens: reply.completionTokens)
    firstDelay = Double(faults.number(.ttft) ?? options.ttftMilliseconds)
    let speed = faults.number(.tps) ?? options.tokensPerSecond
    tokenDelay = speed > 0 ? 1000 / Double(speed) : 0
    guard prompt.isStream else {
      body = .whole(turn.whole(reply, identity).serialized())
      firstDelay += tokenDelay * Double(reply.completionTokens)
      return
    }
    framing = turn.framing
    contentType = framing.contentType
    body = .stream(turn.events(reply, identity))
  }

  private static func id(_ generator: inout SeededGenerator) -> String {
    String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
  }

  /// The answer that a fault puts in this one's place, if any does.
  func replaced(by faults: FaultList) -> Answer? {
    var answer = refusal(faults)
    if faults.has(.error200) {
      answer = Answer(.simulated(status: 500), format)
      answer?.status = 200
    }
    if faults.has(.html) {
      answer = Answer(plain: .null, format)
      answer?.contentType = "text/html; charset=utf-8"
      answer?.body = .whole(Array("<!doctype html><html><body><h1>Sign in to continue</h1></body></html>".utf8))
    }
    if faults.has(.empty) {
      answer = Answer(plain: .null, format)
      answer?.body = .whole([])
    }
    if faults.has(.redirect) {
      answer = Answer(plain: .object([]), format)
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
    if faults.has(.credentials) { return Answer(.key, format) }
    if faults.has(.contextLength) { return Answer(.contextLength, format) }
    if faults.has(.moderation), !format.moderatesInAnswers { return Answer(.moderation, format) }
    guard let status = faults.number(.status), status != 200 else { return nil }
    return Answer(.simulated(status: status), format)
  }
}
