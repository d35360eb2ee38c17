/// A named bundle that a request can refer to: models, a system prompt, parameters, provider preferences.
package struct PresetSettings: Sendable, Hashable {
  /// The name behind `@preset/`: lower-case letters, digits, `-`, `_` and `.`. Unique.
  package var slug: String
  /// The name shown to people. Default: the slug.
  package var name: String
  /// What it is for.
  package var description: String?
  /// The models to try, in order; empty: the request names them.
  package var models: [String]
  /// Put before the conversation when the request has no system message of its own.
  package var systemPrompt: String?
  /// Members of a request that it does not set itself, in the order of the file.
  package var parameters: [PresetParameter]
  /// Preferences under the request's own.
  package var preferences: PreferenceMembers

  /// A preset; what is left out is empty.
  package init(
    slug: String, name: String? = nil, description: String? = nil, models: [String] = [], systemPrompt: String? = nil,
    parameters: [PresetParameter] = [], preferences: PreferenceMembers = PreferenceMembers()
  ) {
    self.slug = slug
    self.name = name ?? slug
    self.description = description
    self.models = models
    self.systemPrompt = systemPrompt
    self.parameters = parameters
    self.preferences = preferences
  }
}

/// One member that a preset adds to a request.
package struct PresetParameter: Sendable, Hashable {
  /// Its name, such as `temperature`.
  package var name: String
  /// Its value as JSON text.
  package var json: String

  /// A member.
  package init(name: String, json: String) {
    self.name = name
    self.json = json
  }
}
