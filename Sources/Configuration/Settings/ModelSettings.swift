/// A model that callers may ask for.
package struct ModelSettings: Sendable, Hashable {
  /// `author/name`, what callers write.
  package var id: String
  /// The name shown to people. Default: the id.
  package var name: String
  /// What it is, for people.
  package var description: String?
  /// When it appeared. Unit: seconds since 1970.
  package var created: Int64?
  /// Most tokens of prompt and answer together; nil when unknown.
  package var contextLength: Int?
  /// Further names of the model.
  package var aliases: [String]
  /// Ids of the models to try after this one when a request names none.
  package var fallbacks: [String]
  /// Whether a second endpoint is asked when the first is slow to begin; nil: as `routing.hedge` says.
  package var hedge: Bool?
  /// What it reads. Default: text.
  package var inputModalities: [String]
  /// What it writes. Default: text; `embeddings` for embedding models.
  package var outputModalities: [String]
  /// Who serves it.
  package var endpoints: [EndpointSettings]

  /// A model; what is left out takes its default.
  package init(
    id: String, name: String? = nil, description: String? = nil, created: Int64? = nil, contextLength: Int? = nil,
    aliases: [String] = [], fallbacks: [String] = [], hedge: Bool? = nil, inputModalities: [String] = ["text"],
    outputModalities: [String] = ["text"], endpoints: [EndpointSettings] = []
  ) {
    self.id = id
    self.name = name ?? id
    self.description = description
    self.created = created
    self.contextLength = contextLength
    self.aliases = aliases
    self.fallbacks = fallbacks
    self.hedge = hedge
    self.inputModalities = inputModalities
    self.outputModalities = outputModalities
    self.endpoints = endpoints
  }
}
