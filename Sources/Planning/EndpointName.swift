import Catalog
import Configuration

/// How names in preferences mean endpoints (reference section 3.2). Names are in lower case.
enum EndpointName {
  /// Whether a name means an endpoint: its tag exactly, or as a base slug or display name the provider's endpoints of the
  /// ordinary tier, whatever their region and variant.
  static func means(_ name: FoldedName, _ endpoint: CatalogEndpoint) -> Bool {
    if name == endpoint.foldedTag { return true }
    if endpoint.serviceTier != .standard { return false }
    let provider = endpoint.provider
    return name == provider.foldedSlug || name == provider.foldedName || name == endpoint.foldedTagBase
  }

  /// Whether a name of a key's list means an endpoint's provider, in any case and tier.
  static func meansProvider(_ name: String, _ endpoint: CatalogEndpoint) -> Bool {
    if name == endpoint.provider.slug { return true }
    let name = FoldedName(name)
    return name == endpoint.provider.foldedSlug || name == endpoint.provider.foldedName || name == endpoint.foldedTag
  }

  /// Whether any of some names means an endpoint.
  static func anyMeans(_ names: [FoldedName], _ endpoint: CatalogEndpoint) -> Bool {
    for name in names where means(name, endpoint) { return true }
    return false
  }
}
