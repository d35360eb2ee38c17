import Core
import Planning
import Testing

/// Which endpoints a request may use, and in which order.
struct PlannerTests {
  private static let one = ["a/one@alpha", "a/one@beta", "a/one@gamma"]

  @Test("Endpoints are drawn by price, unknown prices come last, then the model's configured fallbacks")
  func byPrice() throws {
    #expect(try Fixture.plan(Fixture.request()) == Self.one + ["a/two@beta"])
  }

  @Test("A chain of the caller's own replaces the configured fallbacks and keeps its order")
  func chain() throws {
    #expect(try Fixture.plan(Fixture.request(["a/two", "a/one"])) == ["a/two@beta"] + Self.one)
  }

  @Test(
    "Preferences filter and order",
    arguments: [
      (#"{"order":["gamma","beta"]}"#, ["gamma", "beta", "alpha"]),
      (#"{"order":["GAMMA"]}"#, ["gamma", "alpha", "beta"]),
      (#"{"order":["alpha cloud"],"allow_fallbacks":false}"#, ["alpha"]),
      (#"{"only":["beta","gamma"]}"#, ["beta", "gamma"]),
      (#"{"only":["Alpha Cloud"]}"#, ["alpha"]), (#"{"ignore":["alpha"]}"#, ["beta", "gamma"]),
      (#"{"avoid":["alpha"],"ignore":["gamma"]}"#, ["beta"]), (#"{"allow_fallbacks":false}"#, ["alpha"]),
      (#"{"zdr":true}"#, ["beta"]), (#"{"data_collection":"deny"}"#, ["alpha", "beta"]),
      (#"{"data_collection":"allow","zdr":false}"#, ["alpha", "beta", "gamma"]),
      (#"{"quantizations":["fp8"]}"#, ["alpha"]),
      (#"{"quantizations":["unknown"]}"#, ["beta", "gamma"]), (#"{"max_price":{"prompt":2.5}}"#, ["alpha"]),
      (#"{"max_price":{"completion":"3"}}"#, ["alpha", "beta"]), (#"{"enforce_distillable_text":true}"#, ["beta"]),
      (#"{"sort":"price"}"#, ["alpha", "beta", "gamma"]),
      (#"{"sort":{"by":"latency","partition":"model"}}"#, ["alpha", "beta", "gamma"]),
      (#"{"order":["nobody"]}"#, ["alpha", "beta", "gamma"]),
      (#"{"order":null,"only":null}"#, ["alpha", "beta", "gamma"]),
    ])
  func preferences(_ row: (provider: String, tags: [String])) throws {
    let plan = try Fixture.plan(Fixture.request(["a/one", "a/two"], provider: row.provider))
    #expect(plan.filter { $0.hasPrefix("a/one@") } == row.tags.map { "a/one@" + $0 })
  }

  @Test(
    "A preference of the wrong type or value is refused with its name",
    arguments: [
      (#"{"order":"alpha"}"#, "provider.order"), (#"{"only":[1]}"#, "provider.only"),
      (#"{"zdr":"yes"}"#, "provider.zdr"),
      (#"{"data_collection":"no"}"#, "provider.data_collection"),
      (#"{"quantizations":["fp7"]}"#, "provider.quantizations"),
      (#"{"sort":"speed"}"#, "provider.sort"), (#"{"sort":{"by":"price","partition":"x"}}"#, "provider.sort.partition"),
      (#"{"max_price":3}"#, "provider.max_price"), (#"{"max_price":{"prompt":-1}}"#, "provider.max_price.prompt"),
      (#"{"max_price":{"tokens":1}}"#, "provider.max_price.tokens"), (#"{"zrd":true}"#, "provider.zrd"),
      (#"{"zdr":true,"zdr":false}"#, "provider.zdr"),
      (#"{"preferred_max_latency":"1"}"#, "provider.preferred_max_latency"),
      (#"{"preferred_min_throughput":{"p51":1}}"#, "provider.preferred_min_throughput"),
      (#"{"allow_fallbacks":1}"#, "provider.allow_fallbacks"),
    ])
  func refusesPreferences(_ row: (provider: String, field: String)) {
    let error = #expect(throws: GatewayError.self) { try Fixture.request(provider: row.provider) }
    #expect(error?.kind == .invalidRequest && error?.message.contains(row.field) == true)
  }

  @Test("Policies of the gateway and of the key add to the preferences and are never relaxed by them")
  func policies() throws {
    func tags(_ policy: RoutingRequest.Policy) throws -> [String] {
      try Fixture.plan(
        Fixture.request(["a/one", "a/two"], provider: #"{"zdr":false,"data_collection":"allow"}"#, policy: policy))
    }
    #expect(try tags(.init(zdr: true)) == ["a/one@beta", "a/two@beta"])
    #expect(try tags(.init(deniesCollection: true)) == ["a/one@alpha", "a/one@beta", "a/two@beta"])
    #expect(try tags(.init(regions: ["EU"])) == ["a/one@beta", "a/two@beta"])
    #expect(try tags(.init(allowedModels: ["*/t*"])) == ["a/two@beta"])
    #expect(try tags(.init(allowedProviders: ["Gamma"])) == ["a/one@gamma"])
  }

  @Test(
    "Tools, structured outputs and every parameter go only where they are declared; who declares nothing is trusted")
  func abilities() throws {
    func tags(_ needs: RoutingRequest.Needs, _ provider: String? = nil) throws -> [String] {
      try Fixture.plan(Fixture.request(["a/one", "a/two"], provider: provider, needs: needs)).filter {
        $0.hasPrefix("a/one")
      }
    }
    #expect(try tags(.init(output: .text, tools: true)) == ["a/one@alpha", "a/one@gamma"])
    #expect(try tags(.init(output: .text, structuredOutput: true)) == ["a/one@gamma"])
    let needs = RoutingRequest.Needs(output: .text, parameters: ["max_completion_tokens"])
    #expect(try tags(needs) == Self.one)
    #expect(try tags(needs, #"{"require_parameters":true}"#) == ["a/one@alpha", "a/one@gamma"])
    #expect(try tags(.init(output: .text, inputModalities: ["image"])) == Self.one)
  }

  @Test("When nothing is eligible the 404 names every endpoint and its reason")
  func nothingEligible() throws {
    let error = #expect(throws: GatewayError.self) {
      try Fixture.plan(Fixture.request(["a/two"], provider: #"{"ignore":["beta"]}"#))
    }
    #expect(error?.kind == .noEligibleEndpoint && error?.kind.status == 404)
    let endpoints = try #require(error?.metadata.first { $0.name == "endpoints" })
    guard case .list(let rows) = endpoints.value else {
      Issue.record("the endpoints are no list")
      return
    }
    #expect(rows.count == 1)
    #expect(error?.message.contains("provider.ignore") == true)
  }

  @Test("An unknown model is a 404 that suggests the nearest one; a known one without provider names it")
  func unknown() {
    let error = #expect(throws: GatewayError.self) { try Fixture.plan(Fixture.request(["a/onee"])) }
    #expect(error?.kind == .modelNotFound && error?.message.contains("a/one") == true)
    #expect(throws: GatewayError.self) { try Fixture.plan(Fixture.request(["a/one", "nobody/knows"])) }
  }

  @Test("A model of the chain that only lacks its provider is passed over, unless nothing else is left")
  func unservedInChain() throws {
    #expect(try Fixture.plan(Fixture.request(["a/three", "a/two"])) == ["a/two@beta"])
    for chain in [["a/three"], ["a/three", "a/three"]] {
      let error = #expect(throws: GatewayError.self) { try Fixture.plan(Fixture.request(chain)) }
      #expect(error?.kind == .modelNotFound && error?.message.contains("delta") == true)
    }
  }

  @Test("The free variant goes to free endpoints only")
  func freeVariant() throws {
    #expect(try Fixture.plan(Fixture.request(["a/two:free"])) == ["a/two@beta"])
    #expect(throws: GatewayError.self) {
      try Fixture.plan(Fixture.request(["a/embed:free"], needs: .init(output: .embeddings)))
    }
  }

  @Test("A model of the wrong kind is a 400 that says where to send it")
  func wrongKind() {
    let chat = #expect(throws: GatewayError.self) { try Fixture.plan(Fixture.request(["a/embed"])) }
    #expect(chat?.kind == .invalidRequest && chat?.message.contains("/v1/embeddings") == true)
    let embeddings = #expect(throws: GatewayError.self) {
      try Fixture.plan(Fixture.request(needs: .init(output: .embeddings)))
    }
    #expect(embeddings?.kind == .invalidRequest)
  }

  @Test("Too many models are refused; the limit of attempts leaves every model one")
  func limits() throws {
    let error = #expect(throws: GatewayError.self) { try Fixture.plan(Fixture.request((0..<11).map { "m\($0)" })) }
    #expect(error?.kind == .invalidRequest && error?.message.contains("10") == true)
    #expect(try Fixture.plan(Fixture.request(["a/one", "a/two"]), maxAttempts: 2) == ["a/one@alpha", "a/two@beta"])
    #expect(
      try Fixture.plan(Fixture.request(["a/one", "a/two"]), maxAttempts: 3) == [
        "a/one@alpha", "a/one@beta", "a/two@beta",
      ])
    #expect(try Fixture.plan(Fixture.request(["a/one", "a/two"]), maxAttempts: 1) == ["a/one@alpha", "a/two@beta"])
  }

  @Test("The same request gives the same plan")
  func deterministic() throws {
    let request = try Fixture.request(["a/two", "a/one"], provider: #"{"order":["beta"]}"#)
    let first = try Fixture.plan(request)
    for _ in 0..<20 { #expect(try Fixture.plan(request) == first) }
  }
}
