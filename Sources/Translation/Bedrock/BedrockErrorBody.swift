import Core
import JSON

/// Errors in Bedrock's format: an exception's name and a message. Over HTTP the name stands in the head
/// (`x-amzn-ErrorType`) or in `__type`; where it is known it decides, else the status does. In a stream it is the name
/// that decides.
enum BedrockErrorBody {
  /// The statuses that the exceptions of bedrock-runtime go with, in lower case and without `Exception` (AWS's service
  /// model of bedrock-runtime, October 2026). A model that is not ready or has failed is no fault of the request: the
  /// interface says 429 and 424.
  private static let statuses: [String: Int] = [
    "accessdenied": 403, "throttling": 429, "resourcenotfound": 404, "modeltimeout": 408, "internalserver": 500,
    "serviceunavailable": 503, "validation": 400, "modelnotready": 503, "modelerror": 502, "modelstreamerror": 502,
    "servicequotaexceeded": 429, "unrecognizedclient": 403, "expiredtoken": 403, "invalidsignature": 403,
    "incompletesignature": 403, "missingauthenticationtoken": 403, "toomanyrequests": 429,
  ]

  /// What a message says when a prompt does not fit.
  private static let tooLong = [
    "input is too long", "prompt is too long", "too many input tokens", "maximum context", "context length",
    "context window", "exceeds the maximum number of tokens", "input token count exceeds", "max input tokens",
  ]

  /// The error for a response with a failing status.
  static func error(
    status: Int, type: String?, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String,
    secrets: [Secret]
  ) -> GatewayError {
    let value = (try? JSONValue.parse(body)) ?? .null
    let name = exception(type ?? value["__type"]?.stringValue)
    var known = name.flatMap { statuses[key($0)] }
    // It says no more than any status of its kind.
    if known == 500, status > 500 { known = nil }
    let status = known ?? (status == 424 ? 502 : status)
    let text = value["message"]?.stringValue ?? value["Message"]?.stringValue
    return JSONValue.object([("error", report(text, name))]).serialized().withUnsafeBytes { body in
      OpenAIErrorBody.error(
        status: status, body: body, retryAfterSeconds: retryAfterSeconds, provider: provider, secrets: secrets)
    }
  }

  /// The error for an exception in a stream.
  static func streamError(_ name: String, payload: UnsafeRawBufferPointer) -> GatewayError {
    let value = (try? JSONValue.parse(payload)) ?? .null
    return streamError(name, text: value["message"]?.stringValue ?? value["Message"]?.stringValue)
  }

  /// The error for an exception in a stream, whose message stands in its head.
  static func streamError(_ name: String, text: String?) -> GatewayError {
    var writer = ObjectWriter(report(text, exception(name)).objectValue ?? [])
    writer.add("status", Int64(statuses[key(name)] ?? 502))
    return OpenAIErrorBody.streamError(writer.value)
  }

  /// The error in the words that OpenAI's rules read.
  private static func report(_ text: String?, _ name: String?) -> JSONValue {
    var writer = ObjectWriter()
    writer.add("message", text)
    let lowered = text?.lowercased() ?? ""
    writer.add("type", tooLong.contains { lowered.contains($0) } ? "context_length_exceeded" : name)
    return writer.value
  }

  /// The name alone: `com.amazon.coral.service#ThrottlingException:http://…` has more.
  private static func exception(_ type: String?) -> String? {
    guard let type else { return nil }
    let name = type.split(separator: "#").last.map(String.init) ?? type
    return name.split(separator: ":").first.map(String.init) ?? name
  }

  private static func key(_ name: String) -> String {
    let name = name.lowercased()
    return name.hasSuffix("exception") ? String(name.dropLast(9)) : name
  }
}
