import HTTPServer
import HTTPWire

/// Which web pages may call the gateway: those of the configured origins, by the Fetch standard's CORS protocol.
struct CORSRule: Sendable {
  private let origins: Set<String>

  init(origins: [String]) { self.origins = Set(origins.map { $0.lowercased() }) }

  /// Fields for any response to a request of an allowed origin; empty for others.
  func fields(for head: RequestHead?) -> ResponseFields {
    var fields = ResponseFields()
    guard !origins.isEmpty, let origin = head?.first("origin"), allows(origin) else { return fields }
    fields.add("access-control-allow-origin", origin)
    fields.add("vary", "Origin")
    fields.add("access-control-expose-headers", "x-request-id, x-generation-id, retry-after")
    return fields
  }

  /// Further fields for the answer to a preflight.
  func preflightFields(for head: RequestHead, methods: String) -> ResponseFields {
    var fields = ResponseFields()
    fields.add("allow", methods)
    guard let origin = head.first("origin"), allows(origin) else { return fields }
    fields.add("access-control-allow-methods", methods)
    fields.add(
      "access-control-allow-headers",
      head.first("access-control-request-headers") ?? "authorization, content-type, x-api-key")
    fields.add("access-control-max-age", "600")
    return fields
  }

  private func allows(_ origin: String) -> Bool { origins.contains(origin.lowercased()) || origins.contains("*") }
}
