import Catalog
import Configuration

/// A model, or a chain of models, of the user's that `doctor --faults` tries faults on.
package struct FaultSubject: Sendable {
  /// What kind of model it stands for.
  package enum Kind: String, Sendable, CaseIterable {
    /// Several endpoints serve it.
    case several
    /// One endpoint serves it.
    case single
    /// Other models follow it.
    case chain

    /// In plain words.
    package var words: String {
      switch self {
      case .several: "several endpoints"
      case .single: "one endpoint"
      case .chain: "chain of models"
      }
    }
  }

  /// The kind.
  package let kind: Kind
  /// The models in the order in which they are tried, with the endpoints that the gateway's privacy rules leave.
  package let models: [(model: CatalogModel, endpoints: [CatalogEndpoint])]
  /// Whether the request names the chain, because no model of the configuration has fallbacks.
  package let isNamedByRequest: Bool

  /// The ids of the models, in order.
  package var ids: [String] { models.map(\.model.id) }

  /// At most one subject of each kind: the first of the user's models that fits, else the first of the catalogue's.
  package static func choose(_ catalog: CatalogSnapshot, privacy: PrivacySettings) -> [FaultSubject] {
    let usable = catalog.models.filter { $0.outputModalities.contains("text") }
      .map { (model: $0, endpoints: $0.endpoints.filter { isAllowed($0, privacy) }) }
      .filter { !$0.endpoints.isEmpty }
    var subjects: [FaultSubject] = []
    if let model = usable.first(where: { $0.endpoints.count > 1 }) {
      subjects.append(FaultSubject(kind: .several, models: [model], isNamedByRequest: false))
    }
    if let model = usable.first(where: { $0.endpoints.count == 1 }) {
      subjects.append(FaultSubject(kind: .single, models: [model], isNamedByRequest: false))
    }
    if let chain = chain(usable, catalog) { subjects.append(chain) }
    return subjects
  }

  /// Longest chain that is tried: more models show nothing new.
  private static let chainLimit = 3

  private static func chain(
    _ usable: [(model: CatalogModel, endpoints: [CatalogEndpoint])], _ catalog: CatalogSnapshot
  ) -> FaultSubject? {
    for entry in usable where !entry.model.fallbacks.isEmpty {
      let others = entry.model.fallbacks.compactMap { name in
        catalog.resolve(name).flatMap { found in usable.first { $0.model === found.model } }
      }
      guard !others.isEmpty else { continue }
      return FaultSubject(kind: .chain, models: [entry] + others.prefix(chainLimit - 1), isNamedByRequest: false)
    }
    guard usable.count > 1 else { return nil }
    return FaultSubject(kind: .chain, models: Array(usable.prefix(2)), isNamedByRequest: true)
  }

  /// Whether the gateway's own rules let every request use the endpoint, without asking for a service tier.
  private static func isAllowed(_ endpoint: CatalogEndpoint, _ privacy: PrivacySettings) -> Bool {
    if endpoint.serviceTier != .standard { return false }
    if privacy.zdr, !endpoint.zdr { return false }
    if privacy.dataCollection == .deny, endpoint.trainsOnData != false { return false }
    return privacy.regions.isEmpty || privacy.regions.contains { $0.lowercased() == endpoint.region?.lowercased() }
  }
}
