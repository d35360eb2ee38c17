import Configuration
import Core
import Ledger
import Testing

@Suite("ConfigurationLoader")
struct ConfigurationLoaderTests {
  @Test(
    "A known vendor's dialect holds at its own address, and what the file says holds everywhere",
    arguments: [
      ("", Dialect.gemini), ("dialect: openai", .openai), ("base_url: \"https://other.example/v1\"", .openai),
      ("base_url: \"https://other.example/v1\", dialect: gemini", .gemini),
    ])
  func dialects(_ row: (members: String, dialect: Dialect)) throws {
    let text = "providers: [{ slug: google-ai-studio, \(row.members.isEmpty ? "" : row.members + ", ")api_key: k }]"
    #expect(try Reading.configuration(text).providers[0].dialect == row.dialect)
  }

  @Test("An empty file is the contract's defaults", arguments: ["", "# nothing\n", "server:\naccess:\nmodels:\n"])
  func defaults(text: String) throws {
    let configuration = try Reading.configuration(text)
    var expected = Configuration()
    expected.access.requireKey = false
    #expect(configuration == expected)
    #expect(configuration.server.listen == "127.0.0.1:8080")
    #expect(configuration.storage == StorageSettings(path: "patchbay.db", sync: .process))
    #expect(configuration.server.limits.bodyBytes == 32 << 20)
    #expect(configuration.routing.retry.maxAttempts == 12)
  }

  @Test(
    "Keys are needed where there are some, where other machines can connect, and where the file says so",
    arguments: [
      ("access: {keys: [{name: a, key: 0123456789abcdef}]}", true),
      ("access: {management_keys: [0123456789abcdef]}", true), ("server: {listen: \"0.0.0.0:1\"}", true),
      ("access: {require_key: true}", true), ("server: {listen: \"[::1]:1\"}", false),
      ("access: {require_key: false, keys: [{name: a, key: 0123456789abcdef}]}", false),
    ])
  func needsKeys(_ row: (text: String, needs: Bool)) throws {
    #expect(try Reading.configuration(row.text).access.requireKey == row.needs)
  }

