import Core
import JSON

/// Errors in Google's format (`google.rpc.Status`), both ways.
enum GeminiErrorBody {
  /// Longest wait that is passed on. Unit: seconds.
  private static let longestRetry = 86_400

  // MARK: From providers

  /// The error for a response with a failing status.
  static func error(
    status: Int, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String, secrets: [Secret]
  ) -> GatewayError {
    let value = (try? JSONValue.parse(body)) ?? .null
    // Streams wrap it in an array.
    let root = value[0] ?? value
    guard let error = root["error"], error.objectValue != nil else {
      return OpenAIErrorBody.error(
        status: status, body: body, retryAfterSeconds: retryAfterSeconds, provider: provider, secrets: secrets)
    }
    let plain = JSONValue.object([("error", GeminiErrorBody.plain(error, status: nil))]).serialized()
    return plain.withUnsafeBytes {
      OpenAIErrorBody.error(
        status: isOurAffair(error, status) ? 401 : status, body: $0,
        retryAfterSeconds: retryAfterSeconds ?? retryDelay(error), provider: provider, secrets: secrets)
    }
  }

  /// The error for what stands behind `error` in a stream or in the body of a success.
  static func streamError(_ value: JSONValue) -> GatewayError {
    let status = value["code"]?.integerValue
    var error = OpenAIErrorBody.streamError(
      plain(value, status: isOurAffair(value, Int(clamping: status ?? 0)) ? 401 : status))
    error.retryAfterSeconds = retryDelay(value)
    return error
  }

  /// The same in the form that `OpenAIErrorBody` reads, with Google's word as the code.
  private static func plain(_ error: JSONValue, status: Int64?) -> JSONValue {
    let message = error["message"]?.stringValue
    var writer = ObjectWriter()
    writer.add("message", message)
    let isTooLong = message?.contains("exceeds the maximum number of tokens") ?? false
    writer.add("code", isTooLong ? "context_length_exceeded" : error["status"]?.stringValue)
    writer.add("status", status)
    return writer.value
  }

  /// A key that is not valid and an account that may not are a 400 like any other, but for the details; they are the
  /// gateway's affair, not the caller's.
  private static func isOurAffair(_ error: JSONValue, _ status: Int) -> Bool {
    guard status == 400 else { return false }
    if error["status"]?.stringValue == "FAILED_PRECONDITION" { return true }
    return details(error, "ErrorInfo").contains { $0["reason"]?.stringValue?.hasPrefix("API_KEY_") == true }
  }

  /// `google.rpc.RetryInfo`: `"17.5s"`.
  private static func retryDelay(_ error: JSONValue) -> Int? {
    guard let text = details(error, "RetryInfo").first?["retryDelay"]?.stringValue, text.hasSuffix("s"),
      let seconds = Double(text.dropLast()), seconds >= 0
    else { return nil }
    return Int(min(seconds.rounded(.up), Double(longestRetry)))
  }

  private static func details(_ error: JSONValue, _ type: String) -> [JSONValue] {
    (error["details"]?.arrayValue ?? []).filter {
      $0["@type"]?.stringValue == "type.googleapis.com/google.rpc." + type
    }
  }

  // MARK: To callers

  /// The body of an error.
  static func body(_ error: GatewayError, requestID: String?) -> [UInt8] {
    JSONValue.object([("error", inner(error, requestID: requestID))]).serialized()
  }

  /// Appends the last event of a stream that has failed.
  static func appendEvent(_ error: GatewayError, _ framing: inout GeminiFraming, to output: ByteBuffer) {
    framing.open(output)
    JSONValue.object([("error", inner(error, requestID: nil))]).write(to: output)
    framing.close(output)
    framing.end(output)
  }

  private static func inner(_ error: GatewayError, requestID: String?) -> JSONValue {
    .object([
      ("code", .integer(error.kind.status)), ("message", .string(error.message)),
      ("status", .string(word(error.kind))), ("details", .array(details(error, requestID))),
    ])
  }

  /// Google's word for a status (`google.rpc.Code`).
  static func word(_ kind: ErrorKind) -> String {
    switch kind.status {
    case 401: "UNAUTHENTICATED"
    case 402: "FAILED_PRECONDITION"
    case 403: "PERMISSION_DENIED"
    case 404: "NOT_FOUND"
    case 408, 504: "DEADLINE_EXCEEDED"
    case 409: "ABORTED"
    case 429: "RESOURCE_EXHAUSTED"
    case 500: "INTERNAL"
    case 501: "UNIMPLEMENTED"
    case 502, 503: "UNAVAILABLE"
    default: "INVALID_ARGUMENT"
    }
  }

  private static func details(_ error: GatewayError, _ requestID: String?) -> [JSONValue] {
    func detail(_ type: String, _ members: [(key: String, value: JSONValue)]) -> JSONValue {
      .object([("@type", .string("type.googleapis.com/google.rpc." + type))] + members)
    }
    var metadata = ObjectWriter()
    for field in error.metadata { metadata.add(field.name, text(field.value)) }
    var info: [(key: String, value: JSONValue)] = [
      ("reason", .string(error.kind.errorType.uppercased())), ("domain", .string("patchbay")),
    ]
    if !metadata.isEmpty { info.append(("metadata", metadata.value)) }
    var all = [detail("ErrorInfo", info)]
    if case .text(let field)? = error.metadata.first(where: { $0.name == "field" })?.value {
      let violation = JSONValue.object([("field", .string(field)), ("description", .string(error.message))])
      all.append(detail("BadRequest", [("fieldViolations", .array([violation]))]))
    }
    if let seconds = error.retryAfterSeconds {
      all.append(detail("RetryInfo", [("retryDelay", .string("\(seconds)s"))]))
    }
    if let requestID { all.append(detail("RequestInfo", [("requestId", .string(requestID))])) }
    return all
  }

  /// A detail as a text, which is all that `ErrorInfo.metadata` holds.
  private static func text(_ value: MetadataValue) -> String {
    if case .text(let text) = value { return text }
    return String(decoding: ErrorDocument.value(value).serialized(), as: UTF8.self)
  }
}
