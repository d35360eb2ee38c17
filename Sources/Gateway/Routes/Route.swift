import Administration
import HTTPWire
import Translation

/// What a path leads to. Decided once, from the decoded path; nothing else decides it again.
enum Route: Sendable, Equatable {
  case health
  case ready
  case metrics
  case models
  case embeddingModels
  case modelCount
  case callersModels
  case model(String)
  /// The list of models, and one of them, in Google's format.
  case googleModels
  case googleModel(String)
  case modelEndpoints(String)
  case providers
  case zdrEndpoints
  case inference(InferenceRoute)
  /// How many tokens a request of a format has, without asking a provider.
  case tokenCount(InferenceRoute)
  case administration(AdministrationRoute)

  /// The route of a request, or nil: its path's, and what else its head says about the form of the answer.
  init?(_ head: RequestHead) {
    guard let route = Route(path: head.path) else { return nil }
    switch route {
    case .inference(let inference) where inference.format == .gemini && inference.isStream == true:
      // Events only when they are asked for.
      self = .inference(head.queryValue("alt") == "sse" ? inference : inference.asArray)
    case .models where head.singles.googleKey != nil: self = .googleModels
    case .model(let name) where head.singles.googleKey != nil: self = .googleModel(name)
    default: self = route
    }
  }

  /// The route of a decoded path, or nil.
  init?(path: String) {
    switch path {
    case "/v1/chat/completions": self = .inference(InferenceRoute(.chat))  // nearly every request
    case "/health": self = .health
    case "/ready": self = .ready
    case "/metrics": self = .metrics
    default:
      let rest: Substring
      if path.hasPrefix("/v1/") {
        rest = path.dropFirst(3)
      } else if path.hasPrefix("/api/v1/") {
        rest = path.dropFirst(7)
      } else if path == "/v1beta/models" {
        self = .googleModels
        return
      } else if path.hasPrefix("/v1beta/models/"), path.utf8.count > 15 {
        let rest = path.dropFirst(15)
        self = Route(google: rest) ?? .googleModel(String(rest))
        return
      } else if path.hasPrefix("/api/endpoints/openrouter/") {
        self.init(endpoint: path.dropFirst(25))
        return
      } else {
        return nil
      }
      self.init(versioned: rest)
    }
  }

  /// What callers of Google's interface ask: `MODEL:METHOD`.
  private init?(google path: Substring) {
    guard let colon = path.lastIndex(of: ":"), colon > path.startIndex else { return nil }
    let model = String(path[..<colon])
    switch path[path.index(after: colon)...] {
    case "generateContent":
      self = .inference(InferenceRoute(.chat, .gemini, model: model, isStream: false))
    case "streamGenerateContent": self = .inference(InferenceRoute(.chat, .gemini, model: model, isStream: true))
    case "countTokens": self = .tokenCount(InferenceRoute(.chat, .gemini, model: model, isStream: false))
    case "embedContent": self = .inference(InferenceRoute(.embedding, .gemini, model: model, isStream: false))
    case "batchEmbedContents":
      self = .inference(InferenceRoute(.embedding, .gemini, model: model, isStream: false, isBatch: true))
    default: return nil
    }
  }

  /// What LibreChat asks of an endpoint of its own.
  private init?(endpoint path: Substring) {
    switch path {
    case "/chat/completions": self = .inference(InferenceRoute(.chat))
    case "/models": self = .models
    case "/credits": self = .administration(.balance)
    default: return nil
    }
  }

