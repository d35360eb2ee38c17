import Core
import JSON

extension PreferenceMembers {
  private static let names = [
    "order", "only", "ignore", "avoid", "allow_fallbacks", "require_parameters", "data_collection", "zdr",
    "enforce_distillable_text", "quantizations", "max_price", "sort", "preferred_min_throughput",
    "preferred_max_latency", "options",
  ]

  /// Most entries of a list; OpenRouter itself knows fewer providers.
  private static let listLimit = 200

  private static let knownQuantizations: Set<String> = [
    "int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32", "unknown",
  ]

  /// Reads a `provider` object; `path` is what messages call it. An unknown name is refused rather than ignored, since a
  /// mistyped `zdr` must not send data where it should not go. Throws a 400 that names the field.
  package init(_ value: JSONValue?, path: String = "provider") throws(GatewayError) {
    self.init()
    guard let value, !value.isNull else { return }
    guard let members = value.objectValue else {
      throw .field(path, "'\(path)' must be an object with routing preferences, not \(value.kind.words).")
    }
    var seen: Set<String> = []
    for (name, value) in members {
      let field = path + "." + name
      guard seen.insert(name).inserted else { throw .field(field, "'\(field)' is given twice; send it once.") }
      if !value.isNull { try read(name, value, field) }
    }
  }

  private mutating func read(_ name: String, _ value: JSONValue, _ field: String) throws(GatewayError) {
    typealias Me = PreferenceMembers
    switch name {
    case "order": order = try Me.names(field, value)
    case "only": only = [try Me.names(field, value)]
    case "ignore", "avoid": ignore += try Me.names(field, value)
    case "allow_fallbacks": allowsFallbacks = try Me.flag(field, value)
    case "require_parameters": requiresParameters = try Me.flag(field, value)
    case "zdr": requiresZDR = try Me.flag(field, value)
    case "enforce_distillable_text": requiresDistillable = try Me.flag(field, value)
    case "data_collection": deniesCollection = try Me.collection(field, value)
    case "quantizations": quantizations = try Me.quantizations(field, value)
    case "max_price": maxPrice = try PriceCeiling(field, value)
    case "sort": try readSort(field, value)
    case "preferred_min_throughput": minThroughput = try PercentileCutoffs(field, value)
    case "preferred_max_latency": maxLatency = try PercentileCutoffs(field, value)
    case "options":
      guard value.objectValue != nil else {
        throw .field(field, "'\(field)' must be an object, not \(value.kind.words).")
      }
    default:
      let near = NearestName.find(name, among: Me.names)
      let parent = field.dropLast(name.count)
      throw .field(
        field, "'\(field)' is not a known preference" + (near.map { "; did you mean '\(parent)\($0)'?" } ?? "."))
    }
  }

  /// Slugs or display names, in lower case.
  private static func names(_ field: String, _ value: JSONValue) throws(GatewayError) -> [FoldedName] {
    guard let list = value.arrayValue else {
      throw .field(field, "'\(field)' must be an array of provider slugs, not \(value.kind.words).")
    }
    guard list.count <= listLimit else {
      throw .field(field, "'\(field)' holds \(list.count) entries; at most \(listLimit) are looked at.")
    }
    var names: [FoldedName] = []
    for element in list {
      guard let text = element.stringValue, !text.isEmpty else {
        throw .field(field, "'\(field)' must hold provider slugs as strings; it holds \(element.kind.words).")
      }
      names.append(FoldedName(text))
    }
    return names
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

  private static func quantizations(_ field: String, _ value: JSONValue) throws(GatewayError) -> [String] {
    let list = try names(field, value).map(\.text)
    for name in list where !knownQuantizations.contains(name) {
      let known = knownQuantizations.sorted().joined(separator: ", ")
      throw .field(field, "'\(name)' in '\(field)' is not a quantization; known are \(known).")
    }
    // The plain names cover their micro-scaled variants (reference section 3.1).
    return list + (list.contains("fp4") ? ["mxfp4", "nvfp4"] : []) + (list.contains("fp8") ? ["mxfp8"] : [])
  }

  private mutating func readSort(_ field: String, _ value: JSONValue) throws(GatewayError) {
    let known = ProviderPreferences.Sort.allCases.map(\.rawValue).joined(separator: ", ")
    guard let members = value.objectValue else {
      guard let text = value.stringValue, let by = ProviderPreferences.Sort(rawValue: text) else {
        throw .field(field, "'\(field)' must be one of \(known), or an object with 'by'.")
      }
      sort = by
      return
    }
    for (name, part) in members where !part.isNull {
      switch name {
      case "by":
        guard let text = part.stringValue, let by = ProviderPreferences.Sort(rawValue: text) else {
          throw .field(field + ".by", "'\(field).by' must be one of \(known).")
        }
        sort = by
      case "partition":
        guard let text = part.stringValue, let way = ProviderPreferences.Partition(rawValue: text) else {
          throw .field(field + ".partition", "'\(field).partition' must be \"model\" or \"none\".")
        }
        partition = way
      default:
        throw .field("\(field).\(name)", "'\(field).\(name)' is not known; use by and partition.")
      }
    }
  }
}

extension PercentileCutoffs {
  /// Reads a number, which means the median, or an object of percentiles. Throws a 400 that names the field.
  fileprivate init?(_ field: String, _ value: JSONValue) throws(GatewayError) {
    self.init()
    guard let members = value.objectValue else {
      p50 = try PercentileCutoffs.number(field, value)
      return
    }
    for (name, part) in members where !part.isNull {
      let number = try PercentileCutoffs.number("\(field).\(name)", part)
      switch name {
      case "p50": p50 = number
      case "p75": p75 = number
      case "p90": p90 = number
      case "p99": p99 = number
      default: throw .field("\(field).\(name)", "'\(field).\(name)' is not known; use p50, p75, p90 or p99.")
      }
    }
    if self == PercentileCutoffs() { return nil }
  }

  private static func number(_ field: String, _ value: JSONValue) throws(GatewayError) -> Double {
    guard let number = value.doubleValue, number >= 0, number.isFinite else {
      throw .field(field, "'\(field)' must be a number of at least 0, or an object of percentiles.")
    }
    return number
  }
}

extension PriceCeiling {
  /// Reads `max_price`: USD per million tokens for prompt and completion, USD each for request and image; numbers or
  /// decimal strings. Throws a 400 that names the field.
  fileprivate init?(_ field: String, _ value: JSONValue) throws(GatewayError) {
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
        throw .field(
          "\(field).\(name)", "'\(field).\(name)' is not known; use prompt, completion, request, image or audio.")
      }
    }
    if self == PriceCeiling() { return nil }
  }
}
