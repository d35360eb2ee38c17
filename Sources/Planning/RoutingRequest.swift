/// What the planner knows of a request: which models, what they must be able to do, and under which rules.
package struct RoutingRequest: Sendable {
  /// Model names as the caller wrote them, in the order to be tried, each once.
  package var chain: [String]
  /// The caller's preferences.
  package var preferences: ProviderPreferences
  /// What an endpoint must be able to do.
  package var needs: Needs
  /// Rules of the gateway and of the caller's key; they add to the preferences and never relax them.
  package var policy: Policy

  /// What the request asks of an endpoint.
  package struct Needs: Sendable {
    /// What kind of model is wanted.
    package var output: Output
    /// Modalities of the input besides text.
    package var inputModalities: Set<String>
    /// Parameters given in the request.
    package var parameters: Set<String>
    /// Whether tools are given.
    package var tools: Bool
    /// Whether the answer must follow a JSON schema.
    package var structuredOutput: Bool

    /// Needs of a request.
    package init(
      output: Output, inputModalities: Set<String> = [], parameters: Set<String> = [], tools: Bool = false,
      structuredOutput: Bool = false
    ) {
      self.output = output
      self.inputModalities = inputModalities
      self.parameters = parameters
      self.tools = tools
      self.structuredOutput = structuredOutput
    }
  }

  /// The kind of answer.
  package enum Output: Sendable { case text, embeddings }

  /// Rules that hold whatever the caller prefers.
  package struct Policy: Sendable {
    /// Only endpoints that retain nothing.
    package var zdr: Bool
    /// No endpoints that train on the data, or may.
    package var deniesCollection: Bool
    /// Allowed regions; empty: all.
    package var regions: [String]
    /// Model patterns of the caller's key; nil: all.
    package var allowedModels: [String]?
    /// Providers of the caller's key; nil: all.
    package var allowedProviders: [String]?

    /// Rules.
    package init(
      zdr: Bool = false, deniesCollection: Bool = false, regions: [String] = [], allowedModels: [String]? = nil,
      allowedProviders: [String]? = nil
    ) {
      self.zdr = zdr
      self.deniesCollection = deniesCollection
      self.regions = regions
      self.allowedModels = allowedModels
      self.allowedProviders = allowedProviders
    }
  }

  /// A request to plan.
  package init(chain: [String], preferences: ProviderPreferences, needs: Needs, policy: Policy) {
    self.chain = chain
    self.preferences = preferences
    self.needs = needs
    self.policy = policy
  }
}
