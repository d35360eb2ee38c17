import Administration
import Core
import Translation

/// Every route that there is, with who may use it: for people, for `patchbay routes`, and for the test of all roles. The
/// rule itself is `Route.access`; a test holds each row against the route its path leads to.
package enum RouteTable {
  /// All rows: first what the gateway is for, then what goes around it.
  package static let entries: [RouteEntry] = rows.map(entry) + AdministrationRoute.entries

  /// Throws when a route that user keys may spend money on does not pass the room `admit`: nothing is served then. What
  /// passes it cannot go around it, since only that room makes what a call to a provider needs.
  package static func check() throws(GatewayError) {
    for entry in entries where entry.access == .user {
      for path in [entry.path] + entry.aliases where Route(path: path)?.isAdmitted != true {
        throw GatewayError(
          .internalFailure, "The route \(path) would spend money without being admitted; this is a defect",
          origin: .gateway)
      }
    }
  }

  private static let rows: [(route: Route, path: String, purpose: String)] = [
    (.inference(InferenceRoute(.chat)), "/v1/chat/completions", "chat, whole or streamed"),
    (.inference(InferenceRoute(.chat, .anthropic)), "/v1/messages", "chat in Anthropic's format"),
    (.tokenCount(InferenceRoute(.chat, .anthropic)), "/v1/messages/count_tokens", "how long such a request is"),
    (.inference(InferenceRoute(.chat, .openAIResponses)), "/v1/responses", "chat in OpenAI's Responses format"),
    (google(.chat), "/v1beta/models/{model}:generateContent", "chat in Google's format"),
    (google(.chat), "/v1beta/models/{model}:streamGenerateContent", "the same, streamed"),
    (.tokenCount(InferenceRoute(.chat, .gemini)), "/v1beta/models/{model}:countTokens", "how long such a request is"),
    (google(.embedding), "/v1beta/models/{model}:embedContent", "an embedding in Google's format"),
    (google(.embedding), "/v1beta/models/{model}:batchEmbedContents", "several"),
    (.inference(InferenceRoute(.completion)), "/v1/completions", "the legacy form with a prompt"),
    (.inference(InferenceRoute(.embedding)), "/v1/embeddings", "embeddings"),
    (.models, "/v1/models", "list models"),
    (.modelCount, "/v1/models/count", "how many models there are"),
    (.callersModels, "/v1/models/user", "models that the key may use"),
    (.model(""), "/v1/models/{author}/{name}", "one model"),
    (.modelEndpoints(""), "/v1/models/{author}/{name}/endpoints", "who serves a model, at which price, how well"),
    (.googleModels, "/v1beta/models", "list models in Google's format"),
    (.googleModel(""), "/v1beta/models/{model}", "one model in Google's format"),
    (.embeddingModels, "/v1/embeddings/models", "list models for embeddings"),
    (.providers, "/v1/providers", "list providers"),
    (.zdrEndpoints, "/v1/endpoints/zdr", "endpoints that retain nothing"),
    (.health, "/health", "whether the process is up"),
    (.ready, "/ready", "whether a request would be served"),
    (.metrics, "/metrics", "figures in Prometheus's text format"),
  ]

  private static func google(_ operation: OpenAIOperation) -> Route {
    .inference(InferenceRoute(operation, .gemini))
  }

  private static func entry(_ row: (route: Route, path: String, purpose: String)) -> RouteEntry {
    var aliases = row.path.hasPrefix("/v1/") ? ["/api" + row.path] : []
    switch row.route {
    case .inference(InferenceRoute(.chat)): aliases.append("/api/endpoints/openrouter/chat/completions")
    case .models: aliases.append("/api/endpoints/openrouter/models")
    case .model: aliases.append("/v1/model/{author}/{name}")
    default: break
    }
    let method = row.route.allows("POST") ? "POST" : "GET"
    return RouteEntry(
      method: method, path: row.path, aliases: aliases, access: row.route.access, purpose: row.purpose)
  }
}