  @Test("Everything that can be written is read")
  func readsAll() throws {
    let configuration = try Reading.configuration(
      ConfigurationLoaderTests.full, environment: ["CI_KEY": "ci-0123456789abcdef", "MANAGEMENT": "m-0123456789abcdef"])
    #expect(
      configuration.server
        == ServerSettings(
          listen: "[::1]:9000", loops: 3,
          limits: LimitSettings(
            bodyBytes: 2048, headerBytes: 4096, headerFields: 32, eventBytes: 8192, connections: 10, headerSeconds: 1,
            bodySeconds: 2, idleSeconds: 3, writeSeconds: 4, lagMilliseconds: 6), drainSeconds: 5,
          corsOrigins: ["http://localhost:3000", "*"]))
    #expect(
      configuration.access
        == AccessSettings(
          requireKey: false, managementKeys: [Secret("m-0123456789abcdef")],
          keys: [
            StaticKey(
              name: "ci", key: Secret("ci-0123456789abcdef"),
              limits: KeyLimits(allowedModels: ["anthropic/*"], allowedProviders: ["openai"], zdr: true))
          ]))
    #expect(configuration.storage == StorageSettings(path: "/var/lib/p.db", sync: .power))
    #expect(configuration.privacy == PrivacySettings(zdr: true, dataCollection: .deny, regions: ["eu", "us"]))
    #expect(configuration.routing.retry.maxAttempts == 3)
    #expect(
      configuration.routing.timeouts
        == TimeoutSettings(
          connectMilliseconds: 1, firstTokenMilliseconds: 2, firstTokenFallbackMilliseconds: 3, idleMilliseconds: 4,
          idleFallbackMilliseconds: 5, totalMilliseconds: 6))
  }

  @Test("A provider and a model keep every detail")
  func readsDetails() throws {
    let configuration = try Reading.configuration(
      ConfigurationLoaderTests.full, environment: ["CI_KEY": "ci-0123456789abcdef", "MANAGEMENT": "m-0123456789abcdef"])
    #expect(
      configuration.providers.last
        == ProviderSettings(
          slug: "local", name: "Local", baseURL: "http://gpu:8000/v1", apiKey: Secret("k"),
          headers: [HeaderSetting(name: "x-extra", value: Secret("1"))], proxy: Secret("http://p:3128"), http2: true,
          maxConnections: 5, disabled: true, region: "eu",
          dataPolicy: DataPolicy(training: true, retentionDays: 0, zdr: true)))
    let prices = PriceList(
      prompt: Money(units: 2_500_000), completion: Money(units: 10_000_000), cacheRead: Money(units: 1_250_000),
      request: Money(units: 1_000_000_000), image: Money(units: 2_000_000_000))
    #expect(
      configuration.models == [
        ModelSettings(
          id: "openai/gpt-4o", name: "GPT-4o", description: "A model.", created: 1_715_367_049, contextLength: 128_000,
          aliases: ["gpt-4o"], fallbacks: ["openai/gpt-4.1"], inputModalities: ["text", "image"],
          outputModalities: ["text"],
          endpoints: [
            EndpointSettings(
              provider: "openai", upstreamModel: "gpt-4o-2024", pricing: prices,
              priceSource: PriceSource(url: "https://x", date: "2026-05-01"), contextLength: 64_000,
              maxCompletionTokens: 16_384, quantization: "fp8", supportedParameters: ["tools"], prefill: true,
              distillable: true, quality: 0.97, zdr: true, region: "eu", tag: "openai/fp8"),
            EndpointSettings(provider: "local", upstreamModel: "gpt-4o"),
          ])
      ])
  }

  static let full = """
    server:
      listen: "[::1]:9000"
      loops: 3
      limits:
        { body_bytes: 2048, header_bytes: 4096, header_fields: 32, event_bytes: 8192, connections: 10,
          header_seconds: 1, body_seconds: 2, idle_seconds: 3, write_seconds: 4, lag_ms: 6 }
      drain_seconds: 5
      cors_origins: ["http://localhost:3000", "*"]
    access:
      require_key: false
      management_keys: ["${MANAGEMENT}"]
      keys:
        - { name: ci, key: "${CI_KEY}", allowed_models: ["anthropic/*"], allowed_providers: [openai], zdr: true }
    storage: { url: "sqlite:/var/lib/p.db", sync: power }
    privacy: { zdr: true, data_collection: deny, log_content: false, regions: [eu, us] }
    routing:
      retry: { max_attempts: 3 }
      timeouts:
        { connect_ms: 1, first_token_ms: 2, first_token_fallback_ms: 3, idle_ms: 4, idle_fallback_ms: 5, total_ms: 6 }
      stream_rescue: off
      hedge: { enabled: false, max_extra_percent: 3 }
    providers:
      - slug: openai
      - slug: local
        name: Local
        dialect: openai
        base_url: http://gpu:8000/v1/
        api_key: k
        headers: { x-extra: "1" }
        proxy: http://p:3128
        http2: true
        max_connections: 5
        disabled: true
        region: eu
        data_policy: { training: true, retention_days: 0, zdr: true }
        on_cancel: abort
    models:
      - id: openai/gpt-4o
        name: GPT-4o
        description: A model.
        created: 1715367049
        context_length: 128000
        aliases: [gpt-4o]
        fallbacks: [openai/gpt-4.1]
        input_modalities: [text, image]
        output_modalities: [text]
        endpoints:
          - provider: openai
            upstream_model: gpt-4o-2024
            pricing: { prompt: 2.50, completion: 10.00, cache_read: 1.25, request: 0.001, image: 0.002 }
            price_source: { url: "https://x", date: 2026-05-01 }
            context_length: 64000
            max_completion_tokens: 16384
            quantization: fp8
            supported_parameters: [tools]
            prefill: true
            distillable: true
            quality: 0.97
            zdr: true
            region: eu
            tag: openai/fp8
          - provider: local
    presets: []
    """

  @Test("A provider that the catalogue knows needs its slug only")
  func completesKnown() throws {
    let provider = try #require(Reading.configuration("providers: [{ slug: openai }]").providers.first)
    #expect(provider == Reading.openai.settings)
  }

  @Test("Behind another address nothing is known about how data is handled")
  func forgetsVendor() throws {
    let text = "providers: [{ slug: openai, base_url: http://127.0.0.1:9100/v1 }]"
    let provider = try #require(Reading.configuration(text).providers.first)
    #expect(provider == ProviderSettings(slug: "openai", name: "OpenAI", baseURL: "http://127.0.0.1:9100/v1"))
  }

  @Test("An empty credential, as an empty default gives it, is none")
  func emptyCredential() throws {
    let text = "providers:\n  - slug: openai\n    api_key: ${NONE:-}\n"
    #expect(try Reading.configuration(text).providers.first?.apiKey == nil)
  }

  @Test(
    "The command line wins over the environment, the environment over the file",
    arguments: [
      (nil, nil, "127.0.0.2:1"), (nil, "127.0.0.3:1", "127.0.0.3:1"), ("127.0.0.4:1", "127.0.0.3:1", "127.0.0.4:1"),
      (nil, "", "127.0.0.2:1"),
    ] as [(String?, String?, String)])
  func listens(option: String?, variable: String?, result: String) throws {
    let configuration = try Reading.configuration(
      "server: { listen: \"127.0.0.2:1\" }", environment: variable.map { ["PATCHBAY_LISTEN": $0] } ?? [:],
      listen: option)
    #expect(configuration.server.listen == result)
  }

  @Test(
    "A gateway without keys listens on a loopback address only", arguments: ["0.0.0.0:80", "[::]:80", ":80", "host:80"])
  func keylessNeedsLoopback(address: String) {
    let text = "access:\n  require_key: false\n"
    #expect(Reading.problems(text, listen: address).first?.hasPrefix("2:16 'access.require_key' is false") == true)
    #expect(Reading.problems(text, environment: ["PATCHBAY_LISTEN": address]).count == 1)
    #expect(Reading.problems(text + "server: { listen: \"\(address)\" }\n").count == 1)
    #expect(Reading.problems("server: { listen: \"\(address)\" }").isEmpty)
  }

  @Test("A file that cannot be read is one problem about the file")
  func missingFile() {
    let error = #expect(throws: ConfigurationError.self) {
      try ConfigurationLoader.load(path: "/none/patchbay.yaml", environment: [:], known: [])
    }
    #expect(
      error?.description
        == "/none/patchbay.yaml: the file cannot be read: No such file or directory (check its path and permissions)")
  }

  @Test("A catalogue file is found beside the configuration, and its problems bear its name")
  func readsCatalogue() throws {
    let good = "version: 1\nmodels: [{ id: a/b, endpoints: [{ provider: openrouter }] }]"
    let configuration = try Reading.configuration("catalog: more.yaml", files: ["more.yaml": good])
    #expect(configuration.catalogueModels.map(\.id) == ["a/b"])
    let error = #expect(throws: ConfigurationError.self) {
      try Reading.configuration("catalog: /x/more.yaml", files: ["/x/more.yaml": "version: 2\nmodel: []\n"])
    }
    #expect(error?.problems.map { "\($0.file):\($0.line)" } == ["/x/more.yaml:1", "/x/more.yaml:2"])
    #expect(Reading.problems("catalog: none.yaml").count == 1)
  }
}
