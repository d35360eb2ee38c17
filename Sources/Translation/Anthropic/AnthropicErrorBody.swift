import Core
import JSON

/// Errors in Anthropic's format, both ways.
enum AnthropicErrorBody {
  /// The statuses that Anthropic's error types go with.
  private static let statuses: [String: Int] = [
    "invalid_request_error": 400, "authentication_error": 401, "billing_error": 402, "permission_error": 403,
    "not_found_error": 404, "request_too_large": 413, "rate_limit_error": 429, "api_error": 500, "timeout_error": 504,
    "overloaded_error": 529,
  ]

  /// The error for a response with a failing status.
  static func error(
    status: Int, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String, secrets: [Secret]
  ) -> GatewayError {
    OpenAIErrorBody.error(
      status: isUnpaid(body, status) ? 402 : status, body: body, retryAfterSeconds: retryAfterSeconds,
      provider: provider, secrets: secrets)
  }

  /// An account without credit is a 400 like any other, but for its words; it is our affair, not the caller's.
  private static func isUnpaid(_ body: UnsafeRawBufferPointer, _ status: Int) -> Bool {
    guard status == 400, body.count < 4096 else { return false }
    return String(decoding: body, as: UTF8.self).contains("credit balance is too low")
  }

  /// The error for what stands behind `error` in a stream or in the body of a success.
  static func streamError(_ value: JSONValue) -> GatewayError {
    let type = value["type"]?.stringValue ?? "api_error"
    var writer = ObjectWriter(value.objectValue ?? [])
    if let status = statuses[type] { writer.add("status", Int64(status)) }
    return OpenAIErrorBody.streamError(writer.value)
  }

  // MARK: To callers

  /// The body of an error.
  static func body(_ error: GatewayError, requestID: String?) -> [UInt8] {
    var writer = ObjectWriter([("type", .string("error")), ("error", inner(error))])
    writer.add("request_id", requestID.map { .string($0) } ?? .null)
    let metadata = error.metadata.map { ($0.name, ErrorDocument.value($0.value)) }
    if !metadata.isEmpty { writer.add("metadata", .object(metadata)) }
    return writer.value.serialized()
  }

  /// Appends the last event of a stream that has failed.
  static func appendEvent(_ error: GatewayError, to output: ByteBuffer) {
    output.append("event: error\ndata: ")
    JSONValue.object([("type", .string("error")), ("error", inner(error))]).write(to: output)
    output.append("\n\n")
  }

  private static func inner(_ error: GatewayError) -> JSONValue {
    .object([
      ("type", .string(type(error.kind))), ("message", .string(error.message)),
      ("error_type", .string(error.kind.listedErrorType)),
    ])
  }

  /// Anthropic's word for a kind (reference section 5.6).
  static func type(_ kind: ErrorKind) -> String {
    switch kind.errorType {
    case "authentication": "authentication_error"
    case "permission_denied": "permission_error"
    case "payment_required": "billing_error"
    case "not_found", "model_not_found": "not_found_error"
    case "rate_limit_exceeded": "rate_limit_error"
    case "provider_overloaded": "overloaded_error"
    case "timeout": "timeout_error"
    case "provider_unavailable", "server": "api_error"
    default: "invalid_request_error"
    }
  }
}
