import Core
import JSON

/// Errors of Azure's servers: OpenAI's, and those of the content filter, which come as a 400.
enum AzureErrorBody {
  /// The error for a response with a failing status.
  static func error(
    status: Int, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String, secrets: [Secret]
  ) -> GatewayError {
    func read(_ status: Int, _ body: UnsafeRawBufferPointer) -> GatewayError {
      OpenAIErrorBody.error(
        status: status, body: body, retryAfterSeconds: retryAfterSeconds, provider: provider, secrets: secrets)
    }
    guard status == 400, let filtered = filtered(body) else { return read(status, body) }
    var error = filtered.withUnsafeBytes { read(403, $0) }
    error.metadata = error.metadata.map { field in
      field.name == "provider_status" ? MetadataField(field.name, .integer(Int64(status))) : field
    }
    return error
  }

  /// The body with what the filter has found as the reasons of a moderation; nil for other errors.
  private static func filtered(_ body: UnsafeRawBufferPointer) -> [UInt8]? {
    guard body.count < 65_536, let error = (try? JSONValue.parse(body))?["error"] else { return nil }
    let inner = error["innererror"]
    guard
      error["code"]?.stringValue == "content_filter" || inner?["code"]?.stringValue == "ResponsibleAIPolicyViolation"
    else { return nil }
    let found = (inner?["content_filter_result"]?.objectValue ?? []).filter { kind in
      kind.value["filtered"]?.boolValue == true || kind.value["detected"]?.boolValue == true
    }
    let reasons = found.isEmpty ? ["content_filter"] : found.map(\.key)
    var members = (error.objectValue ?? []).filter { $0.key != "metadata" }
    members.append(("metadata", .object([("reasons", .array(reasons.map { .string($0) }))])))
    return JSONValue.object([("error", .object(members))]).serialized()
  }
}
