import Core
import JSON

/// Errors in Cohere's format: `{"id":…,"message":…}`.
enum CohereErrorBody {
  /// The status for a text that Cohere's list of forbidden words does not let through (its page on errors, October 2026).
  private static let forbidden = 498

  /// The error for a response with a failing status.
  static func error(
    status: Int, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String, secrets: [Secret]
  ) -> GatewayError {
    let text = (try? JSONValue.parse(body))?["message"]?.stringValue
    var report = ObjectWriter()
    report.add("message", text)
    if isTooLong(text) { report.add("code", "context_length_exceeded") }
    if status == forbidden {
      report.add("metadata", .object([("reasons", .array([.string("forbidden words")]))]))
    }
    return JSONValue.object([("error", report.value)]).serialized().withUnsafeBytes { body in
      OpenAIErrorBody.error(
        status: status == forbidden ? 403 : status, body: body, retryAfterSeconds: retryAfterSeconds,
        provider: provider, secrets: secrets)
    }
  }

  /// The error that ends a stream or a whole answer.
  static func answerError(_ text: String) -> GatewayError {
    var writer = ObjectWriter([("message", .string(text))])
    if isTooLong(text) { writer.add("code", "context_length_exceeded") }
    return OpenAIErrorBody.streamError(writer.value)
  }

  private static func isTooLong(_ text: String?) -> Bool {
    guard let text = text?.lowercased() else { return false }
    return text.contains("too many tokens") && !text.contains("max tokens must")
  }
}
