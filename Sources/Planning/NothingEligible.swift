import Core

/// The 404 for a request that no endpoint may serve.
enum NothingEligible {
  /// Names every endpoint and its reason, and says in OpenRouter's words what kind of refusal it is (reference
  /// section 5.5).
  static func error(_ request: RoutingRequest, _ exclusions: [Exclusion]) -> GatewayError {
    let names = request.chain.map { "'\($0)'" }.joined(separator: ", ")
    let reasons = Set(exclusions.map(\.reason))
    let why = reasons.count == 1 ? ": " + (reasons.first?.words ?? "") : ""
    let words = reasons.map(\.rawValue).sorted().map { MetadataValue.text($0) }
    return .caller(
      .noEligibleEndpoint, "No endpoint of \(names) can serve this request\(why).",
      metadata: [
        MetadataField("excluded_by", .list(words)),
        MetadataField("endpoints", .list(exclusions.map(\.metadata))),
        MetadataField("availability", availability(request, exclusions, reasons, words)),
      ])
  }

  private static func availability(
    _ request: RoutingRequest, _ exclusions: [Exclusion], _ reasons: Set<ExclusionReason>, _ words: [MetadataValue]
  ) -> MetadataValue {
    let providers = Set(exclusions.map(\.endpoint.provider.slug)).sorted()
    return .object([
      MetadataField("code", .text(code(reasons))), MetadataField("retryable", .flag(false)),
      MetadataField("requested_models", .list(request.chain.map { .text($0) })),
      MetadataField("affected_providers", .list(providers.map { .text($0) })),
      MetadataField("excluded_by", .list(words)),
    ])
  }

  /// The kind of refusal. Privacy is named before other constraints, since it is what the caller must know first.
  private static func code(_ reasons: Set<ExclusionReason>) -> String {
    if reasons.isSubset(of: [.disabled, .notAllowedForKey, .modelNotAllowedForKey, .notInOnly, .ignored, .notInOrder]) {
      return "no_endpoints"
    }
    if reasons.isSubset(of: [.retainsData, .trainsOnData]) { return "privacy_restricted" }
    return reasons == [.notFree] ? "free_variant_ended" : "constraint_filtered"
  }
}

extension Exclusion {
  /// For `error.metadata` and records.
  package var metadata: MetadataValue {
    .object([
      MetadataField("model", .text(model.id)), MetadataField("endpoint", .text(endpoint.tag)),
      MetadataField("excluded_by", .text(reason.rawValue)), MetadataField("reason", .text(reason.words)),
    ])
  }
}
