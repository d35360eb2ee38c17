import Core
import JSON
import Ledger

/// A caller's routing preferences: the `provider` object of a request (reference section 3.1).
package struct ProviderPreferences: Sendable {
  /// Providers to try first, in this order. Slugs or display names, any case; empty: no order given.
  package var order: [String] = []
  /// Only these providers; nil: all.
  package var only: [String]?
  /// Never these providers (`ignore` and `avoid`).
  package var ignore: [String] = []
  /// Whether providers beyond the primary or beyond `order` may be used.
  package var allowsFallbacks = true
  /// Whether an endpoint must support every parameter of the request.
  package var requiresParameters = false
  /// Whether endpoints that train on the data, or may, are out.
  package var deniesCollection = false
  /// Whether only endpoints that retain nothing are used.
  package var requiresZDR = false
  /// Whether only models whose text may be distilled are used.
  package var requiresDistillable = false
  /// Allowed quantizations; empty: all.
  package var quantizations: [String] = []
  /// Most to be paid per token or request.
  package var maxPrice: PriceCeiling?
  /// How to sort; nil: the default.
  package var sort: Sort?

  /// What endpoints are sorted by. Latency and throughput need measurements; endpoints without enough of them keep their
  /// place by price.
  package enum Sort: String, Sendable, CaseIterable { case price, throughput, latency, exacto }

  /// Upper bounds of prices; per token, per request and per image.
  package struct PriceCeiling: Sendable {
    package var prompt: Money?
    package var completion: Money?
    package var request: Money?
    package var image: Money?
  }

  /// No preferences.
  package init() {}

  private static let names = [
    "order", "only", "ignore", "avoid", "allow_fallbacks", "require_parameters", "data_collection", "zdr",
    "enforce_distillable_text", "quantizations", "max_price", "sort", "preferred_min_throughput",
    "preferred_max_latency", "options",
  ]

  /// Reads the `provider` member. An unknown name is refused rather than ignored, since a mistyped `zdr` must not send
  /// data where it should not go. Throws a 400 that names the field.
  package init(_ value: JSONValue?) throws(GatewayError) {
    var seen: Set<String> = []
    for (name, value) in value?.objectValue ?? [] {
      let field = "provider." + name
      guard seen.insert(name).inserted else { throw .field(field, "'\(field)' is given twice; send it once.") }
      if value.isNull { continue }
      switch name {
      case "order": order = try ProviderPreferences.texts(field, value)
      case "only": only = try ProviderPreferences.texts(field, value)
      case "ignore", "avoid": ignore += try ProviderPreferences.texts(field, value)
      case "allow_fallbacks": allowsFallbacks = try ProviderPreferences.flag(field, value)
      case "require_parameters": requiresParameters = try ProviderPreferences.flag(field, value)
      case "zdr": requiresZDR = try ProviderPreferences.flag(field, value)
      case "enforce_distillable_text": requiresDistillable = try ProviderPreferences.flag(field, value)
      case "data_collection": deniesCollection = try ProviderPreferences.collection(field, value)
      case "quantizations": quantizations = try ProviderPreferences.quantizations(field, value)
      case "max_price": maxPrice = try PriceCeiling(field, value)
      case "sort": sort = try ProviderPreferences.sort(field, value)
      case "preferred_min_throughput", "preferred_max_latency": try ProviderPreferences.threshold(field, value)
      case "options": break
      default:
        let near = NearestName.find(name, among: ProviderPreferences.names)
        throw .field(
          field, "'\(field)' is not a known preference" + (near.map { "; did you mean 'provider.\($0)'?" } ?? "."))
      }
    }
  }

  /// Most entries of a list; OpenRouter itself knows fewer providers.
  private static let listLimit = 200

  private static func texts(_ field: String, _ value: JSONValue) throws(GatewayError) -> [String] {
    guard let list = value.arrayValue else {
      throw .field(field, "'\(field)' must be an array of provider slugs, not \(value.kind.words).")
    }
    guard list.count <= listLimit else {
      throw .field(field, "'\(field)' holds \(list.count) entries; at most \(listLimit) are looked at.")
    }
    var texts: [String] = []
    for element in list {
      guard let text = element.stringValue, !text.isEmpty else {
        throw .field(field, "'\(field)' must hold provider slugs as strings; it holds \(element.kind.words).")
      }
      texts.append(text)
    }
    return texts
  }

  private static func flag(_ field: String, _ value: JSONValue) throws(GatewayError) -> Bool {
    guard let flag = value.boolValue else {
      throw .field(field, "'\(field)' must be true or false, not \(value.kind.words).")
    }
    return flag
  }

  private static func collection(_ field: String, _ value: JSONValue) throws(GatewayError) -> Bool {
    switch value.stringValue {
    case "allow": return false
    case "deny": return true
    default: throw .field(field, "'\(field)' must be \"allow\" or \"deny\".")
    }
  }

  private static let knownQuantizations: Set<String> = [
    "int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32", "unknown",
  ]

  private static func quantizations(_ field: String, _ value: JSONValue) throws(GatewayError) -> [String] {
    let list = try texts(field, value).map { $0.lowercased() }
    for name in list where !knownQuantizations.contains(name) {
      throw .field(
        field,
        "'\(name)' in '\(field)' is not a quantization; known are \(knownQuantizations.sorted().joined(separator: ", "))."
      )
    }
    // The plain names cover their micro-scaled variants (reference section 3.1).
    return list + (list.contains("fp4") ? ["mxfp4", "nvfp4"] : []) + (list.contains("fp8") ? ["mxfp8"] : [])
  }

  private static func sort(_ field: String, _ value: JSONValue) throws(GatewayError) -> Sort? {
    let by = value.objectValue == nil ? value : value["by"] ?? .null
    if by.isNull, value.objectValue != nil { return nil }
    guard let text = by.stringValue, let sort = Sort(rawValue: text) else {
      throw .field(field, "'\(field)' must be one of price, throughput, latency, exacto, or an object with 'by'.")
    }
    if let partition = value["partition"], !partition.isNull, !["model", "none"].contains(partition.stringValue) {
      throw .field(field + ".partition", "'\(field).partition' must be \"model\" or \"none\".")
    }
    return sort
  }

  /// Thresholds push endpoints down by what was measured of them; here they are only checked.
  private static func threshold(_ field: String, _ value: JSONValue) throws(GatewayError) {
    let parts = value.objectValue ?? [("", value)]
    for (name, part) in parts {
      guard name.isEmpty || ["p50", "p75", "p90", "p99"].contains(name) else {
        throw .field(field, "'\(field).\(name)' is not known; use p50, p75, p90 or p99.")
      }
      guard part.isNull || (part.doubleValue ?? -1) >= 0 else {
        throw .field(field, "'\(field)' must be a number of at least 0, or an object of percentiles.")
      }
    }
  }
}

extension ProviderPreferences.PriceCeiling {
  /// Reads `max_price`: USD per million tokens for prompt and completion, USD each for request and image; numbers or
  /// decimal strings. Throws a 400 that names the field.
  init(_ field: String, _ value: JSONValue) throws(GatewayError) {
    guard let members = value.objectValue else {
      throw .field(field, "'\(field)' must be an object of prices, not \(value.kind.words).")
    }
    self.init()
    for (name, part) in members where !part.isNull {
      let isPerToken = name == "prompt" || name == "completion"
      guard let text = part.numberText ?? part.stringValue,
        let price = Money(decimal: text, exponent: isPerToken ? -6 : 0)
      else {
        throw .field("\(field).\(name)", "'\(field).\(name)' must be a price in USD of at least 0.")
      }
      switch name {
      case "prompt": prompt = price
      case "completion": completion = price
      case "request": request = price
      case "image": image = price
      case "audio": break
      default:
        throw .field("\(field).\(name)", "'\(field).\(name)' is not known; use prompt, completion, request or image.")
      }
    }
  }
}
