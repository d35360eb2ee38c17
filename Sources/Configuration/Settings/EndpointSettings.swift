import Ledger

/// A model at a provider.
package struct EndpointSettings: Sendable, Hashable {
  /// The provider's slug.
  package var provider: String
  /// What the provider calls the model.
  package var upstreamModel: String
  /// What it charges; nil when unknown.
  package var pricing: PriceList?
  /// Where the price was read.
  package var priceSource: PriceSource?
  /// Most tokens of prompt and answer together here; nil: the model's.
  package var contextLength: Int?
  /// Most tokens of an answer; nil when unknown.
  package var maxCompletionTokens: Int?
  /// Precision of the weights, one of `EndpointSettings.quantizations`; nil when unknown.
  package var quantization: String?
  /// Request parameters it honours; nil when unknown.
  package var supportedParameters: [String]?
  /// Whether it continues a final assistant message. Default: false.
  package var prefill: Bool
  /// Whether its answers may be used to train other models. Default: false.
  package var distillable: Bool
  /// A benchmark score. Range: 0...1.
  package var quality: Double?
  /// Whether it keeps nothing; nil: as its provider.
  package var zdr: Bool?
  /// Where it computes; nil: as its provider.
  package var region: String?
  /// A name for this variant, such as `openai/fp8`; nil: the provider's slug.
  package var tag: String?

  /// The precisions that OpenRouter's interface knows.
  package static let quantizations = [
    "int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32", "unknown",
  ]

  /// An endpoint; what is left out takes its default.
  package init(
    provider: String, upstreamModel: String, pricing: PriceList? = nil, priceSource: PriceSource? = nil,
    contextLength: Int? = nil, maxCompletionTokens: Int? = nil, quantization: String? = nil,
    supportedParameters: [String]? = nil, prefill: Bool = false, distillable: Bool = false, quality: Double? = nil,
    zdr: Bool? = nil, region: String? = nil, tag: String? = nil
  ) {
    self.provider = provider
    self.upstreamModel = upstreamModel
    self.pricing = pricing
    self.priceSource = priceSource
    self.contextLength = contextLength
    self.maxCompletionTokens = maxCompletionTokens
    self.quantization = quantization
    self.supportedParameters = supportedParameters
    self.prefill = prefill
    self.distillable = distillable
    self.quality = quality
    self.zdr = zdr
    self.region = region
    self.tag = tag
  }
}

/// Where a price was read.
package struct PriceSource: Sendable, Hashable {
  /// The page.
  package var url: String
  /// The day, as `YYYY-MM-DD`.
  package var date: String

  /// A source.
  package init(url: String, date: String) {
    self.url = url
    self.date = date
  }
}
