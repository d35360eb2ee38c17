import Configuration

/// A model that callers can ask for, with the endpoints that serve it now.
package final class CatalogModel: Sendable {
  /// Its number in the snapshot. Range: 0..<number of models.
  package let index: Int
  /// `author/name`.
  package let id: String
  /// The name shown to people.
  package let name: String
  /// What it is, for people.
  package let description: String?
  /// When it appeared. Unit: seconds since 1970; nil when unknown.
  package let created: Int64?
  /// Most tokens of prompt and answer together; nil when unknown.
  package let contextLength: Int?
  /// What it reads.
  package let inputModalities: [String]
  /// What it writes.
  package let outputModalities: [String]
  /// Ids of the models to try after this one when a request names none.
  package let fallbacks: [String]
  /// Whether a second endpoint is asked when the first is slow to begin; nil: as the gateway's setting says.
  package let hedge: Bool?
  /// Further names of the model.
  package let aliases: [String]
  /// Who serves it, cheapest first; an unknown price comes last. Empty only for a model whose providers are all disabled.
  package let endpoints: [CatalogEndpoint]
  /// Who would serve it but for `disabled: true`.
  package let disabledEndpoints: [CatalogEndpoint]
  /// Request parameters that at least one endpoint is known to honour.
  package let supportedParameters: Set<String>
  /// Whether it writes text.
  package let writesText: Bool
  /// Whether it makes embeddings.
  package let writesEmbeddings: Bool
  /// Whether any endpoint belongs to the flex tier.
  package let hasFlexTier: Bool

  /// The model number `index` of a snapshot with its endpoints.
  init(
    index: Int, settings: ModelSettings, endpoints: [CatalogEndpoint], disabledEndpoints: [CatalogEndpoint] = []
  ) {
    self.disabledEndpoints = disabledEndpoints
    self.index = index
    id = settings.id
    name = settings.name
    description = settings.description
    created = settings.created
    contextLength = settings.contextLength
    inputModalities = settings.inputModalities
    outputModalities = settings.outputModalities
    fallbacks = settings.fallbacks
    hedge = settings.hedge
    aliases = settings.aliases
    self.endpoints = endpoints
    writesText = outputModalities.contains("text")
    writesEmbeddings = outputModalities.contains("embeddings")
    hasFlexTier = endpoints.contains { $0.serviceTier == .flex }
    supportedParameters = endpoints.reduce(into: []) { $0.formUnion($1.supportedParameters ?? []) }
  }
}
