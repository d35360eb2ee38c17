import Catalog
import Configuration

/// What the planner knows of a request: which models, what they must be able to do, and under which rules. A class, because
/// it is passed around while the plan is made; nobody keeps it.
package final class RoutingRequest {
  /// Model names as the caller wrote them, in the order to be tried, each once.
  package var chain: [String]
  /// The caller's preferences.
  package var preferences: ProviderPreferences
  /// What an endpoint must be able to do.
  package var needs: Needs
  /// Rules of the gateway and of the caller's key; they add to the preferences and never relax them.
  package var policy: Policy
  /// `service_tier`; nil: not given, or of no meaning for routing.
  package var serviceTier: Tier?
  /// `route`, the old name of `provider.sort.partition`; nil: not given.
  package var partition: ProviderPreferences.Partition?
  /// What says which conversation the request belongs to.
  package var conversation: Conversation
  /// Whether an endpoint would lose a part of the request, for requests that must arrive whole; nil: nobody knows of any.
  package var isLostAt: ((CatalogEndpoint) -> Bool)?

  /// A request to plan.
  package init(
    chain: [String], preferences: ProviderPreferences, needs: Needs, policy: Policy, serviceTier: Tier? = nil,
    partition: ProviderPreferences.Partition? = nil, conversation: Conversation = Conversation()
  ) {
    self.chain = chain
    self.preferences = preferences
    self.needs = needs
    self.policy = policy
    self.serviceTier = serviceTier
    self.partition = partition
    self.conversation = conversation
  }

  /// The lane that a request asks for (reference section 3.7).
  package enum Tier: Sendable {
    /// The ordinary one only: `:nitro` and `:floor` open no other.
    case standard
    /// `priority` or `fast`.
    case priority
    /// `flex`.
    case flex

    /// The meaning of `service_tier`; `auto`, `scale` and unknown words have none for routing.
    package init?(_ word: String) {
      switch word {
      case "default", "standard": self = .standard
      case "priority", "fast": self = .priority
      case "flex": self = .flex
      default: return nil
      }
    }
  }

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
    /// Whether the answer is streamed.
    package var isStream: Bool
    /// Estimated tokens of the prompt; 0: unknown.
    package var promptTokens: Int
    /// Most tokens of the answer that the request asks for; nil: not said.
    package var maxTokens: Int?
    /// The dialects in which the operation can be asked for; nil: all of them.
    package var dialects: Set<String>?

    /// Needs of a request.
    package init(
      output: Output, inputModalities: Set<String> = [], parameters: Set<String> = [], tools: Bool = false,
      structuredOutput: Bool = false, isStream: Bool = false, promptTokens: Int = 0, maxTokens: Int? = nil
    ) {
      self.output = output
      self.inputModalities = inputModalities
      self.parameters = parameters
      self.tools = tools
      self.structuredOutput = structuredOutput
      self.isStream = isStream
      self.promptTokens = promptTokens
      self.maxTokens = maxTokens
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

  /// Which conversation a request belongs to, in the order in which they count (reference section 3.9). The opening
  /// messages come as an argument of `Planner.plan`, because hashing them costs something.
  package struct Conversation: Sendable {
    /// Whose conversation it is: the caller's key. Conversations of different callers never meet.
    package var scope: String
    /// `session_id` of the body, else `x-session-id`.
    package var sessionID: String?
    /// `prompt_cache_key`.
    package var promptCacheKey: String?

    /// A conversation; without arguments, none that is known.
    package init(scope: String = "", sessionID: String? = nil, promptCacheKey: String? = nil) {
      self.scope = scope
      self.sessionID = sessionID
      self.promptCacheKey = promptCacheKey
    }
  }
}
