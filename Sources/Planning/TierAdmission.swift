import Catalog
import Configuration

/// Which service tiers of a model a request opens (reference section 3.7). Endpoints that a request names exactly are open
/// to it in any case.
struct TierAdmission {
  private var priority = false
  private var flex = false
  private var standard = true

  /// The tiers that a request opens at a model.
  init(_ request: RoutingRequest, _ resolution: ModelResolution) {
    switch request.serviceTier {
    case .priority: priority = true
    case .flex where resolution.model.hasFlexTier:
      flex = true
      standard = false
    case .flex, .standard, nil: break
    }
    guard request.serviceTier != .standard, request.preferences.order.isEmpty else { return }
    if resolution.variants.contains(.nitro) { priority = true }
    if resolution.variants.contains(.floor) { flex = true }
  }

  /// Whether an endpoint's tier is open.
  func admits(_ endpoint: CatalogEndpoint, _ preferences: ProviderPreferences) -> Bool {
    switch endpoint.serviceTier {
    case .standard: if standard { return true }
    case .flex: if flex { return true }
    case .priority: if priority { return true }
    }
    return preferences.order.contains(endpoint.foldedTag)
      || preferences.only.contains { $0.contains(endpoint.foldedTag) }
  }
}
