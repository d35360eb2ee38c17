import Core

extension ModelSettings {
  /// The keys of an entry of `models`.
  static let keys = [
    "id", "name", "description", "created", "context_length", "aliases", "fallbacks", "hedge", "input_modalities",
    "output_modalities", "endpoints",
  ]

  private static let knownModalities = [
    "text", "image", "audio", "file", "video", "embeddings", "rerank", "speech", "transcription",
  ]

  /// Reads an entry of `models`; nil, with all its problems noted, when it has no usable id. `providers` are the slugs an
  /// endpoint may name.
  init?(reading section: Section, providers: Set<String>) {
    let id = ModelSettings.id(section)
    self.init(id: id ?? "", name: section.text("name"), description: section.text("description"))
    created = section.integer("created", in: 0...253_402_300_799).map(Int64.init)
    contextLength = section.integer("context_length", in: 1...1_000_000_000)
    aliases = section.texts("aliases") ?? []
    fallbacks = section.texts("fallbacks") ?? []
    hedge = section.flag("hedge")
    for (key, names) in [("aliases", aliases), ("fallbacks", fallbacks)] {
      for name in names where !ModelSettings.isID(name) {
        section.report(key, "has '\(name.prefix(60))', which is not a model name", "write it without spaces")
      }
    }
    inputModalities = ModelSettings.modalities(section, "input_modalities") ?? inputModalities
    outputModalities = ModelSettings.modalities(section, "output_modalities") ?? outputModalities
    endpoints = section.sections("endpoints", keys: EndpointSettings.keys).compactMap {
      EndpointSettings(reading: $0, model: id ?? "", providers: providers)
    }
    if section.list("endpoints")?.isEmpty ?? !section.has("endpoints") {
      section.reportMissing("endpoints", "name at least one provider: endpoints: [{ provider: openai }]")
    }
    if id == nil { return nil }
  }

  private static func id(_ section: Section) -> String? {
    guard section.node("id") != nil else {
      section.reportMissing("id", "write id: author/name")
      return nil
    }
    guard let id = section.text("id") else { return nil }
    if isCompleteID(id) { return id }
    section.report("id", "is '\(id.prefix(60))', which is not a model id", "write it as author/name, without spaces")
    return nil
  }

  private static func modalities(_ section: Section, _ key: String) -> [String]? {
    guard let words = section.texts(key), !words.isEmpty else { return nil }
    guard section.context.origin == .user else { return words }
    for word in words where !knownModalities.contains(word) {
      let near = NearestName.find(word, among: knownModalities).map { "did you mean '\($0)'?" }
      section.report(
        key, "has '\(word.prefix(60))', which is not a known modality",
        near ?? "known are \(knownModalities.joined(separator: ", "))")
    }
    return words
  }

  /// Whether a text can name a model: 1 to 256 visible ASCII characters without quotes and backslashes.
  static func isID(_ text: String) -> Bool {
    (1...256).contains(text.utf8.count)
      && text.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
  }

  /// Whether a text can be a model's id: a name with an author before a slash.
  package static func isCompleteID(_ text: String) -> Bool { isID(text) && text.dropFirst().dropLast().contains("/") }

  /// Notes ids and aliases that two models of a file share.
  static func checkUnique(_ models: [(section: Section, settings: ModelSettings)]) {
    var owners: [String: String] = [:]
    for (section, model) in models {
      if owners.updateValue(model.id, forKey: model.id.lowercased()) != nil {
        section.report("id", "'\(model.id)' is already used", "merge the two entries")
      }
    }
    for (section, model) in models {
      for alias in model.aliases {
        if let owner = owners.updateValue(model.id, forKey: alias.lowercased()) {
          section.report("aliases", "has '\(alias)', which already names '\(owner)'", "remove one of the two")
        }
      }
    }
  }
}
