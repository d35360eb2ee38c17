import Configuration
import Testing

@Suite("Routing and presets in a file")
struct RoutingSettingsTests {
  @Test("Without a word the contract's defaults hold")
  func defaults() throws {
    let routing = try Reading.configuration("{}").routing
    #expect(routing == RoutingSettings())
    #expect(routing.retry.attemptsPerEndpoint == 2 && routing.retry.maxAttempts == 12)
    #expect(routing.retry.backoffMilliseconds == 200...2000 && routing.retry.waitForModelMilliseconds == 3000)
    #expect(routing.retry.budgetPercent == 20 && routing.retry.budgetFloor == 20)
    #expect(routing.outageSeconds == 30 && routing.streamRescue == .auto)
    #expect(!routing.hedge.isEnabled && routing.hedge.maxExtraPercent == 3)
  }

  @Test("Every key is read")
  func reads() throws {
    let configuration = try Reading.configuration(
      """
      routing:
        retry: { attempts_per_endpoint: 3, max_attempts: 5, backoff_ms: [10, 20], wait_for_model_ms: 0,
                 budget_percent: 7, budget_floor: 0 }
        outage: { window_seconds: 60 }
        stream_rescue: off
        hedge: { enabled: true, max_extra_percent: 9 }
        provider: { ignore: [Slow One], zdr: true, sort: { by: price }, max_price: { prompt: 2.5 } }
      presets:
        - slug: mail
          name: For letters
          models: [openai/gpt-4o, "openai/gpt-4.1"]
          system_prompt: Be brief.
          parameters: { temperature: 0.20, stop: ["a", "b"], text: "1", on: true, nothing: null, deep: { a: [1] } }
          provider: { only: [openai] }
        - { slug: plain, model: a/b }
      """)
    let routing = configuration.routing
    #expect(routing.retry.attemptsPerEndpoint == 3 && routing.retry.backoffMilliseconds == 10...20)
    #expect(routing.retry.waitForModelMilliseconds == 0 && routing.retry.budgetPercent == 7)
    #expect(routing.retry.budgetFloor == 0 && routing.retry.maxAttempts == 5)
    #expect(routing.outageSeconds == 60 && routing.streamRescue == .off)
    #expect(routing.hedge == HedgeSettings(isEnabled: true, maxExtraPercent: 9))
    #expect(routing.preferences.ignore == ["slow one"] && routing.preferences.requiresZDR)
    #expect(routing.preferences.sort == .price && routing.preferences.maxPrice?.prompt?.units == 2_500_000)
    let preset = try #require(configuration.presets.first)
    #expect(preset.name == "For letters" && preset.models.count == 2 && preset.systemPrompt == "Be brief.")
    #expect(preset.preferences.only == [["openai"]])
    #expect(
      preset.parameters == [
        PresetParameter(name: "temperature", json: "0.20"), PresetParameter(name: "stop", json: #"["a","b"]"#),
        PresetParameter(name: "text", json: #""1""#), PresetParameter(name: "on", json: "true"),
        PresetParameter(name: "nothing", json: "null"), PresetParameter(name: "deep", json: #"{"a":[1]}"#),
      ])
    #expect(configuration.presets[1].models == ["a/b"] && configuration.presets[1].name == "plain")
  }

  @Test(
    "Every mistake is one problem that names its place",
    arguments: [
      ("routing: { retry: { attempts_per_endpoint: 0 } }", "routing.retry.attempts_per_endpoint"),
      ("routing: { retry: { backoff_ms: [20, 10] } }", "routing.retry.backoff_ms"),
      ("routing: { retry: { backoff_ms: 20 } }", "routing.retry.backoff_ms"),
      ("routing: { retry: { backoff_ms: [1, x] } }", "routing.retry.backoff_ms"),
      ("routing: { retry: { budget_percent: -1 } }", "routing.retry.budget_percent"),
      ("routing: { outage: { window_seconds: 301 } }", "routing.outage.window_seconds"),
      ("routing: { stream_rescue: yes }", "routing.stream_rescue"),
      ("routing: { hedge: { enabled: 1 } }", "routing.hedge.enabled"),
      ("routing: { provider: { zrd: true } }", "routing.provider.zrd"),
      ("routing: { provider: { sort: speed } }", "routing.provider.sort"),
      ("routing: { provider: [a] }", "routing.provider"),
      ("presets: [{ model: a/b }]", "slug"), ("presets: [{ slug: A }]", "slug"),
      ("presets: [{ slug: a }, { slug: a }]", "'a' is already used"),
      ("presets: [{ slug: a, model: a/b, models: [c/d] }]", "presets[0].models"),
      ("presets: [{ slug: a, model: \"a b\" }]", "presets[0].model"),
      ("presets: [{ slug: a, model: \"@preset/a\" }]", "presets[0].model"),
      ("presets: [{ slug: a, parameters: { messages: [] } }]", "presets[0].parameters.messages"),
      ("presets: [{ slug: a, provider: { order: a } }]", "presets[0].provider.order"),
      ("presets: [{ slug: a, temperature: 1 }]", "presets[0].temperature"),
    ])
  func mistakes(_ row: (text: String, says: String)) throws {
    let problems = Reading.problems(row.text)
    #expect(problems.count == 1)
    #expect(try #require(problems.first).contains(row.says))
  }
}
