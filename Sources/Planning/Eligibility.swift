import Catalog
import Core
import Ledger

/// The filters: whether an endpoint may serve a request at all. Pure.
enum Eligibility {
  /// The first rule that the endpoint fails, or nil when it may be used.
  static func exclusion(
    of endpoint: CatalogEndpoint, of model: CatalogModel, variants: [String], for request: RoutingRequest
  ) -> ExclusionReason? {
    keyRule(endpoint, model, request.policy) ?? listRule(endpoint, request.preferences)
      ?? dataRule(endpoint, request) ?? qualityRule(endpoint, variants, request.preferences)
      ?? abilityRule(endpoint, model, request)
  }

  private static func keyRule(
    _ endpoint: CatalogEndpoint, _ model: CatalogModel, _ policy: RoutingRequest.Policy
  ) -> ExclusionReason? {
    if let allowed = policy.allowedModels, !allowed.contains(where: { Pattern.matches($0, model.id) }) {
      return .notAllowedForKey
    }
    if let allowed = policy.allowedProviders, !allowed.contains(where: { names($0, endpoint) }) {
      return .notAllowedForKey
    }
    return nil
  }

  private static func listRule(
    _ endpoint: CatalogEndpoint, _ preferences: ProviderPreferences
  ) -> ExclusionReason? {
    if let only = preferences.only, !only.contains(where: { names($0, endpoint) }) { return .notInOnly }
    if preferences.ignore.contains(where: { names($0, endpoint) }) { return .ignored }
    return nil
  }

  private static func dataRule(_ endpoint: CatalogEndpoint, _ request: RoutingRequest) -> ExclusionReason? {
    if request.policy.zdr || request.preferences.requiresZDR, !endpoint.zdr { return .retainsData }
    if request.policy.deniesCollection || request.preferences.deniesCollection, endpoint.trainsOnData != false {
      return .trainsOnData
    }
    let regions = request.policy.regions
    if !regions.isEmpty, !regions.contains(where: { $0.lowercased() == endpoint.region?.lowercased() }) {
      return .region
    }
    return nil
  }

  private static func qualityRule(
    _ endpoint: CatalogEndpoint, _ variants: [String], _ preferences: ProviderPreferences
  ) -> ExclusionReason? {
    if variants.contains("free"), endpoint.pricing?.isFree != true { return .notFree }
    if !preferences.quantizations.isEmpty, !preferences.quantizations.contains(endpoint.quantization) {
      return .quantization
    }
    if let ceiling = preferences.maxPrice, !fits(endpoint.pricing, ceiling) { return .price }
    if preferences.requiresDistillable, !endpoint.distillable { return .distillation }
    return nil
  }

  private static func fits(_ price: PriceList?, _ ceiling: ProviderPreferences.PriceCeiling) -> Bool {
    guard let price else { return false }
    return price.prompt <= ceiling.prompt ?? price.prompt && price.completion <= ceiling.completion ?? price.completion
      && price.request <= ceiling.request ?? price.request && price.image <= ceiling.image ?? price.image
  }

  private static func abilityRule(
    _ endpoint: CatalogEndpoint, _ model: CatalogModel, _ request: RoutingRequest
  ) -> ExclusionReason? {
    let needs = request.needs
    if !needs.inputModalities.allSatisfy(model.inputModalities.contains) { return .modality }
    // An endpoint that declares nothing is taken at the caller's word.
    guard let declared = endpoint.supportedParameters else { return nil }
    if needs.tools, !declared.contains("tools") { return .tools }
    if needs.structuredOutput, !declared.contains("structured_outputs") { return .structuredOutput }
    if request.preferences.requiresParameters, !needs.parameters.allSatisfy({ supports($0, declared) }) {
      return .parameters
    }
    return nil
  }

  /// Either spelling of the output limit stands for both.
  private static func supports(_ parameter: String, _ declared: Set<String>) -> Bool {
    switch parameter {
    case "max_tokens", "max_completion_tokens":
      declared.contains("max_tokens") || declared.contains("max_completion_tokens")
    default: declared.contains(parameter)
    }
  }

  /// Whether a slug or display name, in any case, means this endpoint: its provider, or exactly its tag.
  static func names(_ name: String, _ endpoint: CatalogEndpoint) -> Bool {
    let name = name.lowercased()
    return name == endpoint.provider.slug.lowercased() || name == endpoint.provider.name.lowercased()
      || name == endpoint.tag.lowercased()
  }
}

/// Patterns with `*`, as in `anthropic/*`.
enum Pattern {
  /// Whether `text` matches; case is ignored, `*` stands for any run of characters. Linear in both lengths for one star,
  /// and never worse than their product.
  static func matches(_ pattern: String, _ text: String) -> Bool {
    let pattern = Array(pattern.lowercased().utf8)
    let text = Array(text.lowercased().utf8)
    var p = 0
    var t = 0
    var star: (pattern: Int, text: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = (p, t)
        p += 1
      } else if p < pattern.count, pattern[p] == text[t] {
        p += 1
        t += 1
      } else if let last = star {
        p = last.pattern + 1
        t = last.text + 1
        star = (last.pattern, t)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
