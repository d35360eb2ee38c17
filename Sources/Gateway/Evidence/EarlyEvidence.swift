import Catalog
import Core
import HTTPServer
import HTTPWire
import JSON
import Planning
import Translation

/// What a caller who asks for it is told about the routing of a request that was refused before any provider heard of it
/// (reference section 6.4): there is something to tell once the request has been routed.
struct EarlyEvidence {
  /// Whether the caller asks, in a format in which it is answered.
  let isWanted: Bool
  /// The models as the caller wrote them; empty until the request has been read.
  var chain: [String] = []
  /// The plan; nil until there is one.
  var plan: Plan?

  /// Nothing has been read yet.
  init(_ head: RequestHead, _ route: InferenceRoute) {
    isWanted = route.format == .openAI && EarlyEvidence.isAsked(head)
  }

  /// Whether the caller of a request asks for evidence, by the field's name of today or by its earlier one.
  static func isAsked(_ head: RequestHead) -> Bool {
    guard let value = head.singles.evidence else { return false }
    return String(decoding: head.fields.bytes[value], as: UTF8.self).lowercased() == "enabled"
  }

  /// What stands beside `error`.
  func members(_ error: GatewayError, _ catalog: CatalogSnapshot) -> [(key: String, value: JSONValue)] {
    guard isWanted, let evidence = evidence(error, catalog) else { return [] }
    return [("openrouter_metadata", evidence.document)]
  }

  private func evidence(_ error: GatewayError, _ catalog: CatalogSnapshot) -> RoutingEvidence? {
    let requested = chain.first ?? ""
    switch error.kind {
    case .paymentRequired, .forbidden: return plan.map { RoutingEvidence(requested: requested, plan: $0) }
    case .noEligibleEndpoint:
      guard case .list(let excluded)? = error.metadata.first(where: { $0.name == "endpoints" })?.value else {
        return nil
      }
      return RoutingEvidence(
        requested: requested, strategy: Planner.strategy(chain, catalog), excluded: excluded.count)
    default: return nil
    }
  }
}

extension Exchange {
  /// Answers an error with `members` beside `error`, as callers of OpenAI's formats read it.
  func fail(_ error: GatewayError, fields: ResponseFields, members: [(key: String, value: JSONValue)]) {
    // Of a failure of ours nothing is told (reference section 6.4).
    if members.isEmpty || error.kind.status == 500 { return fail(error, fields: fields) }
    var fields = fields
    if let seconds = error.retryAfterSeconds { fields.add("retry-after", String(seconds)) }
    respond(
      status: error.kind.status, fields: fields, contentType: "application/json",
      body: ErrorDocument.body(error, members: members))
  }
}
