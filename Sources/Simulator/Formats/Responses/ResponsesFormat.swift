import HTTPWire
import JSON

/// OpenAI's Responses, without memory of earlier ones: `/v1/responses`.
struct ResponsesFormat: Format {
  let dialect = "openai-responses"

  /// Seals reasoning that callers carry from one request to the next.
  static let seal = Seal(maker: "openai")

  func serves(_ head: RequestHead) -> Bool { head.path.hasSuffix("/responses") || head.path.contains("/responses/") }

  func authorize(_ request: Incoming) throws(Problem) {
    guard request.accepts(key: request.bearer ?? request.head.first("api-key")) else { throw .key }
  }

  func read(_ request: Incoming) throws(Problem) -> Asked {
    guard request.head.path.hasSuffix("/responses") else {
      let id = request.head.path.split(separator: "/").last ?? ""
      throw Problem(reason: .route, status: 404, message: "Response with id '\(id)' not found.")
    }
    guard request.head.method == "POST" else { throw .route(request.head.method, request.head.path) }
    return .answer(try ResponsesReader.turn(try request.json(), request.simulator))
  }

  func document(of problem: Problem) -> ErrorDocument {
    var problem = problem
    if problem.reason == .moderation {
      problem = Problem(
        reason: .moderation, status: 400,
        message: "Invalid prompt: your prompt was flagged as potentially violating our usage policy.")
    }
    return ErrorDocument(
      status: problem.status,
      json: .object([
        (
          "error",
          .object([
            ("message", .string(OpenAIErrors.strictMessage(problem))), ("type", .string(type(problem))),
            ("param", parameter(problem)), ("code", code(problem).map(JSONValue.string) ?? .null),
          ])
        )
      ]))
  }

  private func type(_ problem: Problem) -> String {
    switch problem.status {
    case 402: "insufficient_quota"
    case 429: "rate_limit_error"
    case 500...: "server_error"
    default: "invalid_request_error"
    }
  }

  private func parameter(_ problem: Problem) -> JSONValue {
    if problem.reason == .contextLength { return .string("input") }
    return problem.path.steps.isEmpty ? .null : .string(problem.path.bracketed)
  }

  private func code(_ problem: Problem) -> String? {
    problem.reason == .moderation ? "invalid_prompt" : OpenAIErrors.code(of: problem)
  }

  func event(of problem: Problem) -> Answer.Event {
    let event: JSONValue = .object([
      ("type", .string("error")), ("code", code(problem).map(JSONValue.string) ?? .string("server_error")),
      ("message", .string(problem.message)), ("param", .null), ("sequence_number", .integer(0)),
    ])
    return Answer.Event(name: "error", data: event.serialized(), isToken: false)
  }
}
