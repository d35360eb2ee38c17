import Configuration
import Core
import Testing

@Suite("Zero-configuration mode")
struct ZeroConfigurationTests {
  private func make(_ environment: [String: String], listen: String? = nil) throws -> Configuration {
    try ZeroConfiguration.make(environment: environment, knownProviders: Reading.known, listen: listen).configuration
  }

  @Test("Without any key there is no provider, a loopback address, and no key is needed")
  func empty() throws {
    let configuration = try make(["OPENAI_API_KEY": "  "])
    #expect(configuration.providers.isEmpty)
    #expect(configuration.server.listen == "127.0.0.1:8080")
    #expect(!configuration.access.requireKey)
  }

  @Test("Each well-known key brings its provider, without white space around it")
  func finds() throws {
    let result = try ZeroConfiguration.make(
      environment: ["OPENAI_API_KEY": " sk-1\n", "GOOGLE_API_KEY": "g-1"], knownProviders: Reading.known)
    #expect(result.configuration.providers.map(\.slug) == ["openai", "google-ai-studio"])
    #expect(result.configuration.providers.map(\.apiKey) == [Secret("sk-1"), Secret("g-1")])
    #expect(result.configuration.providers.first?.dataPolicy == Reading.openai.settings.dataPolicy)
    #expect(result.notes.first == "OPENAI_API_KEY: provider openai at https://api.openai.com/v1")
    #expect(!result.notes.joined().contains("sk-1"))
  }

  @Test("Of two variables for one provider the preferred one counts")
  func prefers() throws {
    let configuration = try make(["GOOGLE_API_KEY": "second", "GEMINI_API_KEY": "first"])
    #expect(configuration.providers.map(\.apiKey) == [Secret("first")])
  }

  @Test("On an address that is not loopback keys are needed", arguments: ["0.0.0.0:8080", "[::]:80"])
  func needsKeys(address: String) throws {
    #expect(try make(["PATCHBAY_LISTEN": address]).access.requireKey)
    #expect(try make([:], listen: address).access.requireKey)
    #expect(try !make(["PATCHBAY_LISTEN": address], listen: "127.0.0.1:1").access.requireKey)
  }

  @Test("Attribution for OpenRouter becomes header fields; a list of models restricts it")
  func openRouter() throws {
    let provider = try #require(
      make([
        "OPENROUTER_API_KEY": "k", "OPENROUTER_SITE_URL": "https://me.example", "OPENROUTER_SITE_NAME": "Me",
        "OPENROUTER_MODELS": " openai/gpt-4o , ,meta/llama:free",
      ]).providers.first)
    #expect(
      provider.headers == [
        HeaderSetting(name: "HTTP-Referer", value: Secret("https://me.example")),
        HeaderSetting(name: "X-Title", value: Secret("Me")),
      ])
    #expect(provider.onlyModels == ["openai/gpt-4o", "meta/llama:free"])
  }

  @Test(
    "A provider's address can be replaced; without a path it takes the vendor's",
    arguments: [
      ("http://127.0.0.1:9100", "http://127.0.0.1:9100/v1"), ("http://127.0.0.1:9100/x/", "http://127.0.0.1:9100/x"),
      ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
    ])
  func overrides(text: String, result: String) throws {
    let provider = try #require(make(["OPENAI_API_KEY": "k", "OPENAI_BASE_URL": text]).providers.first)
    #expect(provider.baseURL == result)
    #expect((provider.dataPolicy == nil) == (result != Reading.openai.settings.baseURL))
  }

  @Test(
    "An address that leads back to the gateway is ignored",
    arguments: ["http://localhost:8080/v1", "http://127.0.0.1:8080", "http://[::1]:8080/v1"])
  func ignoresItself(text: String) throws {
    let result = try ZeroConfiguration.make(
      environment: ["OPENAI_API_KEY": "k", "OPENAI_BASE_URL": text], knownProviders: Reading.known)
    #expect(result.configuration.providers.first?.baseURL == "https://api.openai.com/v1")
    #expect(result.notes.contains("OPENAI_BASE_URL is ignored: it leads back to this gateway"))
  }

  @Test(
    "A variable that cannot be used is an error that names it and hides a key",
    arguments: [
      ("PATCHBAY_LISTEN", "nonsense"), ("OPENAI_API_KEY", "two words"), ("OPENAI_BASE_URL", "ftp://x"),
      ("OPENROUTER_SITE_NAME", "a\nb"), ("OPENROUTER_MODELS", "two words"),
    ])
  func refuses(name: String, value: String) {
    var environment = ["OPENAI_API_KEY": "k", "OPENROUTER_API_KEY": "k"]
    environment[name] = value
    let error = #expect(throws: ConfigurationError.self) { try make(environment) }
    #expect(error?.problems.count == 1)
    #expect(error?.problems.first?.message.contains(name) == true)
    if name == "OPENAI_API_KEY" { #expect(error?.description.contains(value) == false) }
  }
}
