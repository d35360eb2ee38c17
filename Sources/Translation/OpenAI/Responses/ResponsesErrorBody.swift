import Core
import JSON

/// Errors in the Responses format, both ways.
enum ResponsesErrorBody {
  /// The statuses that the codes of failed responses go with.
  private static let statuses: [String: Int] = [
    "rate_limit_exceeded": 429, "insufficient_quota": 402, "server_error": 500, "invalid_prompt": 400,
    "context_length_exceeded": 400, "server_is_overloaded": 503, "slow_down": 503, "vector_store_timeout": 504,
    "invalid_request_error": 400, "invalid_image": 400, "invalid_image_format": 400, "invalid_base64_image": 400,
    "invalid_image_url": 400, "image_too_large": 400, "image_too_small": 400, "image_parse_error": 400,
    "invalid_image_mode": 400, "image_file_too_large": 400, "unsupported_image_media_type": 400,
    "empty_image_file": 400, "failed_to_download_image": 400, "image_file_not_found": 400,
  ]

  /// Codes of content that the provider does not take.
  private static let moderations: Set<String> = [
    "image_content_policy_violation", "bio_policy", "cyber_policy_violation", "content_filter",
  ]

  /// The error for what stands behind `error` in a failed response or an event.
  static func streamError(_ value: JSONValue) -> GatewayError {
    let code = value["code"]?.stringValue ?? value["type"]?.stringValue ?? "server_error"
    var writer = ObjectWriter(value.objectValue?.filter { $0.key != "status" } ?? [])
    if moderations.contains(code) {
      writer.add("status", 403)
      writer.add("metadata", .object([("reasons", .array([.string(code)]))]))
    } else if let status = statuses[code] {
      writer.add("status", Int64(status))
    }
    return OpenAIErrorBody.streamError(writer.value)
  }

  // MARK: To callers

  /// The body of an error: OpenRouter's, with the members that OpenAI's clients look for. `code` is the status.
  static func body(_ error: GatewayError) -> [UInt8] {
    var inner = ObjectWriter(ErrorDocument.inner(error).objectValue ?? [])
    inner.add("type", type(error.kind))
    inner.add("param", parameter(error))
    return JSONValue.object([("error", inner.value)]).serialized()
  }

  /// The request's field that an error is about.
  private static func parameter(_ error: GatewayError) -> JSONValue {
    for field in error.metadata where field.name == "field" {
      if case .text(let name) = field.value { return .string(name) }
    }
    return .null
  }

  /// OpenAI's word for a kind.
  private static func type(_ kind: ErrorKind) -> String {
    switch kind.status {
    case 401: "authentication_error"
    case 402: "insufficient_quota"
    case 403: "permission_error"
    case 429: "rate_limit_error"
    case 500...: "server_error"
    default: "invalid_request_error"
    }
  }

  /// `error` of a response that has failed (reference section 5.6).
  static func inner(_ error: GatewayError) -> JSONValue {
    let code =
      switch error.kind.errorType {
      case "rate_limit_exceeded": "rate_limit_exceeded"
      case "context_length_exceeded", "invalid_request": "invalid_prompt"
      case "content_policy_violation": "image_content_policy_violation"
      default: "server_error"
      }
    return .object([("code", .string(code)), ("message", .string(error.message))])
  }
}