  private init?(versioned path: Substring) {
    switch path {
    case "/chat/completions": self = .inference(InferenceRoute(.chat))
    case "/messages": self = .inference(InferenceRoute(.chat, .anthropic))
    case "/messages/count_tokens": self = .tokenCount(InferenceRoute(.chat, .anthropic))
    case "/responses": self = .inference(InferenceRoute(.chat, .openAIResponses))
    case "/completions": self = .inference(InferenceRoute(.completion))
    case "/embeddings": self = .inference(InferenceRoute(.embedding))
    case "/models": self = .models
    case "/models/count": self = .modelCount
    case "/models/user": self = .callersModels
    case "/embeddings/models": self = .embeddingModels
    case "/providers": self = .providers
    case "/endpoints/zdr": self = .zdrEndpoints
    default:
      if path.hasPrefix("/models/"), path.hasSuffix("Content") || path.hasSuffix("s"),
        let route = Route(google: path.dropFirst(8))
      {
        // Google's SDKs also ask under the version without "beta".
        self = route
      } else if path.hasPrefix("/models/"), path.hasSuffix("/endpoints"), path.utf8.count > 18 {
        self = .modelEndpoints(String(path.dropFirst(8).dropLast(10)))
      } else if path.hasPrefix("/models/"), path.utf8.count > 8 {
        self = .model(String(path.dropFirst(8)))
      } else if path.hasPrefix("/model/"), path.dropFirst(7).contains("/") {
        self = .model(String(path.dropFirst(7)))
      } else if let route = AdministrationRoute(versioned: path) {
        self = .administration(route)
      } else {
        return nil
      }
    }
  }

  /// The methods it answers, besides OPTIONS, as in `Allow`.
  var methods: String {
    switch self {
    case .inference, .tokenCount: "POST, OPTIONS"
    case .administration(let route):
      route.methods.map { $0 == .get ? "GET, HEAD" : $0.rawValue }.joined(separator: ", ") + ", OPTIONS"
    default: "GET, HEAD, OPTIONS"
    }
  }

  /// Whether it answers a method.
  func allows(_ method: String) -> Bool {
    switch self {
    case .inference, .tokenCount: method == "POST"
    case .administration(let route): AdministrationMethod(request: method).map(route.methods.contains) ?? false
    default: method == "GET" || method == "HEAD"
    }
  }

  /// Whether a request with a method has a body, which is JSON.
  func takesJSON(_ method: String) -> Bool {
    switch self {
    case .inference, .tokenCount: true
    case .administration: AdministrationMethod(request: method)?.hasBody ?? false
    default: false
    }
  }

  /// Who may use it.
  var access: RouteAccess {
    switch self {
    case .health, .ready, .metrics, .models, .embeddingModels, .modelCount, .model, .modelEndpoints, .googleModels,
      .googleModel, .providers, .zdrEndpoints:
      .open
    case .callersModels, .tokenCount: .key
    case .inference: .user
    case .administration(let route): route.access
    }
  }

  /// Whether its requests pass the room `admit` before any provider hears of them.
  var isAdmitted: Bool { if case .inference = self { true } else { false } }

  /// Whether its requests cost the loop more than a look.
  var isWork: Bool {
    switch self {
    case .inference, .tokenCount: true
    default: false
    }
  }

  /// How often a request's body is in memory, beside the copy that is sent: formats other than OpenAI's own are there as
  /// they came, as a conversation, whose small values take more room than their text, and as the rooms read them.
  var bodyCopies: Int {
    switch self {
    case .inference(let route), .tokenCount(let route): route.format == .openAI ? 1 : 4
    default: 1
    }
  }

  /// Who is told about errors of a request, also where nothing is; nil for callers of OpenAI's formats.
  static func caller(_ head: RequestHead) -> (any CallerDialect)? {
    let route = Route(head)
    switch route {
    case .inference(let inference): return Dialects.caller(inference.format, inference.target)
    case .models, .model:
      return AnthropicModelDocuments.areWanted(head) ? Dialects.caller(.anthropic) : nil
    default: return Dialects.caller(head.path.hasPrefix("/v1beta/") ? .gemini : route?.format ?? .openAI)
    }
  }

  /// The format of its errors.
  var format: WireFormat {
    switch self {
    case .inference(let route), .tokenCount(let route): route.format
    case .googleModels, .googleModel: .gemini
    default: .openAI
    }
  }

  /// Whether it tells more to callers with a key, though it needs none: latencies and speeds (reference section 1.2).
  var tellsMore: Bool {
    switch self {
    case .modelEndpoints, .zdrEndpoints: true
    default: false
    }
  }

  /// Whether a key is needed where the gateway needs keys at all.
  var needsKey: Bool { access != .open }
}
