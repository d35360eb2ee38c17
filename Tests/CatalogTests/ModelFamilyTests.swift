import Catalog
import Configuration
import Testing

@Suite("Names of the newest of a family")
struct ModelFamilyTests {
  private static func model(_ id: String, _ created: Int64? = nil) -> ModelSettings {
    ModelSettings(id: id, created: created, endpoints: [Fixture.endpoint("p")])
  }

  private static let snapshot = Fixture.snapshot(user: [
    model("anthropic/claude-3.5-sonnet", 10), model("anthropic/claude-sonnet-4", 20),
    model("anthropic/claude-sonnet-4.6", 30), model("anthropic/claude-haiku-4.5", 40),
    model("openai/gpt-4o", 5), model("openai/gpt-4o-mini", 50), model("openai/gpt-5.1"), model("openai/gpt-5-nano", 60),
    model("x/m-1.9"), model("x/m-1.10"), model("x/m-1.10:free"), model("y/only-mini-2", 3), model("y/only-mini-1", 4),
  ])

  @Test(
    "The date decides, without dates the numbers; further words count only when no other model answers",
    arguments: [
      ("~anthropic/claude-sonnet-latest", "anthropic/claude-sonnet-4.6"),
      ("~Anthropic/Claude-Haiku-Latest", "anthropic/claude-haiku-4.5"),
      ("openrouter/~anthropic/claude-sonnet-latest", "anthropic/claude-sonnet-4.6"),
      ("~openai/gpt-latest", "openai/gpt-4o"), ("~openai/gpt-mini-latest", "openai/gpt-4o-mini"),
      ("~x/m-latest", "x/m-1.10"), ("~y/only-latest", "y/only-mini-1"),
    ])
  func latest(_ row: (name: String, id: String)) throws {
    let resolution = try #require(Self.snapshot.resolve(row.name))
    #expect(resolution.model.id == row.id && resolution.way == .latest)
  }

  @Test("Suffixes may follow; other families, and names without the mark, are unknown")
  func others() {
    #expect(Self.snapshot.resolve("~openai/gpt-latest:floor")?.variants == .floor)
    for name in ["~openai/o-latest", "openai/gpt-latest", "~gpt-latest", "~openai/-latest", "~openai/gpt", "~"] {
      #expect(Self.snapshot.resolve(name) == nil, "\(name)")
    }
  }
}
