import Configuration
import Core
import Ledger

/// A model at a provider: one place a request can go to. What the endpoint does not say is taken from its provider
/// or its model once, when the snapshot is built.
package final class CatalogEndpoint: Sendable {
  /// Its number in the snapshot. Range: 0..<number of endpoints.
  package let index: Int
  /// What stays the same about it across reloads: provider, tag and model, and a number for a second one like it.
  package let identity: String
  /// A hash of `identity`, the same in every process.
  package let identityHash: UInt64
  /// The id of the model.
  package let modelID: String
  /// Who serves it.
  package let provider: CatalogProvider
  /// What the provider calls the model.
  package let upstreamModel: String
  /// What it charges; nil when unknown.
  package let pricing: PriceList?
  /// Most tokens of prompt and answer together; nil when unknown.
  package let contextLength: Int?
  /// Most tokens of an answer; nil when unknown.
  package let maxCompletionTokens: Int?
  /// Precision of the weights; `unknown` when it is.
  package let quantization: String
  /// Request parameters it honours; nil when unknown.
  package let supportedParameters: Set<String>?
  /// Whether it is known to keep nothing.
  package let zdr: Bool
  /// Whether the provider trains on the data; nil when unknown.
  package let trainsOnData: Bool?
  /// How long the provider keeps the data. Unit: days; nil when unknown.
  package let retentionDays: Int64?
  /// Where it computes; nil when unknown.
  package let region: String?
  /// Its name among the endpoints of the model, such as `openai/fp8`; the provider's slug when it has none of its own.
  package let tag: String
  /// `tag` in lower case.
  package let foldedTag: FoldedName
  /// What stands before the first slash of `foldedTag`.
  package let foldedTagBase: FoldedName
  /// The service tier that its tag names (reference section 3.7).
  package let serviceTier: ServiceTier
  /// The price of one prompt and one completion token together, for ordering; nil when unknown.
  package let blendedPrice: Money?
  /// Its weight in the default draw: the inverse square of `blendedPrice`; infinite when free, 0 when unknown.
  package let drawWeight: Double
  /// Whether a prompt that the provider has cached is cheaper.
  package let discountsCache: Bool
  /// Whether it takes tools; true when what it honours is unknown.
  package let takesTools: Bool
  /// Whether it follows a JSON schema; true when what it honours is unknown.
  package let takesSchema: Bool
  /// Whether it continues a final assistant message.
  package let prefill: Bool
  /// Whether its answers may be used to train other models.
  package let distillable: Bool
  /// A benchmark score. Range: 0...1; nil when unknown.
  package let quality: Double?
  /// What records say about it.
  package let facts: EndpointFacts

  /// The endpoint number `index` of a snapshot; `ordinal` counts those of the model with the same provider and tag.
  init(index: Int, model: ModelSettings, provider: CatalogProvider, settings: EndpointSettings, ordinal: Int) {
    let policy = provider.settings.dataPolicy
    self.index = index
    self.provider = provider
    modelID = model.id
    upstreamModel = settings.upstreamModel
    pricing = settings.pricing
    contextLength = settings.contextLength ?? model.contextLength
    maxCompletionTokens = settings.maxCompletionTokens
    quantization = settings.quantization ?? "unknown"
    supportedParameters = settings.supportedParameters.map(Set.init)
    zdr = settings.zdr ?? policy?.zdr ?? false
    trainsOnData = policy?.training
    retentionDays = (policy?.retentionDays).map { Int64($0) }
    region = settings.region ?? provider.settings.region
    tag = settings.tag ?? provider.slug
    foldedTag = FoldedName(tag)
    foldedTagBase = FoldedName(String(tag.prefix { $0 != "/" }))
    serviceTier = ServiceTier(foldedTag: foldedTag.text)
    identity = "\(provider.slug) \(tag) \(model.id)" + (ordinal > 0 ? " \(ordinal)" : "")
    identityHash = StableHash.of(identity)
    blendedPrice = settings.pricing.map { Money(units: $0.prompt.adding($0.completion)?.units ?? .max) }
    drawWeight = CatalogEndpoint.weight(blendedPrice)
    discountsCache = settings.pricing.map { $0.cacheRead < $0.prompt } ?? false
    takesTools = supportedParameters?.contains("tools") ?? true
    takesSchema = supportedParameters?.contains("structured_outputs") ?? true
    prefill = settings.prefill
    distillable = settings.distillable
    quality = settings.quality
    facts = EndpointFacts(
      Ending.Served(
        model: model.id, provider: provider.slug, providerName: provider.name, endpoint: settings.tag ?? provider.slug,
        region: settings.region ?? provider.settings.region, trainsOnData: policy?.training,
        retentionDays: (policy?.retentionDays).map { Int64($0) }, zdr: settings.zdr ?? policy?.zdr ?? false),
      prices: settings.pricing)
  }

  private static func weight(_ price: Money?) -> Double {
    guard let price else { return 0 }
    let dollarsPerMillion = Double(price.units) / 1_000_000
    return price == .zero ? .infinity : 1 / (dollarsPerMillion * dollarsPerMillion)
  }
}

/// The lane of a provider that an endpoint stands for (reference section 3.7).
package enum ServiceTier: String, Sendable {
  /// The ordinary one.
  case standard
  /// Cheaper and slower.
  case flex
  /// Faster and dearer.
  case priority

  /// The tier that the last part of a tag names.
  init(foldedTag tag: String) {
    self = tag.hasSuffix("/flex") ? .flex : tag.hasSuffix("/priority") ? .priority : .standard
  }
}

extension EndpointSettings {
  /// What endpoints are ordered by: the price of one prompt and one completion token. An unknown price sorts last.
  var sortingPrice: Int64 {
    guard let pricing else { return .max }
    return pricing.prompt.adding(pricing.completion)?.units ?? .max - 1
  }
}
