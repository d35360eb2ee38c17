import Configuration
import Core
import HTTPWire
import Testing
import Translation

@testable import Gateway

/// The decisions of single rooms, each a pure function.
struct RoomTests {
  @Test(
    "A decoded path leads to one route or none",
    arguments: [
      ("/v1/chat/completions", Route.inference(InferenceRoute(.chat))),
      ("/api/v1/chat/completions", .inference(InferenceRoute(.chat))),
      ("/v1/completions", .inference(InferenceRoute(.completion))),
      ("/v1/embeddings", .inference(InferenceRoute(.embedding))), ("/v1/models", .models),
      ("/v1/models/count", .modelCount), ("/v1/models/user", .callersModels), ("/v1/models/a/b", .model("a/b")),
      ("/v1/models/a/b:free/endpoints", .modelEndpoints("a/b:free")), ("/v1/models/plain", .model("plain")),
      ("/v1/model/a/b", .model("a/b")), ("/api/v1/embeddings/models", .embeddingModels), ("/v1/providers", .providers),
      ("/v1/messages", .inference(InferenceRoute(.chat, .anthropic))),
      ("/api/v1/messages/count_tokens", .tokenCount(InferenceRoute(.chat, .anthropic))),
      ("/v1/responses", .inference(InferenceRoute(.chat, .openAIResponses))), ("/v1/responses/x", nil),
      (
        "/v1beta/models/a/b:free:streamGenerateContent",
        .inference(InferenceRoute(.chat, .gemini, model: "a/b:free", isStream: true))
      ),
      ("/v1beta/models/b:generateContent", .inference(InferenceRoute(.chat, .gemini, model: "b", isStream: false))),
      ("/v1beta/models/b:embedContent", .inference(InferenceRoute(.embedding, .gemini, model: "b", isStream: false))),
      ("/v1beta/models", .googleModels), ("/v1beta/models/b", .googleModel("b")), ("/v1beta/models/", nil),
      ("/v1beta/models/a/b:free", .googleModel("a/b:free")), ("/v1beta/model", nil), ("/v1beta/", nil),
      ("/v1/endpoints/zdr", .zdrEndpoints), ("/health", .health), ("/ready", .ready), ("/v1/model/a", nil), ("/", nil),
      ("/v1", nil), ("/v1/", nil), ("/v1/models/", nil), ("/v2/models", nil), ("/api/models", nil), ("/v1/chat", nil),
      ("/V1/models", nil), ("/v1/chat/completions/", nil), ("/health/", nil), ("/v1/health", nil), ("//v1/models", nil),
    ] as [(String, Route?)])
  func routes(_ row: (path: String, route: Route?)) { #expect(Route(path: row.path) == row.route) }

  @Test("Inference and the caller's own list need a key, reading the catalogue does not")
  func keys() {
    for operation in [
      Route.inference(InferenceRoute(.chat)), .inference(InferenceRoute(.completion)),
      .inference(InferenceRoute(.embedding)), .callersModels,
    ] {
      #expect(operation.needsKey)
    }
    for route in [Route.health, .ready, .models, .model("x"), .providers, .zdrEndpoints] { #expect(!route.needsKey) }
  }

  @Test(
    "Without keys only loopback names and the listen address are answered",
    arguments: [
      ("localhost", true), ("localhost:8080", true), ("LOCALHOST", true), ("localhost.", true), ("127.0.0.1:1", true),
      ("127.9.8.7", true), ("[::1]:8080", true), ("[::1]", true), ("box.lan:8080", true), ("evil.com", false),
      ("localhost.evil.com", false), ("127.0.0.1.evil.com", false), ("evil.com:8080", false), ("128.0.0.1", false),
      ("127.0.0.256", false), ("127.1", false), ("0x7f.0.0.1", false), ("[::2]", false), ("", false),
      ("localhost@evil.com", false), ("evil.com#localhost", false),
    ])
  func hosts(_ row: (host: String, passes: Bool)) {
    var passes = true
    do throws(GatewayError) { try HostRule.check(row.host, listen: "box.lan:8080") } catch {
      passes = false
      #expect(error.kind == .misdirectedRequest && error.kind.status == 421)
    }
    #expect(passes == row.passes)
  }

  @Test(
    "Retry-After is read as seconds or a date and bounded",
    arguments: [
      ("7", 7), ("0", 0), ("1.2", 2), ("-5", nil), ("99999999999999999999", 86_400), ("1e9", 86_400), ("soon", nil),
      ("Fri, 20 Nov 2026 18:00:30 GMT", 30), ("Fri, 20 Nov 2026 17:00:00 GMT", 0),
      ("Fri, 20 Nov 2999 17:00:00 GMT", 86_400),
      ("nan", nil), ("inf", 86_400), ("", nil),
    ] as [(String, Int?)])
  func retryAfter(_ row: (text: String, seconds: Int?)) {
    #expect(RetryAfter.seconds(row.text, now: 1_795_197_600) == row.seconds)
  }
}
