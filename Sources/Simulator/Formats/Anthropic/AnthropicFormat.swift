import HTTPWire
import JSON

/// Anthropic's Messages: `/v1/messages` and `/v1/messages/count_tokens`.
struct AnthropicFormat: Format {
  /// Its name in the log.
  let dialect = "anthropic"

  /// Makes and knows the signatures of thinking.
  static let seal = Seal(maker: "anthropic")

  /// Whether a request is for it.
  func serves(_ head: RequestHead) -> Bool {
    if head.method == "GET" { return head.first("anthropic-version") != nil && head.path.hasSuffix("/models") }
    return head.path.hasSuffix("/messages") || head.path.hasSuffix("/messages/count_tokens")
  }

  /// Looks at the request's key. Throws `Problem`.
  func authorize(_ request: Incoming) throws(Problem) {
    guard request.accepts(key: request.head.first("x-api-key") ?? request.bearer) else { throw .key }
  }

  /// Reads a request. Throws a `Problem` for everything that the provider would refuse.
  func read(_ request: Incoming) throws(Problem) -> Asked {
    if request.head.method == "GET" { return models(request) }
    guard request.head.method == "POST" else { throw .route(request.head.method, request.head.path) }
    guard request.head.first("anthropic-version") != nil else {
      throw .invalid("header is required", at: FieldPath.root.member("anthropic-version"))
    }
    let isCount = request.head.path.hasSuffix("/count_tokens")
    let turn = try AnthropicReader.turn(try request.json(), isCount: isCount, request.simulator)
    guard isCount else { return .answer(turn) }
    return .document(
      Asked.Document(
        json: .object([("input_tokens", .integer(turn.prompt.promptTokens))]), model: turn.prompt.modelName,
        faults: turn.prompt.faults, takesFaults: true))
  }

  private func models(_ request: Incoming) -> Asked {
    let list = request.simulator.options.models.map { name -> JSONValue in
      .object([
        ("type", .string("model")), ("id", .string(name)), ("display_name", .string(name)),
        ("created_at", .string("2026-01-01T00:00:00Z")),
      ])
    }
    return .document(
      Asked.Document(
        json: .object([
          ("data", .array(list)), ("has_more", .bool(false)), ("first_id", list.first?["id"] ?? .null),
          ("last_id", list.last?["id"] ?? .null),
        ])))
  }

  /// An error in this format.
  func document(of problem: Problem) -> ErrorDocument {
    let status =
      switch problem.reason {
      case .moderation: 400
      default: problem.status
      }
    return ErrorDocument(
      status: status, fields: [("request-id", "req_simulator")],
      json: .object([
        ("type", .string("error")),
        (
          "error",
          .object([
            ("type", .string(AnthropicFormat.type(problem.reason, status))),
            ("message", .string(AnthropicFormat.message(problem))),
          ])
        ), ("request_id", .string("req_simulator")),
      ]))
  }

  /// An error in the middle of a stream.
  func event(of problem: Problem) -> Answer.Event {
    Answer.Event(name: "error", data: document(of: problem).json.serialized(), isToken: false)
  }

  private static func type(_ reason: Problem.Reason, _ status: Int) -> String {
    switch status {
    case 401: "authentication_error"
    case 402: "billing_error"
    case 403: "permission_error"
    case 404: "not_found_error"
    case 413: "request_too_large"
    case 429: "rate_limit_error"
    case 400..<500: "invalid_request_error"
    case 504: "timeout_error"
    case 529: "overloaded_error"
    default: "api_error"
    }
  }

  private static func message(_ problem: Problem) -> String {
    let place = problem.path.dotted
    switch problem.reason {
    case .missing: return "\(place): Field required"
    case .unknown: return "\(place): Extra inputs are not permitted"
    case .wrongType(let wanted):
      let noun = wanted.split(separator: " ").dropFirst().joined(separator: " ")
      return "\(place): Input should be a valid \(noun)"
    case .key: return "invalid x-api-key"
    case .model: return "model: \(problem.message)"
    case .contextLength: return "prompt is too long: 9000 tokens > 8192 maximum"
    case .moderation: return "Output blocked by content filtering policy"
    case .signature:
      let block = problem.path.last == "data" ? "redacted_thinking" : "thinking"
      return "\(problem.path.parent.dotted): Invalid `\(problem.path.last)` in `\(block)` block"
    default: return place.isEmpty ? problem.message : "\(place): \(problem.message)"
    }
  }
}
