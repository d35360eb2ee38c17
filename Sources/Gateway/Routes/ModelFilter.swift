import Catalog
import Core
import HTTPWire

/// The query of `/models` and its like (reference section 8.1): which models, in which order, which part of them. Filters
/// over figures that no self-hosted gateway has (popularity, benchmarks) are not known here and ignored.
struct ModelFilter {
  private var outputs: Set<String>? = ["text"]
  private var inputs: Set<String> = []
  private var parameters: Set<String> = []
  private var providers: Set<String>?
  private var authors: Set<String>?
  private var text: String?
  private var sort: String?
  private var zdr = false
  private var context = 0
  private var minPrice: Money?
  private var maxPrice: Money?
  private var offset = 0
  private var limit = Int.max

  /// Reads the query. Throws a 400 that names the parameter.
  init(_ head: RequestHead, outputs: Set<String>?) throws(GatewayError) {
    self.outputs = outputs
    for (name, value) in head.queryItems where !value.isEmpty { try take(name, value) }
  }

  private mutating func take(_ name: String, _ value: String) throws(GatewayError) {
    let list = Set(value.lowercased().split(separator: ",").map(String.init))
    switch name {
    case "output_modalities": outputs = list.contains("all") ? nil : list
    case "input_modalities": inputs = list
    case "supported_parameters": parameters = list
    case "providers": providers = list
    case "model_authors": authors = list
    case "q": text = value.lowercased()
    case "zdr": zdr = value == "true"
    case "sort": sort = value
    case "context": context = try ModelFilter.integer(name, value, 0...Int.max)
    case "offset": offset = try ModelFilter.integer(name, value, 0...Int.max)
    case "limit": limit = try ModelFilter.integer(name, value, 1...1000)
    case "min_price": minPrice = try ModelFilter.price(name, value)
    case "max_price": maxPrice = try ModelFilter.price(name, value)
    default: break
    }
    // An offset alone asks for a page as well.
    if name == "offset", limit == .max { limit = 500 }
  }

  /// The models that pass, in order, all pages.
  func apply(_ models: [CatalogModel]) -> [CatalogModel] { sorted(models.filter(passes)) }

  /// The page that was asked for.
  func page(_ models: [CatalogModel]) -> [CatalogModel] { Array(models.dropFirst(offset).prefix(limit)) }

  /// The query of the next page with the same filters, or nil on the last.
  func next(_ total: Int, query: String?) -> String? {
    guard limit < .max, offset < total - limit else { return nil }
    let kept = (query ?? "").split(separator: "&").filter { !$0.hasPrefix("offset=") && !$0.hasPrefix("limit=") }
    return "?" + (kept + ["offset=\(offset + limit)", "limit=\(limit)"]).joined(separator: "&")
  }

  private func passes(_ model: CatalogModel) -> Bool {
    if let outputs, outputs.isDisjoint(with: model.outputModalities) { return false }
    if !inputs.isSubset(of: model.inputModalities) { return false }
    if !parameters.isSubset(of: model.supportedParameters) { return false }
    if let authors, !authors.contains(model.id.prefix { $0 != "/" }.lowercased()) { return false }
    if let providers,
      !model.endpoints.contains(where: {
        providers.contains($0.provider.slug) || providers.contains($0.provider.name.lowercased())
      })
    {
      return false
    }
    if let text, !model.id.lowercased().contains(text), !model.name.lowercased().contains(text) { return false }
    if zdr, !model.endpoints.contains(where: \.zdr) { return false }
    if context > 0, model.contextLength ?? 0 < context { return false }
    return passesPrice(model)
  }

  private func passesPrice(_ model: CatalogModel) -> Bool {
    if minPrice == nil, maxPrice == nil { return true }
    guard let price = model.endpoints.first?.pricing?.prompt else { return false }
    return price >= minPrice ?? price && price <= maxPrice ?? price
  }

  private func sorted(_ models: [CatalogModel]) -> [CatalogModel] {
    func price(_ model: CatalogModel) -> Int64? { model.endpoints.first?.pricing?.prompt.units }
    switch sort {
    case "pricing-low-to-high": return models.sorted { price($0) ?? .max < price($1) ?? .max }
    case "pricing-high-to-low": return models.sorted { price($0) ?? -1 > price($1) ?? -1 }
    case "context-high-to-low": return models.sorted { $0.contextLength ?? 0 > $1.contextLength ?? 0 }
    case "newest": return models.sorted { $0.created ?? 0 > $1.created ?? 0 }
    default: return models
    }
  }

  private static func integer(_ name: String, _ value: String, _ range: ClosedRange<Int>) throws(GatewayError) -> Int {
    guard let number = Int(value), range.contains(number) else {
      throw .field(name, "'\(name)' must be a whole number of at least \(range.lowerBound).")
    }
    return number
  }

  /// A price per million tokens, as a price per token.
  private static func price(_ name: String, _ value: String) throws(GatewayError) -> Money {
    guard let price = Money(decimal: value, exponent: -6) else {
      throw .field(name, "'\(name)' must be a price in USD per million tokens.")
    }
    return price
  }
}
