import Catalog
import Configuration
import Testing

@Suite("Model name resolution")
struct ModelResolutionTests {
  static let snapshot = Fixture.snapshot(
    user: [Fixture.model("ollama/llama3.2:latest"), Fixture.model("own/gpt-4o")],
    shipped: [
      Fixture.model("anthropic/claude-sonnet-4.6", aliases: ["claude-sonnet-4-6-20260217", "sonnet"]),
      Fixture.model("openai/gpt-4o", aliases: ["gpt-4o-2024-08-06"]), Fixture.model("openai/gpt-oss-20b"),
      Fixture.model("openai/gpt-oss-20b:free"), Fixture.model("google/gemini-flash-latest"),
      Fixture.model("~openai/gpt-latest"), Fixture.model("deepseek/deepseek-r1-0528:free"),
      Fixture.model("openrouter/auto"), Fixture.model("sao/l3.1", aliases: ["openai/gpt-4o-old"]),
      Fixture.model("hidden/model", [Fixture.endpoint("absent")]),
    ])

  struct Row: Sendable, CustomTestStringConvertible {
    let written: String
    let id: String
    var variants: [String] = []
    let why: String
    var testDescription: String { "\(written): \(why)" }
  }

  static let rows: [Row] = [
    Row(written: "openai/gpt-4o", id: "openai/gpt-4o", why: "an id"),
    Row(written: "OpenAI/GPT-4o", id: "openai/gpt-4o", why: "case does not matter"),
    Row(written: "anthropic/claude-sonnet-4-6", id: "anthropic/claude-sonnet-4.6", why: "a dash for a dot"),
    Row(written: "anthropic.claude-sonnet-4.6", id: "", why: "a dot is no slash"),
    Row(written: "claude-sonnet-4-6", id: "anthropic/claude-sonnet-4.6", why: "no author, a dash for a dot"),
    Row(written: "claude-sonnet-4.6", id: "anthropic/claude-sonnet-4.6", why: "no author"),
    Row(written: "sonnet", id: "anthropic/claude-sonnet-4.6", why: "an alias"),
    Row(written: "Claude-Sonnet-4.6-20260217", id: "anthropic/claude-sonnet-4.6", why: "an alias in another form"),
    Row(
      written: "anthropic/claude-sonnet-4-6-20260217", id: "anthropic/claude-sonnet-4.6",
      why: "an alias with the author"),
    Row(written: "openai/gpt-4o-old", id: "sao/l3.1", why: "an alias with another author"),
    Row(written: "gpt-4o", id: "own/gpt-4o", why: "of two models with one name the first"),
    Row(written: "openrouter/openai/gpt-4o", id: "openai/gpt-4o", why: "a client's prefix"),
    Row(written: "OpenRouter/openai/gpt-4o", id: "openai/gpt-4o", why: "a client's prefix in another case"),
    Row(written: "openrouter/auto", id: "openrouter/auto", why: "a real id with that author"),
    Row(written: "openrouter/nothing", id: "", why: "a prefix before nothing"),
    Row(
      written: "~google/gemini-flash-latest", id: "google/gemini-flash-latest",
      why: "a moving alias that is an id without ~"),
    Row(written: "~openai/gpt-latest", id: "~openai/gpt-latest", why: "a moving alias that is an id"),
    Row(written: "gemini-flash-latest", id: "google/gemini-flash-latest", why: "a moving name without author"),
    Row(written: "openai/gpt-4o:free", id: "openai/gpt-4o", variants: ["free"], why: "a variant"),
    Row(written: "openai/gpt-oss-20b:free", id: "openai/gpt-oss-20b:free", why: "an id with a colon comes first"),
    Row(
      written: "openai/gpt-oss-20b:free:online", id: "openai/gpt-oss-20b:free", variants: ["online"],
      why: "a variant of that"),
    Row(
      written: "gpt-4o-2024-08-06:Nitro:online", id: "openai/gpt-4o", variants: ["nitro", "online"],
      why: "variants stack, in order"),
    Row(
      written: "openrouter/anthropic/claude-sonnet-4-6:thinking", id: "anthropic/claude-sonnet-4.6",
      variants: ["thinking"], why: "everything at once"),
    Row(
      written: "ollama/llama3.2:latest", id: "ollama/llama3.2:latest", why: "a local model's tag is a part of its id"),
    Row(written: "llama3.2:latest", id: "ollama/llama3.2:latest", why: "without the server's name"),
    Row(
      written: "ollama/llama3.2:latest:floor", id: "ollama/llama3.2:latest", variants: ["floor"],
      why: "a tag and a variant"),
    Row(written: "openai/gpt-4o:cheap", id: "", why: "an unknown variant"),
    Row(written: "hidden/model", id: "", why: "no configured provider serves it"),
    Row(written: "", id: "", why: "nothing"), Row(written: ":free", id: "", why: "a variant of nothing"),
    Row(written: "/", id: "", why: "a slash"), Row(written: "~", id: "", why: "a tilde"),
  ]

  @Test("A name leads to its model", arguments: rows)
  func resolves(_ row: Row) {
    let resolution = ModelResolutionTests.snapshot.resolve(row.written)
    #expect(resolution?.model.id ?? "" == row.id)
    #expect(resolution?.variants.names ?? [] == row.variants)
  }

  @Test("An absurdly long name is not looked up")
  func bounds() {
    let long = "openai/gpt-4o" + String(repeating: ":free", count: 100_000)
    #expect(ModelResolutionTests.snapshot.resolve(long) == nil)
    #expect(ModelResolutionTests.snapshot.providersNeeded(for: long).isEmpty)
  }

  @Test(
    "A mistyped name suggests the id that was meant",
    arguments: [
      ("openai/gtp-4o", "openai/gpt-4o"), ("claude-sonet-4.6", "anthropic/claude-sonnet-4.6"),
      ("anthropic/claude-sonnet-4.7", "anthropic/claude-sonnet-4.6"), ("zzzzzzzz", nil),
    ] as [(String, String?)])
  func suggests(name: String, id: String?) {
    #expect(ModelResolutionTests.snapshot.suggestion(for: name) == id)
  }

  @Test(
    "For a model that nobody serves the providers that would are known",
    arguments: ["hidden/model", "Hidden/Model", "model"])
  func namesProviders(name: String) {
    #expect(ModelResolutionTests.snapshot.providersNeeded(for: name) == ["absent"])
    #expect(ModelResolutionTests.snapshot.providersNeeded(for: "openai/gpt-4o").isEmpty)
  }
}
