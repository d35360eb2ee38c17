import HTTPWire
import JSON

/// Cohere's second version: `/v2/chat` and `/v2/embed`.
struct CohereFormat: Format {
  let dialect = "cohere"

  func serves(_ head: RequestHead) -> Bool { head.path.hasSuffix("/v2/chat") || head.path.hasSuffix("/v2/embed") }

  func authorize(_ request: Incoming) throws(Problem) {
    guard request.accepts(key: request.bearer) else { throw .key }
  }

  func read(_ request: Incoming) throws(Problem) -> Asked {
    guard request.head.method == "POST" else { throw .route(request.head.method, request.head.path) }
    let body = try request.json()
    if request.head.path.hasSuffix("/chat") { return .answer(try CohereReader.turn(body, request.simulator)) }
    return .document(try CohereEmbeddings.answer(body, request.simulator))
  }

  func document(of problem: Problem) -> ErrorDocument {
    let status: Int =
      switch problem.reason {
      case .unknown: 422
      case .moderation: 498
      default: problem.status
      }
    return ErrorDocument(
      status: status,
      json: .object([
        ("id", .string("00000000-0000-4000-8000-000000000000")), ("message", .string(CohereFormat.message(problem))),
      ]))
  }

  func event(of problem: Problem) -> Answer.Event {
    let delta: JSONValue = .object([("error", .string(problem.message)), ("finish_reason", .string("ERROR"))])
    let event: JSONValue = .object([("type", .string("message-end")), ("delta", delta)])
    return Answer.Event(name: "message-end", data: event.serialized(), isToken: false)
  }

  private static func message(_ problem: Problem) -> String {
    let place = problem.path.bracketed
    switch problem.reason {
    case .unknown:
      return "unknown field: parameter '\(problem.path.last)' is not a valid field. For proper usage, please refer to "
        + "https://docs.cohere.com/reference/chat"
    case .missing: return "invalid request: missing required field '\(place)'"
    case .wrongType(let wanted): return "invalid type: parameter '\(place)' must be \(wanted)"
    case .key: return "invalid api token"
    case .model:
      return "model not found, make sure the correct model ID was used and that you have access to the model."
    case .contextLength: return "too many tokens: size limit exceeded by 808 tokens."
    case .invalid: return "invalid request: " + (place.isEmpty ? "" : "'\(place)': ") + problem.message
    default: return problem.message
    }
  }
}
