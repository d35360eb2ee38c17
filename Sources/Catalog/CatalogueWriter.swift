import Configuration
import Core
import Ledger

/// Writes models as a catalogue file that `CatalogueFile.parse` reads back as they were.
package struct CatalogueWriter {
  private var text = ""

  /// The file; every line of `heading` becomes a comment at its top.
  package static func text(_ models: [ModelSettings], heading: [String] = []) -> String {
    var writer = CatalogueWriter()
    for line in heading { writer.line(0, "# " + line.filter { !$0.isNewline }) }
    writer.line(0, "version: \(CatalogueFile.version)")
    writer.line(0, models.isEmpty ? "models: []" : "models:")
    for model in models { writer.write(model) }
    return writer.text
  }

  private mutating func line(_ indent: Int, _ content: String) {
    text += String(repeating: " ", count: indent) + content + "\n"
  }

  private mutating func field(_ indent: Int, _ key: String, _ value: String?) {
    if let value { line(indent, key + ": " + CatalogueWriter.quoted(value)) }
  }

  private mutating func field(_ indent: Int, _ key: String, number: (some BinaryInteger)?) {
    if let number { line(indent, "\(key): \(number)") }
  }

  private mutating func field(_ indent: Int, _ key: String, list: [String]?) {
    if let list { line(indent, "\(key): [" + list.map(CatalogueWriter.quoted).joined(separator: ", ") + "]") }
  }

  private mutating func write(_ model: ModelSettings) {
    line(2, "- id: " + CatalogueWriter.quoted(model.id))
    field(4, "name", model.name)
    field(4, "description", model.description)
    field(4, "created", number: model.created)
    field(4, "context_length", number: model.contextLength)
    field(4, "aliases", list: model.aliases.isEmpty ? nil : model.aliases)
    field(4, "fallbacks", list: model.fallbacks.isEmpty ? nil : model.fallbacks)
    field(4, "input_modalities", list: model.inputModalities)
    field(4, "output_modalities", list: model.outputModalities)
    line(4, "endpoints:")
    for endpoint in model.endpoints { write(endpoint) }
  }

  private mutating func write(_ endpoint: EndpointSettings) {
    line(6, "- provider: " + CatalogueWriter.quoted(endpoint.provider))
    field(8, "upstream_model", endpoint.upstreamModel)
    if let pricing = endpoint.pricing { line(8, "pricing: " + CatalogueWriter.flow(pricing)) }
    if let source = endpoint.priceSource {
      line(
        8,
        "price_source: { url: \(CatalogueWriter.quoted(source.url)), date: \(CatalogueWriter.quoted(source.date)) }")
    }
    field(8, "context_length", number: endpoint.contextLength)
    field(8, "max_completion_tokens", number: endpoint.maxCompletionTokens)
    field(8, "quantization", endpoint.quantization)
    field(8, "supported_parameters", list: endpoint.supportedParameters)
    if endpoint.prefill { line(8, "prefill: true") }
    if endpoint.distillable { line(8, "distillable: true") }
    if let quality = endpoint.quality { line(8, "quality: \(quality)") }
    if let zdr = endpoint.zdr { line(8, "zdr: \(zdr)") }
    field(8, "region", endpoint.region)
    field(8, "tag", endpoint.tag)
  }

  /// A price list in one line; members that have their default are left out.
  private static func flow(_ prices: PriceList) -> String {
    var members = ["prompt: \(prices.prompt.dollarsPerMillion)", "completion: \(prices.completion.dollarsPerMillion)"]
    if prices.cacheRead != prices.prompt { members.append("cache_read: \(prices.cacheRead.dollarsPerMillion)") }
    if prices.cacheWrite != prices.prompt { members.append("cache_write: \(prices.cacheWrite.dollarsPerMillion)") }
    if prices.reasoning != prices.completion { members.append("reasoning: \(prices.reasoning.dollarsPerMillion)") }
    if prices.request != .zero { members.append("request: \(prices.request.dollars)") }
    if prices.image != .zero { members.append("image: \(prices.image.dollars)") }
    return "{ " + members.joined(separator: ", ") + " }"
  }

  /// A text in double quotes; what YAML does not print or would fold is escaped.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      default:
        let isPlain =
          scalar.value >= 32 && !(127...159).contains(scalar.value) && !(0x2028...0x2029).contains(scalar.value)
          && scalar.value != 0xFEFF && scalar.value & 0xFFFE != 0xFFFE
        if isPlain {
          result.unicodeScalars.append(scalar)
        } else {
          let digits = String(scalar.value, radix: 16)
          result += "\\U" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
        }
      }
    }
    return result + "\""
  }
}
