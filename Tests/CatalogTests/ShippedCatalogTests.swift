import Catalog
import Configuration
import Core
import Testing

@Suite("The shipped catalogue")
struct ShippedCatalogTests {
  private let shipped: ShippedCatalog

  init() throws { shipped = try ShippedCatalog.load() }

  private var everything: CatalogSnapshot {
    CatalogSnapshot.build(
      configuration: Configuration(providers: shipped.providers.map(\.settings)), shipped: shipped, discovered: [])
  }

  @Test("It holds at least 60 models of 12 providers, chat and embeddings")
  func size() {
    #expect(shipped.providers.count >= 12)
    #expect(everything.models.count >= 60)
    #expect(everything.models.contains { $0.outputModalities == ["embeddings"] })
    #expect(everything.models.count == shipped.models.count)
  }

  @Test(
    "Every well-known key names a provider",
    arguments: [
      "OPENAI", "ANTHROPIC", "OPENROUTER", "GEMINI", "GOOGLE", "DEEPSEEK", "MISTRAL", "GROQ", "TOGETHER", "FIREWORKS",
      "XAI", "COHERE", "CEREBRAS", "PERPLEXITY",
    ])
  func knowsKeys(name: String) throws {
    let environment = ["\(name)_API_KEY": "key-0123456789"]
    let result = try ZeroConfiguration.make(environment: environment, knownProviders: shipped.providers)
    #expect(result.configuration.providers.count == 1)
    let snapshot = CatalogSnapshot.build(configuration: result.configuration, shipped: shipped, discovered: [])
    #expect(!snapshot.models.isEmpty)
  }

  @Test("Anthropic and Google are spoken to in their own formats, by key alone")
  func speaksNatively() throws {
    let environment = ["ANTHROPIC_API_KEY": "key-0123456789", "GEMINI_API_KEY": "key-9876543210"]
    let result = try ZeroConfiguration.make(environment: environment, knownProviders: shipped.providers)
    #expect(result.configuration.providers.map(\.dialect) == [.anthropic, .gemini])
  }

  @Test("Every price has a source with a date, and none is negative")
  func pricesHaveSources() {
    for model in shipped.models {
      for endpoint in model.endpoints where endpoint.pricing != nil {
        #expect(endpoint.priceSource?.url.hasPrefix("https://") == true, "\(model.id)")
        #expect(endpoint.priceSource?.date.utf8.count == 10, "\(model.id)")
      }
    }
  }

  @Test(
    "The prices that were agreed on are the ones that are shipped",
    arguments: [
      ("anthropic/claude-haiku-4.5", "1", "5"), ("anthropic/claude-sonnet-4.6", "3", "15"),
      ("anthropic/claude-opus-4.7", "5", "25"), ("openai/gpt-4.1-mini", "0.4", "1.6"), ("openai/gpt-4.1", "2", "8"),
      ("openai/gpt-4o", "2.5", "10"), ("openai/gpt-5.5", "5", "30"), ("deepseek/deepseek-v4-flash", "0.14", "0.28"),
      ("deepseek/deepseek-v4-pro", "0.435", "0.87"), ("google/gemini-flash-latest", "0.5", "3"),
      ("google/gemini-pro-latest", "2", "12"), ("google/gemini-3.1-pro-preview", "2", "12"),
    ])
  func agreedPrices(id: String, prompt: String, completion: String) throws {
    let author = try #require(id.split(separator: "/").first)
    let owner = author == "google" ? "google-ai-studio" : String(author)
    let model = try #require(everything.resolve(id)).model
    let prices = try #require(model.endpoints.first { $0.provider.slug == owner }?.pricing)
    #expect(prices.prompt.dollarsPerMillion == prompt)
    #expect(prices.completion.dollarsPerMillion == completion)
  }

  @Test(
    "Names that people write resolve, with dash or dot and without author",
    arguments: [
      "claude-sonnet-4-6", "claude-sonnet-4.6", "anthropic/claude-sonnet-4-6:nitro", "gpt-4o", "openai/gpt-4o-mini",
      "gpt-4.1-mini", "openrouter/openai/gpt-5.5", "gemini-2.5-pro", "google/gemini-flash-latest", "deepseek-chat",
      "deepseek-reasoner", "mistral-large-latest", "llama-3.3-70b-instruct", "claude-3-5-haiku-latest",
      "openai/gpt-oss-20b:free", "text-embedding-3-small",
    ])
  func resolves(name: String) {
    #expect(everything.resolve(name) != nil)
  }

  @Test("Every id and alias leads to its own model")
  func isUnambiguous() {
    for model in everything.models {
      for name in [model.id] + model.aliases { #expect(everything.resolve(name)?.model.id == model.id, "\(name)") }
    }
  }
}
