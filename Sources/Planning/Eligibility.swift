import Catalog
import Configuration
import Core
import Ledger

/// The filters: whether an endpoint may serve a request at all (reference section 3.3). Pure.
struct Eligibility {
  private let request: RoutingRequest
  private let preferences: ProviderPreferences
  private let requiresZDR: Bool
  private let deniesCollection: Bool
  /// Whether neither the caller nor the gateway restricts anything, so that only abilities are left to look at.
  private let isUnrestricted: Bool

  /// The filters of a request.
  init(_ request: RoutingRequest) {
    self.request = request
    preferences = request.preferences
    let policy = request.policy
    requiresZDR = policy.zdr || preferences.requiresZDR
    deniesCollection = policy.deniesCollection || preferences.deniesCollection
    isUnrestricted =
      preferences.isNeutral && !requiresZDR && !deniesCollection && policy.regions.isEmpty
      && policy.allowedModels == nil && policy.allowedProviders == nil
  }

  /// Why no endpoint of a model may be used; nil when some may.
  func exclusion(of model: CatalogModel) -> ExclusionReason? {
    if let allowed = request.policy.allowedModels, !allowed.contains(where: { Pattern.matches($0, model.id) }) {
      return .modelNotAllowedForKey
    }
    for modality in request.needs.inputModalities where !model.inputModalities.contains(modality) { return .modality }
    return nil
  }

  /// The first rule that an endpoint fails, or nil when it may be used. `tiers` are those that the request opens.
  func exclusion(of endpoint: CatalogEndpoint, variants: ModelVariants, tiers: TierAdmission) -> ExclusionReason? {
    if !isUnrestricted, let reason = ruleOfLists(endpoint) ?? ruleOfData(endpoint) ?? ruleOfQuality(endpoint) {
      return reason
    }
    if variants.contains(.free), endpoint.pricing?.isFree != true { return .notFree }
    if !tiers.admits(endpoint, preferences) { return .serviceTier }
    if let most = endpoint.maxCompletionTokens, let wanted = request.needs.maxTokens, wanted > most {
      return .maxTokens
    }
    return ruleOfAbility(endpoint)
  }

  private func ruleOfLists(_ endpoint: CatalogEndpoint) -> ExclusionReason? {
    if let allowed = request.policy.allowedProviders,
      !allowed.contains(where: { EndpointName.meansProvider($0, endpoint) })
    {
      return .notAllowedForKey
    }
    for list in preferences.only where !EndpointName.anyMeans(list, endpoint) { return .notInOnly }
    return EndpointName.anyMeans(preferences.ignore, endpoint) ? .ignored : nil
  }

  private func ruleOfData(_ endpoint: CatalogEndpoint) -> ExclusionReason? {
    if requiresZDR, !endpoint.zdr { return .retainsData }
    if deniesCollection, endpoint.trainsOnData != false { return .trainsOnData }
    let regions = request.policy.regions
    if !regions.isEmpty, !regions.contains(where: { $0.lowercased() == endpoint.region?.lowercased() }) {
      return .region
    }
    return nil
  }

  private func ruleOfQuality(_ endpoint: CatalogEndpoint) -> ExclusionReason? {
    if preferences.requiresDistillable, !endpoint.distillable { return .distillation }
    if !preferences.quantizations.isEmpty, !preferences.quantizations.contains(endpoint.quantization) {
      return .quantization
    }
    if let ceiling = preferences.maxPrice, !Eligibility.fits(endpoint.pricing, ceiling) { return .price }
    return nil
  }

  private static func fits(_ price: PriceList?, _ ceiling: PriceCeiling) -> Bool {
    guard let price else { return false }
    return price.prompt <= ceiling.prompt ?? price.prompt && price.completion <= ceiling.completion ?? price.completion
      && price.request <= ceiling.request ?? price.request && price.image <= ceiling.image ?? price.image
  }

  /// Takes out candidates from an index on whose context the request does not fit into. By the estimate only as long as
  /// others remain that it fits into; without such, only where it certainly does not fit: a provider counts better than we
  /// do.
  func checkLength(
    _ candidates: inout Candidates, from start: Int, _ exclusions: inout [Exclusion], leastTokens: () -> Int
  ) {
    let estimate = length(request.needs.promptTokens)
    guard estimate > 0 else { return }
    var tooShort = 0
    for index in start..<candidates.list.count where estimate > candidates.endpoint(at: index).contextLength ?? .max {
      tooShort += 1
    }
    if tooShort == 0 { return }
    let needed = tooShort < candidates.list.count - start ? estimate : length(leastTokens())
    candidates.exclude(from: start, .contextLength, &exclusions) { needed > $0.contextLength ?? .max }
  }

  /// Whether a request fits into an endpoint's context even by the estimate.
  func certainlyFits(_ endpoint: CatalogEndpoint) -> Bool {
    endpoint.contextLength.map { length(request.needs.promptTokens) <= $0 } ?? true
  }

  /// Prompt and answer together.
  private func length(_ promptTokens: Int) -> Int {
    let (sum, overflow) = promptTokens.addingReportingOverflow(request.needs.maxTokens ?? 0)
    return overflow ? .max : sum
  }

  private func ruleOfAbility(_ endpoint: CatalogEndpoint) -> ExclusionReason? {
    if let dialects = request.needs.dialects, !dialects.contains(endpoint.provider.settings.dialect.rawValue) {
      return .operation
    }
    if request.needs.tools, !endpoint.takesTools { return .tools }
    if request.needs.structuredOutput, !endpoint.takesSchema { return .structuredOutput }
    if preferences.requiresParameters, let isLostAt = request.isLostAt, isLostAt(endpoint) {
      return .untranslatable
    }
    // An endpoint that declares nothing is taken at the caller's word.
    guard preferences.requiresParameters, let declared = endpoint.supportedParameters else { return nil }
    for parameter in request.needs.parameters where !Eligibility.supports(parameter, declared) { return .parameters }
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

  /// Parameters for which endpoints that declare them are preferred to those that do not, as long as there are any
  /// (reference section 3.3, soft group filter). Tools and schemas are stricter, see above.
  private static let preferredParameters = ["response_format", "verbosity"]

  /// Takes out candidates from an index on that do not declare what others do.
  func preferDeclared(_ candidates: inout Candidates, from start: Int, _ exclusions: inout [Exclusion]) {
    guard candidates.list.count - start > 1, !request.needs.parameters.isEmpty else { return }
    for parameter in Eligibility.preferredParameters where request.needs.parameters.contains(parameter) {
      let lacks = { (endpoint: CatalogEndpoint) in
        endpoint.supportedParameters.map { !$0.contains(parameter) } ?? false
      }
      let some = candidates.list[start...].contains { !lacks(candidates.endpoint($0)) }
      if some { candidates.exclude(from: start, .preferredParameters, &exclusions, lacks) }
    }
  }
}

extension Candidates {
  /// Takes out the candidates from an index on for which a rule holds.
  fileprivate mutating func exclude(
    from start: Int, _ reason: ExclusionReason, _ exclusions: inout [Exclusion], _ rule: (CatalogEndpoint) -> Bool
  ) {
    var kept = start
    for index in start..<list.count {
      let candidate = list[index]
      let endpoint = endpoint(candidate)
      if rule(endpoint) {
        exclusions.append(Exclusion(model: chain[candidate.model].model, endpoint: endpoint, reason: reason))
      } else {
        list[kept] = candidate
        kept += 1
      }
    }
    list.removeSubrange(kept...)
  }
}
