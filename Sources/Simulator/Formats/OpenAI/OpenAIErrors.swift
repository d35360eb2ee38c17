import JSON

/// Errors in OpenAI's shape.
enum OpenAIErrors {
  /// An error. `{"error": {...}}`
  static func document(of problem: Problem) -> ErrorDocument {
    var members: [(key: String, value: JSONValue)] = [
      ("message", .string(message(problem))), ("type", .string(type(of: problem))),
      ("param", parameter(of: problem).map(JSONValue.string) ?? .null),
      ("code", code(of: problem).map(JSONValue.string) ?? .null),
    ]
    if problem.reason == .moderation { members.append(("metadata", moderation)) }
    return ErrorDocument(status: problem.status, json: .object([("error", .object(members))]))
  }

  private static func type(of problem: Problem) -> String {
    if problem.reason == .moderation { return "moderation" }
    guard problem.reason == .simulated else { return "invalid_request_error" }
    switch problem.status {
    case 402: return "insufficient_quota"
    case 429: return "requests"
    case 400..<500: return "invalid_request_error"
    default: return "server_error"
    }
  }

  /// OpenAI's word for a problem; nil where it has none.
  static func code(of problem: Problem) -> String? {
    switch problem.reason {
    case .key: return "invalid_api_key"
    case .model: return "model_not_found"
    case .contextLength: return "context_length_exceeded"
    case .moderation: return "moderation"
    case .unknown: return "unknown_parameter"
    case .missing: return "missing_required_parameter"
    case .wrongType: return "invalid_type"
    case .signature: return "invalid_encrypted_content"
    case .simulated: break
    default: return nil
    }
    switch problem.status {
    case 401: return "invalid_api_key"
    case 402: return "insufficient_quota"
    case 429: return "rate_limit_exceeded"
    default: return nil
    }
  }

  private static func message(_ problem: Problem) -> String {
    switch problem.reason {
    case .unknown, .missing, .wrongType: strictMessage(problem)
    default: problem.message
    }
  }

  /// The words of OpenAI's own servers, which read strictly.
  static func strictMessage(_ problem: Problem) -> String {
    let place = problem.path.bracketed
    switch problem.reason {
    case .unknown: return "Unknown parameter: '\(place)'."
    case .missing: return "Missing required parameter: '\(place)'."
    case .wrongType(let wanted): return "Invalid type for '\(place)': expected \(wanted), but got another type instead."
    case .signature: return "The encrypted content for item could not be verified."
    case .invalid where !place.isEmpty: return "Invalid '\(place)': \(problem.message)"
    default: return problem.message
    }
  }

  private static func parameter(of problem: Problem) -> String? {
    if problem.reason == .contextLength { return "messages" }
    return problem.path.steps.isEmpty ? nil : problem.path.bracketed
  }

  /// OpenRouter's details of a refusal.
  private static let moderation: JSONValue = .object([
    ("reasons", .array([.string("violence")])), ("flagged_input", .string("...")),
    ("provider_name", .string("Simulator")),
  ])
}
