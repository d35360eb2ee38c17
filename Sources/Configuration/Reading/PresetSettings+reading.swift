import Core
import JSON

extension PresetSettings {
  /// The keys of an entry of `presets`.
  static let keys = ["slug", "name", "description", "model", "models", "system_prompt", "parameters", "provider"]

  /// Most models of a chain (contract section 3).
  private static let chainLimit = 10

  /// Members of a request that are no parameters, and where they belong instead.
  private static let foreign = [
    "model": "'model' of the preset", "models": "'models' of the preset", "provider": "'provider' of the preset",
    "messages": "the request", "prompt": "the request", "input": "the request", "stream": "the request",
    "preset": "the request",
  ]

  /// Reads an entry of `presets`; nil, with all its problems noted, when it has no usable slug.
  init?(reading section: Section) {
    let slug = section.slug(example: "summaries")
    self.init(
      slug: slug ?? "", name: section.text("name"), description: section.text("description"),
      systemPrompt: section.text("system_prompt"), preferences: section.preferences("provider") ?? PreferenceMembers())
    if section.has("model"), section.has("models") {
      section.report("models", "stands beside 'model'", "name all models in 'models'")
    }
    models = section.texts("models") ?? section.text("model").map { [$0] } ?? []
    if models.count > PresetSettings.chainLimit {
      section.report("models", "holds \(models.count) models", "name at most \(PresetSettings.chainLimit)")
    }
    for name in models where !ModelSettings.isID(name) || name.contains("@preset/") {
      section.report(
        section.has("model") ? "model" : "models", "has '\(name.prefix(60))', which is not a model name",
        "write it as author/name")
    }
    for member in section.members("parameters") {
      let path = section.path("parameters") + "." + member.key
      if let place = PresetSettings.foreign[member.key] {
        section.context.report(member.position, "'\(path)' is not a parameter", "it belongs into \(place)")
      } else if let value = section.document(member.value, path: path) {
        parameters.append(
          PresetParameter(name: member.key, json: String(decoding: value.serialized(), as: UTF8.self)))
      }
    }
    if slug == nil { return nil }
  }

  /// Notes slugs that two presets share.
  static func checkUnique(_ presets: [(section: Section, settings: PresetSettings)]) {
    var seen: Set<String> = []
    for (section, preset) in presets where !seen.insert(preset.slug).inserted {
      section.report("slug", "'\(preset.slug)' is already used", "give it another slug")
    }
  }
}
