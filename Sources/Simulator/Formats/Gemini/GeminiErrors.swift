import JSON

/// Errors in the shape of Google's interfaces.
enum GeminiErrors {
  /// An error: `{"error": {"code": 400, "message": …, "status": "INVALID_ARGUMENT", "details": […]}}`.
  static func document(of problem: Problem, isVertex: Bool) -> ErrorDocument {
    let status = problem.reason == .key && !isVertex ? 400 : problem.status
    var members: [(key: String, value: JSONValue)] = [
      ("code", .integer(status)), ("message", .string(message(problem, isVertex: isVertex))),
      ("status", .string(word(status))),
    ]
    if let details = details(problem, isVertex: isVertex) { members.append(("details", .array([details]))) }
    return ErrorDocument(status: status, json: .object([("error", .object(members))]))
  }

  private static func word(_ status: Int) -> String {
    switch status {
    case 401: "UNAUTHENTICATED"
    case 403: "PERMISSION_DENIED"
    case 404: "NOT_FOUND"
    case 409: "ABORTED"
    case 429: "RESOURCE_EXHAUSTED"
    case 499: "CANCELLED"
    case 400..<500: "INVALID_ARGUMENT"
    case 503: "UNAVAILABLE"
    case 504: "DEADLINE_EXCEEDED"
    default: "INTERNAL"
    }
  }

  private static func message(_ problem: Problem, isVertex: Bool) -> String {
    let place = snakeCase(problem.path.bracketed)
    switch problem.reason {
    case .notJSON: return "Invalid JSON payload received. \(problem.message)"
    case .unknown:
      let parent = snakeCase(problem.path.parent.bracketed)
      return "Invalid JSON payload received. Unknown name \"\(problem.path.last)\""
        + (parent.isEmpty ? "" : " at '\(parent)'") + ": Cannot find field."
    case .missing: return "* GenerateContentRequest.\(place): \(problem.path.last) is not specified\n"
    case .wrongType(let wanted): return "Invalid value at '\(place)': it must be \(wanted)."
    case .key:
      return isVertex
        ? "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
          + "authentication credential."
        : "API key not valid. Please pass a valid API key."
    case .signature:
      return isVertex
        ? "Unable to submit request because Thought signature is not valid.." : "Corrupted thought signature."
    case .contextLength: return "The input token count (9000) exceeds the maximum number of tokens allowed (8192)."
    case .invalid where !place.isEmpty: return "* GenerateContentRequest.\(place): \(problem.message)\n"
    default: return problem.message
    }
  }

  private static func details(_ problem: Problem, isVertex: Bool) -> JSONValue? {
    switch problem.reason {
    case .unknown, .wrongType:
      return .object([
        ("@type", .string("type.googleapis.com/google.rpc.BadRequest")),
        (
          "fieldViolations",
          .array([
            .object([
              ("field", .string(snakeCase(problem.path.bracketed))), ("description", .string(problem.message)),
            ])
          ])
        ),
      ])
    case .key where !isVertex:
      return .object([
        ("@type", .string("type.googleapis.com/google.rpc.ErrorInfo")), ("reason", .string("API_KEY_INVALID")),
        ("domain", .string("googleapis.com")),
      ])
    default: return nil
    }
  }

  /// `generationConfig.topP` as `generation_config.top_p`, as Google names places.
  private static func snakeCase(_ text: String) -> String {
    text.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
  }
}
