import Configuration
import Core
import Ledger

/// A model at a provider: one place a request can go to. What the endpoint does not say is taken from its provider
/// or its model once, when the snapshot is built.
package final class CatalogEndpoint: Sendable {
  /// Its number in the snapshot. Range: 0..<number of endpoints.
  package let index: Int
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
  /// Where it computes; nil when unknown.
  package let region: String?
  /// Its name among the endpoints of the model, such as `openai/fp8`; the provider's slug when it has none of its own.
  package let tag: String
  /// Whether it continues a final assistant message.
  package let prefill: Bool
  /// Whether its answers may be used to train other models.
  package let distillable: Bool
  /// A benchmark score. Range: 0...1; nil when unknown.
  package let quality: Double?

  /// The endpoint number `index` of a snapshot.
  init(index: Int, model: ModelSettings, provider: CatalogProvider, settings: EndpointSettings) {
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
    region = settings.region ?? provider.settings.region
    tag = settings.tag ?? provider.slug
    prefill = settings.prefill
    distillable = settings.distillable
    quality = settings.quality
  }
}

extension EndpointSettings {
  /// What endpoints are ordered by: the price of one prompt and one completion token. An unknown price sorts last.
  var sortingPrice: Int64 {
    guard let pricing else { return .max }
    return pricing.prompt.adding(pricing.completion)?.units ?? .max - 1
  }
}
