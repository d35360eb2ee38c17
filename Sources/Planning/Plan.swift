import Catalog

/// What will be tried, in order, and what will not, and why. A value: the same request and catalogue give the same plan.
package struct Plan: Sendable {
  /// One try against one endpoint.
  package struct Attempt: Sendable {
    /// The model it serves.
    package let model: CatalogModel
    /// The endpoint.
    package let endpoint: CatalogEndpoint
  }

  /// The attempts in order; never empty.
  package let attempts: [Attempt]
  /// The endpoints left out.
  package let exclusions: [Exclusion]
}
