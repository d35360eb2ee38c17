import Configuration
import Core
import JSON
import Ledger

/// Reads what OpenRouter's interface says about models: the list of `/api/v1/models`, the answer of
/// `/api/v1/models/{id}/endpoints`, or a list of such answers. Prices are taken over exactly; a price that is not fixed
/// (`-1`) or cannot be represented is left out.
package struct OpenRouterImport: Sendable {
  /// The models, in the order of the text.
  package private(set) var models: [ModelSettings] = []
  /// What was left out and why, for people.
  package private(set) var notes: [String] = []

  private let source: PriceSource?
  private var ids: Set<String> = []

  /// Why a text is no list of models.
  package struct Problem: Error, Sendable, CustomStringConvertible {
    /// In plain words.
    package let description: String

    /// A problem in plain words.
    package init(_ description: String) { self.description = description }
  }

  /// Reads a text. `source`, when given, is noted as the source of every price. Throws when it is no JSON or holds no
  /// model.
  package init(_ text: [UInt8], source: PriceSource? = nil) throws(Problem) {
    self.source = source
    let value: JSONValue
    do throws(JSONProblem) {
      value = try JSONValue.parse(text)
    } catch {
      throw Problem("this is not JSON: \(error)")
    }
    for object in OpenRouterImport.objects(in: value) { add(object) }
    guard !models.isEmpty else {
      throw Problem("no models found; expected the answer of OpenRouter's /api/v1/models")
    }
  }

  /// The model objects of all accepted shapes: `{"data": [...]}`, `{"data": {...}}`, and lists of these.
  private static func objects(in value: JSONValue) -> [JSONValue] {
    switch value {
    case .array(let elements): elements.flatMap(objects(in:))
    case .object: value["data"].map(objects(in:)) ?? [value]
    default: []
    }
  }

  private mutating func add(_ object: JSONValue) {
    guard let id = object["id"]?.stringValue, ModelSettings.isCompleteID(id) else {
      notes.append("an entry without a usable id was left out")
      return
    }
    guard ids.insert(id.lowercased()).inserted else {
      notes.append("\(id): listed twice; the first entry was taken")
      return
    }
    let architecture = object["architecture"]
    var model = ModelSettings(
      id: id, name: object.text("name"), description: object.text("description"),
      created: object["created"]?.integerValue.flatMap { (0...253_402_300_799).contains($0) ? $0 : nil },
      contextLength: object.count("context_length"))
    model.inputModalities = architecture?.words("input_modalities") ?? ["text"]
    model.outputModalities = architecture?.words("output_modalities") ?? ["text"]
    let offers = object["endpoints"]?.arrayValue ?? []
    model.endpoints =
      offers.isEmpty ? [endpoint(of: object, model: model)] : offers.map { endpoint(of: $0, model: model) }
    models.append(model)
  }

  private mutating func endpoint(of object: JSONValue, model: ModelSettings) -> EndpointSettings {
    let top = object["top_provider"]
    let context = object.count("context_length")
    let pricing = price(object["pricing"], model: model.id)
    return EndpointSettings(
      provider: "openrouter", upstreamModel: model.id, pricing: pricing, priceSource: pricing == nil ? nil : source,
      contextLength: context == model.contextLength ? nil : context,
      maxCompletionTokens: object.count("max_completion_tokens") ?? top?.count("max_completion_tokens"),
      quantization: object.text("quantization").flatMap { EndpointSettings.quantizations.contains($0) ? $0 : nil },
      supportedParameters: object["supported_parameters"]?.arrayValue.map { $0.compactMap(\.cleanText) },
      tag: object.text("tag"))
  }

  private mutating func price(_ object: JSONValue?, model: String) -> PriceList? {
    guard let object, let promptText = object.decimal("prompt"), let completionText = object.decimal("completion")
    else {
      return nil
    }
    guard let prompt = Money(decimal: promptText), let completion = Money(decimal: completionText) else {
      notes.append("\(model): the price is not fixed or too fine; it was left out")
      return nil
    }
    let special = { (key: String) in object.decimal(key).flatMap { Money(decimal: $0) } }
    // A zero beside a price above zero means "not charged by itself", not "free": such tokens cost the ordinary price.
    let separate = { (key: String) in special(key).flatMap { $0 == .zero ? nil : $0 } }
    return PriceList(
      prompt: prompt, completion: completion, cacheRead: separate("input_cache_read"),
      cacheWrite: separate("input_cache_write"), reasoning: separate("internal_reasoning"),
      request: special("request") ?? .zero, image: special("image") ?? .zero)
  }
}

/// Reads the list of models that a local server (Ollama, LM Studio, vLLM) answers to `GET /models`.
package enum ModelListImport {
  /// The models as `slug/name`, served by the provider `slug` at no price; entries without a usable name are left out.
  /// Throws when the text is no such list.
  package static func models(in text: [UInt8], provider slug: String) throws(OpenRouterImport.Problem)
    -> [ModelSettings]
  {
    guard let entries = (try? JSONValue.parse(text))?["data"]?.arrayValue else {
      throw OpenRouterImport.Problem("this is not a list of models in OpenAI's format")
    }
    return entries.compactMap { entry in
      guard let name = entry["id"]?.stringValue, ModelSettings.isCompleteID(slug + "/" + name) else { return nil }
      let embeds = name.lowercased().contains("embed")
      return ModelSettings(
        id: slug + "/" + name, name: name, created: entry["created"]?.integerValue.flatMap { $0 > 0 ? $0 : nil },
        contextLength: entry.count("max_model_len") ?? entry.count("context_length"),
        outputModalities: [embeds ? "embeddings" : "text"],
        endpoints: [EndpointSettings(provider: slug, upstreamModel: name, pricing: .free)])
    }
  }
}

extension JSONValue {
  /// A member's text without control characters and white space around it; nil when nothing is left.
  fileprivate func text(_ key: String) -> String? { self[key]?.cleanText }

  /// A string without control characters and white space around it; nil when nothing is left.
  fileprivate var cleanText: String? {
    guard let text = stringValue else { return nil }
    let kept = text.unicodeScalars.filter {
      ($0.value >= 32 && !(127...159).contains($0.value)) || $0 == "\n" || $0 == "\t"
    }
    let isSpace: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\t" }
    guard let first = kept.firstIndex(where: { !isSpace($0) }), let last = kept.lastIndex(where: { !isSpace($0) })
    else { return nil }
    return String(String.UnicodeScalarView(kept[first...last]))
  }

  /// A member that counts tokens; nil unless it is above zero.
  fileprivate func count(_ key: String) -> Int? {
    self[key]?.integerValue.flatMap { (1...1_000_000_000).contains($0) ? Int($0) : nil }
  }

  /// A list of words; nil when there is none in it.
  fileprivate func words(_ key: String) -> [String]? {
    let words = self[key]?.arrayValue?.compactMap(\.cleanText) ?? []
    return words.isEmpty ? nil : words
  }

  /// A decimal number, which OpenRouter writes as a string.
  fileprivate func decimal(_ key: String) -> String? { self[key]?.stringValue ?? self[key]?.numberText }
}
