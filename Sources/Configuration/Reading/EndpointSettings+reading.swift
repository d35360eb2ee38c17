import Core
import Ledger

extension EndpointSettings {
  /// The keys of an entry of `models[].endpoints`.
  static let keys = [
    "provider", "upstream_model", "pricing", "price_source", "context_length", "max_completion_tokens", "quantization",
    "supported_parameters", "prefill", "distillable", "quality", "zdr", "region", "tag",
  ]

  /// Reads an endpoint of `model`; nil, with all its problems noted, when it names no provider.
  init?(reading section: Section, model: String, providers: Set<String>) {
    let provider = section.text("provider")
    if section.node("provider") == nil { section.reportMissing("provider", "name the slug of a provider") }
    if let provider, !providers.contains(provider) {
      let near = NearestName.find(provider, among: providers.sorted()).map { "did you mean '\($0)'?" }
      section.report(
        "provider", "is '\(provider.prefix(60))', which is not a provider of this file",
        near ?? "add it under 'providers'")
    }
    let slash = model.firstIndex(of: "/").map { model.index(after: $0) } ?? model.startIndex
    self.init(provider: provider ?? "", upstreamModel: section.text("upstream_model") ?? String(model[slash...]))
    pricing = PriceList(reading: section)
    priceSource = PriceSource(reading: section)
    contextLength = section.integer("context_length", in: 1...1_000_000_000)
    maxCompletionTokens = section.integer("max_completion_tokens", in: 1...1_000_000_000)
    quantization = section.choice("quantization", from: EndpointSettings.quantizations)
    supportedParameters = section.texts("supported_parameters")
    prefill = section.flag("prefill") ?? false
    distillable = section.flag("distillable") ?? false
    quality = section.fraction("quality")
    zdr = section.flag("zdr")
    region = section.text("region")
    tag = section.text("tag")
    if provider == nil { return nil }
  }
}

extension PriceList {
  fileprivate static let keys = ["prompt", "completion", "cache_read", "cache_write", "reasoning", "request", "image"]

  /// Reads `pricing` of an endpoint; nil when there is none.
  fileprivate init?(reading endpoint: Section) {
    guard endpoint.has("pricing") else { return nil }
    let section = endpoint.section("pricing", keys: PriceList.keys)
    guard PriceList.keys.contains(where: section.has) else {
      endpoint.report(
        "pricing", "holds no price", "write prompt: 0 for a free model; leave pricing out when it is unknown")
      return nil
    }
    self.init(
      prompt: section.money("prompt", exponent: -6) ?? .zero,
      completion: section.money("completion", exponent: -6) ?? .zero,
      cacheRead: section.money("cache_read", exponent: -6), cacheWrite: section.money("cache_write", exponent: -6),
      reasoning: section.money("reasoning", exponent: -6), request: section.money("request", exponent: 0) ?? .zero,
      image: section.money("image", exponent: 0) ?? .zero)
  }
}

extension PriceSource {
  /// Reads `price_source` of an endpoint; nil when there is none.
  fileprivate init?(reading endpoint: Section) {
    guard endpoint.has("price_source") else { return nil }
    let section = endpoint.section("price_source", keys: ["url", "date"])
    if section.node("url") == nil { section.reportMissing("url", "name the page the price was read from") }
    if section.node("date") == nil { section.reportMissing("date", "write it as YYYY-MM-DD") }
    guard let url = section.text("url"), let date = section.text("date") else { return nil }
    self.init(url: url, date: date)
  }
}
