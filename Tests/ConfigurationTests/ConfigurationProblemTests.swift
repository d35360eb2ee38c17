import Configuration
import Testing

@Suite("Configuration problems")
struct ConfigurationProblemTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let text: String
    /// What the only problem says, from `line:column` on.
    let says: String
    var testDescription: String { says }
    init(_ text: String, _ says: String) {
      self.text = text
      self.says = says
    }
  }

  static let base = "providers: [{ slug: openai }]\n"

  static let server: [Row] = [
    Row("sever: {}", "1:1 'sever' is not a known key | did you mean 'server'?"),
    Row("zzz: 1", "1:1 'zzz' is not a known key | remove it; known here: server, "),
    Row("server: 5", "1:9 'server' must be a mapping"),
    Row("- a", "1:1 the file must be a mapping"),
    Row("server:\n  lisen: x", "2:3 'server.lisen' is not a known key | did you mean 'listen'?"),
    Row("server: { listen: localhost }", "1:19 'server.listen' has no port"),
    Row("server: { listen: \"::1:80\" }", "1:19 'server.listen' looks like an IPv6 address without brackets"),
    Row("server: { listen: \"1.2.3.4:99999\" }", "1:19 'server.listen' has no valid port"),
    Row("server: { loops: many }", "1:18 'server.loops' is 'many', which is not a whole number"),
    Row("server: { loops: 1.5 }", "1:18 'server.loops' is '1.5', which is not a whole number"),
    Row(
      "server: { loops: \"2\" }",
      "1:18 'server.loops' is '2', which is not a whole number | write a whole number from 0 to 1024 without quotes"),
    Row("server: { loops: -1 }", "1:18 'server.loops' is '-1', which is out of range"),
    Row("server: { loops: [1] }", "1:18 'server.loops' must be a single value"),
    Row("server: { loops: }", "1:18 'server.loops' has no value"),
    Row("server: { cors_origins: localhost }", "1:25 'server.cors_origins' must be a list"),
    Row(
      "server: { cors_origins: [\"http://x/y\"] }",
      "1:25 'server.cors_origins' has 'http://x/y', which is not an origin"),
    Row("server: { limits: { connections: 0 } }", "1:34 'server.limits.connections' is '0', which is out of range"),
    Row("server: { loops: 1, loops: 2 }", "1:21 'loops' is already set in line 1"),
  ]

  static let access: [Row] = [
    Row("access: { require_key: yes }", "1:24 'access.require_key' is 'yes', which is neither true nor false"),
    Row(
      "access: { management_keys: [short] }", "1:29 the key 'access.management_keys[0]' has 5 characters, fewer than 16"
    ),
    Row(
      "access: { management_keys: [\"with a space 0123456789\"] }",
      "1:29 the key 'access.management_keys[0]' contains a space"),
    Row(
      "access: { management_keys: [\"ключ-ключ-ключ-ключ\"] }",
      "1:29 the key 'access.management_keys[0]' contains a space"),
    Row(
      "access: { management_keys: [\"\(String(repeating: "k", count: 257))\"] }",
      "1:29 the key 'access.management_keys[0]' has 257 characters, more than 256"),
    Row("access: { keys: [{ name: a }] }", "1:18 'access.keys[0]' has no 'key'"),
    Row("access: { keys: [{ key: 0123456789abcdef }] }", "1:18 'access.keys[0]' has no 'name'"),
    Row(
      "access: { keys: [{ name: a, key: 0123456789abcdef }, { name: b, key: 0123456789abcdef }] }",
      "1:70 the key 'access.keys[1].key' is already used above"),
    Row(
      "access: { keys: [{ name: a, key: 0123456789abcdef }, { name: a, key: 1123456789abcdef }] }",
      "1:62 'access.keys[1].name' is used by two keys"),
    Row(
      "access: { keys: [{ name: a, key: 0123456789abcdef, allowed_providers: [opnai] }] }\n\(base)",
      "1:71 'access.keys[0].allowed_providers' names 'opnai', which is not a provider of this file | did you mean 'openai'?"
    ),
    Row(
      "access: { keys: [{ name: a, key: 0123456789abcdef, allowed_models: [\"*/gpt\"] }] }",
      "1:68 'access.keys[0].allowed_models' has '*/gpt'; a '*' may only stand at the end"),
  ]

  static let providers: [Row] = [
    Row("providers: [{ name: x }]", "1:13 'providers[0]' has no 'slug'"),
    Row(
      "providers: [{ slug: Open AI, base_url: http://h }]", "1:21 'providers[0].slug' is 'Open AI', which is not a slug"
    ),
    Row("providers: [{ slug: nobody }]", "1:13 'providers[0]' has no 'base_url'"),
    Row("providers: [{ slug: openai, base_url: ftp://h }]", "1:39 'providers[0].base_url' does not begin with http://"),
    Row(
      "providers: [{ slug: openai, base_url: \"https://u:p@h/v1\" }]",
      "1:39 'providers[0].base_url' contains credentials"),
    Row("providers: [{ slug: openai, base_url: \"https://h/v1?key=1\" }]", "1:39 'providers[0].base_url' has a query"),
    Row("providers: [{ slug: openai, base_url: \"https://h/v1#x\" }]", "1:39 'providers[0].base_url' has a query"),
    Row("providers: [{ slug: openai, base_url: \"https:///v1\" }]", "1:39 'providers[0].base_url' has no valid host"),
    Row("providers: [{ slug: openai, base_url: \"https://h:0\" }]", "1:39 'providers[0].base_url' has no valid port"),
    Row("providers: [{ slug: openai, base_url: \"https://h /v1\" }]", "1:39 'providers[0].base_url' contains a space"),
    Row(
      "providers: [{ slug: openai, dialect: opena }]",
      "1:38 'providers[0].dialect' is 'opena', which is not a known value | did you mean 'openai'?"),
    Row(
      "providers: [{ slug: openai, max_connections: 0 }]",
      "1:46 'providers[0].max_connections' is '0', which is out of range"),
    Row(
      "providers: [{ slug: openai, headers: { Host: x } }]",
      "1:40 'providers[0].headers.Host' is set by the gateway itself"),
    Row(
      "providers: [{ slug: openai, headers: { \"a b\": x } }]",
      "1:40 'providers[0].headers.a b' is not a header field's name"),
    Row("providers: [{ slug: openai, headers: { a: 1, A: 2 } }]", "1:46 'providers[0].headers.A' is already set"),
    Row(
      "providers: [{ slug: openai, headers: { a: \"1\\n2\" } }]", "1:43 'providers[0].headers.a' contains a line end"),
    Row(
      "providers: [{ slug: openai, api_key: k, headers: { Authorization: x } }]",
      "1:50 'providers[0].headers' sets 'authorization' although"),
    Row("providers: [{ slug: openai, proxy: \"ftp://x\" }]", "1:36 'providers[0].proxy' is not the address of a proxy"),
    Row("providers: [{ slug: openai }, { slug: openai }]", "1:39 'providers[1].slug' 'openai' is already used"),
    Row(
      "providers: [{ slug: openai }, { slug: b, name: OPENAI, base_url: http://h }]",
      "1:31 the provider 'b' cannot be told from 'openai'"),
  ]

  static let models: [Row] = [
    Row("\(base)models: [{ endpoints: [{ provider: openai }] }]", "2:10 'models[0]' has no 'id'"),
    Row(
      "\(base)models: [{ id: gpt, endpoints: [{ provider: openai }] }]",
      "2:16 'models[0].id' is 'gpt', which is not a model id"),
    Row("\(base)models: [{ id: a/b }]", "2:10 'models[0]' has no 'endpoints'"),
    Row("\(base)models: [{ id: a/b, endpoints: [{}] }]", "2:33 'models[0].endpoints[0]' has no 'provider'"),
    Row(
      "\(base)models: [{ id: a/b, endpoints: [{ provider: opnai }] }]",
      "2:45 'models[0].endpoints[0].provider' is 'opnai', which is not a provider of this file | did you mean 'openai'?"
    ),
    Row(
      "\(base)models: [{ id: a/b, input_modalities: [imgae], endpoints: [{ provider: openai }] }]",
      "2:39 'models[0].input_modalities' has 'imgae', which is not a known modality | did you mean 'image'?"),
    Row(
      "\(base)models:\n  - { id: a/b, endpoints: [{ provider: openai }] }\n  - { id: A/B, endpoints: [{ provider: openai }] }",
      "4:11 'models[1].id' 'A/B' is already used"),
    Row(
      "\(base)models:\n  - { id: a/b, endpoints: [{ provider: openai }] }\n  - { id: c/d, aliases: [a/b], endpoints: [{ provider: openai }] }",
      "4:25 'models[1].aliases' has 'a/b', which already names 'a/b'"),
  ]

  static func endpoint(_ fields: String) -> String {
    "\(base)models:\n  - id: a/b\n    endpoints:\n      - { provider: openai, \(fields) }"
  }

  static let endpoints: [Row] = [
    Row(
      endpoint("pricing: { prompt: -1 }"),
      "5:48 'models[0].endpoints[0].pricing.prompt' is '-1', but a price is never negative"),
    Row(
      endpoint("pricing: { prompt: $1 }"), "5:48 'models[0].endpoints[0].pricing.prompt' is '$1', which is not a number"
    ),
    Row(
      endpoint("pricing: { prompt: 0.0000001 }"),
      "5:48 'models[0].endpoints[0].pricing.prompt' is '0.0000001', which is too large or too fine"),
    Row(
      endpoint("pricing: { prompt: 1e30 }"),
      "5:48 'models[0].endpoints[0].pricing.prompt' is '1e30', which is too large or too fine"),
    Row(endpoint("pricing: {}"), "5:38 'models[0].endpoints[0].pricing' holds no price"),
    Row(
      endpoint("pricing: { promt: 1, completion: 1 }"),
      "5:40 'models[0].endpoints[0].pricing.promt' is not a known key | did you mean 'prompt'?"),
    Row(
      endpoint("quantization: fp7"),
      "5:43 'models[0].endpoints[0].quantization' is 'fp7', which is not a known value | did you mean 'fp"),
    Row(endpoint("quality: 1.2"), "5:38 'models[0].endpoints[0].quality' is '1.2', which is not a number from 0 to 1"),
    Row(endpoint("context_length: 0"), "5:45 'models[0].endpoints[0].context_length' is '0', which is out of range"),
    Row(endpoint("price_source: { url: x }"), "5:43 'models[0].endpoints[0].price_source' has no 'date'"),
  ]

  @Test(
    "One mistake is one problem with its place and a remedy",
    arguments: server + access + providers + models + endpoints)
  func names(_ row: Row) throws {
    let problems = Reading.problems(row.text)
    #expect(problems.count == 1)
    #expect(try #require(problems.first).hasPrefix(row.says))
  }

  @Test(
    "A key of the contract that this build does not honour is refused, never ignored",
    arguments: [
      "server: { tls: { certificate: a, private_key: b } }", "shared_state: { url: \"redis://h\" }",
      "storage: { url: \"postgres://h/db\" }", "privacy: { log_content: true }",
    ])
  func refusesUnsupported(text: String) throws {
    let problems = Reading.problems(text)
    #expect(problems.count == 1)
    #expect(try #require(problems.first).contains("supported by this build yet"))
  }

  @Test(
    "A limit of a key that makes no sense is reported at its place",
    arguments: [
      ("limit_reset: daily", "is given without a limit"),
      ("limit_usd: -5", "but a limit is never negative | write 0 to let the key spend nothing"),
      ("limit_usd: 5, limit_reset: hourly", "not a known value"), ("requests_per_minute: 0", "requests_per_minute"),
      ("tokens_per_minute: x", "tokens_per_minute"), ("max_concurrent: 0", "max_concurrent"),
    ])
  func refusesLimits(_ row: (text: String, says: String)) throws {
    let problems = Reading.problems("access: { keys: [{ name: a, key: 0123456789abcdef, \(row.text) }] }")
    #expect(problems.count == 1)
    #expect(try #require(problems.first).contains(row.says))
  }

  @Test(
    "An entry that cannot be called by its name has all its other problems reported with it",
    arguments: [
      (
        "providers: [{ slug: OpenAI, dialect: opnai, api_key: \"${NOPE_X}\", base_url: ftp://x }]",
        ["slug", "dialect", "api_key", "base_url"]
      ),
      ("providers: [{ on_cancel: x, name: Some }]", ["has no 'slug'", "on_cancel"]),
      ("providers: [{ slug: A B, api_version: v1, max_connections: 0 }]", ["slug", "max_connections"]),
      (
        "\(base)models: [{ id: nosslash, endpoints: [{ provider: nosuch, quantization: int3, quality: 2, "
          + "pricing: { promt: 2, completion: -1 } }] }]",
        ["models[0].id", "provider", "quantization", "quality", "promt", "completion"]
      ),
      ("\(base)models: [{ context_length: -3 }]", ["has no 'id'", "has no 'endpoints'", "context_length"]),
      (
        "\(base)models: [{ id: a/b, endpoints: [{ quantization: int3, tag: \"\" }] }]",
        ["has no 'provider'", "quantization", "tag"]
      ),
      (
        "presets: [{ slug: UPPER, modell: x, provider: { sort: q }, parameters: { messages: [] } }]",
        ["slug", "modell", "sort", "messages"]
      ),
      (
        "access: { keys: [{ name: a, key: short, zdr: maybe }, { name: a, key: 0123456789abcdef }, { key: short }] }",
        ["zdr", "keys[0].key", "used by two keys", "has no 'name'", "keys[2].key"]
      ),
    ])
  func namelessEntries(text: String, says: [String]) {
    let problems = Reading.problems(text)
    #expect(problems.count == says.count, "\(problems)")
    for words in says { #expect(problems.contains { $0.contains(words) }, "\(words)") }
  }

  @Test("A preset without a slug is not called a provider")
  func presetSlug() {
    #expect(
      Reading.problems("presets: [{ model: a/b }]") == [
        "1:11 'presets[0]' has no 'slug' | give it a slug such as summaries"
      ])
  }

  @Test("All problems are reported together, in the order of the file")
  func collects() {
    let text = "server: { loops: x, lisen: y }\nproviders:\n  - { slug: A }\nroutng: 1\naccess: { keys: [{}] }\n"
    let places = Reading.problems(text).map { $0.prefix { $0 != " " } }
    #expect(places == ["1:18", "1:21", "3:13", "4:1", "5:18", "5:18"])
  }

  @Test("A problem is shown as file:line:column: message (remedy)")
  func describes() {
    let problem = ConfigurationProblem(file: "p.yaml", line: 3, column: 7, message: "is wrong", remedy: "mend it")
    #expect(problem.description == "p.yaml:3:7: is wrong (mend it)")
  }
}
