import Core
import JSON

/// Reads what OpenAI-compatible providers say when they fail, and turns their status into ours (contract section 3).
package enum OpenAIErrorBody {
  /// Longest text of a provider passed on to a caller. Unit: characters.
  private static let messageLimit = 1000

  /// The error for a response with a failing status. `secrets` are never repeated. `body` may be anything.
  package static func error(
    status: Int, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String, secrets: [Secret]
  ) -> GatewayError {
    let report = Report(body)
    let text = clean(report.message, secrets)
    var error = GatewayError(
      kind(status, report), message(status, provider, report.reasons.isEmpty && status == 403 ? nil : text),
      origin: .upstream, resend: resend(status),
      metadata: [
        MetadataField("provider_name", .text(provider)), MetadataField("provider_status", .integer(Int64(status))),
      ], retryAfterSeconds: retryAfterSeconds)
    if let code = report.code {
      error.metadata.append(MetadataField("provider_code", .text(clean(code, secrets) ?? "")))
    }
    if !report.reasons.isEmpty {
      error.metadata.append(MetadataField("reasons", .list(report.reasons.map { .text(clean($0, secrets) ?? "") })))
    }
    return error
  }

  /// The error for an `error` member inside a stream or inside the body of a success.
  package static func streamError(_ value: JSONValue) -> GatewayError {
    let report = Report(value)
    let known = report.status.flatMap { (400..<600).contains($0) ? $0 : nil }
    let status = known ?? (report.isContextLength ? 400 : 502)
    let text =
      (401...403).contains(status) && report.reasons.isEmpty
      ? "The provider did not accept the gateway's credentials"
      : clean(report.message, []) ?? "The provider reported an error"
    var error = GatewayError(kind(status, report), text, origin: .upstream)
    if let known { error.metadata.append(MetadataField("provider_status", .integer(Int64(known)))) }
    if !report.reasons.isEmpty {
      error.metadata.append(MetadataField("reasons", .list(report.reasons.map { .text(clean($0, []) ?? "") })))
    }
    if let code = report.code { error.metadata.append(MetadataField("provider_code", .text(clean(code, []) ?? ""))) }
    return error
  }

  /// The error without anything of `secrets` in its message, details or context. Errors of the gateway's own making hold
  /// none and are returned as they are.
  package static func redacted(_ error: GatewayError, secrets: [Secret]) -> GatewayError {
    guard error.origin == .upstream else { return error }
    var error = error
    error.message = clean(error.message, secrets) ?? ""
    error.context = clean(error.context, secrets)
    error.metadata = error.metadata.map { MetadataField($0.name, clean($0.value, secrets)) }
    return error
  }

  private static func clean(_ value: MetadataValue, _ secrets: [Secret]) -> MetadataValue {
    switch value {
    case .text(let text): .text(clean(text, secrets) ?? "")
    case .list(let elements): .list(elements.map { clean($0, secrets) })
    case .object(let fields): .object(fields.map { MetadataField($0.name, clean($0.value, secrets)) })
    case .integer, .flag, .null: value
    }
  }

  /// The error for an event that is named `error`; its data may be anything.
  package static func eventError(_ data: UnsafeRawBufferPointer) -> GatewayError {
    let value = (try? JSONValue.parse(data)) ?? .null
    return streamError(value["error"] ?? value)
  }

  // MARK: Decisions

  private static func kind(_ status: Int, _ report: Report) -> ErrorKind {
    switch status {
    case 400, 413, 415, 422: report.isContextLength ? .contextLengthExceeded : .providerRejected
    case 403 where !report.reasons.isEmpty: .moderated
    case 408, 504, 524: .timedOut
    case 429: .rateLimited
    case 503, 529: .providerOverloaded
    default: .providerFailed
    }
  }

  private static func resend(_ status: Int) -> GatewayError.Resend {
    switch status {
    case 429, 500, 502, 503, 529: .safe
    default: .never
    }
  }

  /// What the caller reads. The provider's words about our credentials (401, 402, 403) are not repeated: they may quote
  /// the key and they are not the caller's business.
  private static func message(_ status: Int, _ provider: String, _ text: String?) -> String {
    if status == 401 || status == 402 || status == 403 && text == nil {
      return "Provider \(provider) did not accept the gateway's credentials (status \(status))."
    }
    switch status {
    case 300..<400: return "Provider \(provider) answered with a redirect, which is never followed."
    default:
      guard let text, !text.isEmpty else { return "Provider \(provider) answered with status \(status)." }
      return text
    }
  }

  /// The text without our credentials, without anything that looks like a key, and of bounded length.
  private static func clean(_ text: String?, _ secrets: [Secret]) -> String? {
    guard var text else { return nil }
    // Shorter ones are fixed header values such as a version, not credentials; they would eat ordinary words.
    for secret in secrets where secret.reveal().utf8.count >= 8 {
      text = text.split(separator: secret.reveal(), omittingEmptySubsequences: false).joined(separator: "[secret]")
    }
    var words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    for index in words.indices where words[index].contains("sk-") && words[index].utf8.count > 12 {
      words[index] = "[secret]"
    }
    text = words.joined(separator: " ")
    return text.count > messageLimit ? String(text.prefix(messageLimit)) + "…" : text
  }

  /// The parts of a provider's error that matter, wherever it puts them.
  private struct Report {
    var message: String?
    var code: String?
    var status: Int?
    var reasons: [String] = []

    init(_ body: UnsafeRawBufferPointer) {
      let value = (try? JSONValue.parse(body)) ?? .null
      // Google wraps its error in an array.
      let root = value[0] ?? value
      self.init(root["error"] ?? root)
    }

    init(_ error: JSONValue) {
      message = error.stringValue ?? error["message"]?.stringValue ?? error["detail"]?.stringValue
      code = error["code"]?.stringValue ?? error["type"]?.stringValue
      if let number = error["code"]?.integerValue ?? error["status"]?.integerValue {
        status = Int(clamping: number)
        code = code ?? String(number)
      }
      reasons = error["metadata"]?["reasons"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    var isContextLength: Bool {
      if code == "context_length_exceeded" { return true }
      guard let message = message?.lowercased() else { return false }
      return message.contains("context length") || message.contains("context window")
        || message.contains("prompt is too long")
    }
  }
}
