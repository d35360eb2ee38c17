import Core
import Planning
import Testing

/// The worked checks of the reference, section 3.11, row by row.
@Suite("Routing vectors")
struct RoutingVectorTests {
  private typealias Offer = World.Offer

  @Test("A at $1, B at $2 that failed 10 s ago, C at $3: A comes first nine times out of ten, B always last")
  func outage() throws {
    let world = World(Offer("a", "1"), Offer("b", "2"), Offer("c", "3"))
    world.attempt("b", AttemptReport(.failure(.provider)))
    world.pass(seconds: 10)
    var first = 0
    for _ in 0..<10_000 {
      let tags = try world.tags(world.request())
      if tags == ["a", "c", "b"] { first += 1 } else { #expect(tags == ["c", "a", "b"]) }
    }
    // Nine tenths; four standard deviations are 120.
    #expect(abs(first - 9000) < 120)
    world.pass(seconds: 30)
    var places: Set<String> = []
    for _ in 0..<200 { places.insert(try world.tags(world.request())[0]) }
    #expect(places == ["a", "b", "c"])
  }

  @Test(
    "Lists of providers",
    arguments: [
      (["together", "fireworks"], #"{"order":["openai","together"]}"#, ["together", "fireworks"]),
      (["together", "fireworks"], #"{"order":["openai","together"],"allow_fallbacks":false}"#, ["together"]),
      (["google-vertex/us-east5", "google-vertex/flex"], #"{"only":["google-vertex"]}"#, ["google-vertex/us-east5"]),
      (["google-vertex/us-east5", "google-vertex/flex"], #"{"only":["google-vertex/flex"]}"#, ["google-vertex/flex"]),
      (["deepinfra", "deepinfra/turbo", "x"], #"{"ignore":["deepinfra"]}"#, ["x"]),
      (["deepinfra", "deepinfra/turbo", "x"], #"{"ignore":["DeepInfra/Turbo"],"sort":"price"}"#, ["deepinfra", "x"]),
      (["openai", "openai/priority"], #"{"order":["openai/priority"]}"#, ["openai/priority", "openai"]),
      (["openai", "openai/priority"], #"{"only":["openai/priority"]}"#, ["openai/priority"]),
      (["openai", "openai/priority", "openai/flex"], "{}", ["openai"]),
      (["a", "b"], #"{"max_price":{"audio":1}}"#, ["a", "b"]),
      (["a", "b"], #"{"preferred_max_latency":{"p90":3},"sort":"price"}"#, ["a", "b"]),
    ])
  func lists(_ row: (offers: [String], provider: String, tags: [String])) throws {
    let world = World([("m/one", row.offers.enumerated().map { Offer($1, $0 == 0 ? "0.0001" : "1") })])
    #expect(try world.tags(world.request(["m/one"], row.provider)) == row.tags)
  }

  @Test(
    "When nothing is left the 404 says what took the endpoints out",
    arguments: [
      (#"{"only":["openai"]}"#, ["azure"], ["only"], "no_endpoints"),
      (#"{"max_price":{"prompt":0.5}}"#, nil, ["max_price"], "constraint_filtered"),
      (#"{"zdr":true}"#, nil, ["data_policy:zdr"], "privacy_restricted"),
      (#"{"quantizations":["int4"]}"#, nil, ["quantization"], "constraint_filtered"),
    ] as [(String, [String]?, [String], String)])
  func nothingLeft(_ row: (provider: String, providers: [String]?, reasons: [String], code: String)) throws {
    let world = World(Offer("azure", "0.9"))
    let request = try world.request(["m/one"], row.provider, policy: .init(allowedProviders: row.providers))
    let error = try #require(#expect(throws: GatewayError.self) { try world.plan(request) })
    #expect(error.kind == .noEligibleEndpoint)
    guard case .list(let reasons)? = error.metadata.first(where: { $0.name == "excluded_by" })?.value,
      case .object(let fields)? = error.metadata.first(where: { $0.name == "availability" })?.value
    else {
      Issue.record("the reasons are missing")
      return
    }
    #expect(reasons.compactMap { if case .text(let text) = $0 { text } else { nil } } == row.reasons)
    guard case .text(let code)? = fields.first(where: { $0.name == "code" })?.value else {
      Issue.record("the code is missing")
      return
    }
    #expect(code == row.code)
  }

  @Test("Tools go to endpoints that declare them, whatever require_parameters says; where none does it is a 404")
  func tools() throws {
    let world = World(Offer("a", parameters: ["tools"]), Offer("b", parameters: ["temperature"]))
    #expect(try world.tags(world.request(tools: true)) == ["a"])
    let without = World(Offer("b", parameters: ["temperature"]))
    #expect(throws: GatewayError.self) { try without.plan(without.request(tools: true)) }
  }

  @Test("A request's zdr: false changes nothing when the gateway asks for ZDR")
  func zdr() throws {
    let world = World(Offer("a", zdr: false), Offer("b", zdr: true))
    let request = try world.request(["m/one"], #"{"zdr":false}"#, policy: .init(zdr: true))
    #expect(try world.tags(request) == ["b"])
  }

  @Test("partition none puts the fastest endpoint of any model first")
  func partition() throws {
    let world = World([("m/one", [Offer("a"), Offer("b")]), ("m/two", [Offer("c"), Offer("d")])])
    for (tag, speed) in [("a", 20.0), ("b", 60), ("c", 90), ("d", 40)] {
      world.streams(tag, 10, firstToken: 100, tokensPerSecond: speed)
    }
    let chain = ["m/one", "m/two"]
    #expect(
      try world.tags(world.request(chain, #"{"sort":{"by":"throughput","partition":"none"}}"#)) == ["c", "b", "d", "a"])
    #expect(try world.tags(world.request(chain, #"{"sort":"throughput"}"#)) == ["b", "a", "c", "d"])
  }

  @Test(":floor with tools goes by price, with the flex tier and without Auto Exacto")
  func floor() throws {
    let world = World(Offer("a", "3"), Offer("b", "2"), Offer("b/flex", "1"), Offer("b/priority", "0.5"))
    let plan = try world.plan(world.request(["m/one:floor"], tools: true))
    #expect(plan.attempts.map(\.endpoint.tag) == ["b/flex", "b", "a"])
    #expect(plan.attempts.allSatisfy { $0.placement == .price })
  }

  @Test(
    "Service tiers open what they name",
    arguments: [
      ("flex", "m/one", ["b/flex"]), ("flex", "m/two", ["c"]), ("default", "m/one:floor", ["b", "a"]),
      ("default", "m/one:nitro", ["b", "a"]), ("auto", "m/one:nitro", ["b/priority", "b", "a"]),
      ("priority", "m/one", ["b/priority", "b", "a"]), ("fast", "m/one", ["b/priority", "b", "a"]),
    ])
  func serviceTiers(_ row: (tier: String, model: String, tags: [String])) throws {
    let world = World([
      ("m/one", [Offer("a", "3"), Offer("b", "2"), Offer("b/flex", "1"), Offer("b/priority", "4")]),
      ("m/two", [Offer("c")]),
    ])
    for (tag, speed) in [("a", 20.0), ("b", 60), ("b/priority", 90)] {
      world.streams(tag, 10, firstToken: 100, tokensPerSecond: speed)
    }
    #expect(try world.tags(world.request([row.model], tier: row.tier)) == row.tags)
  }

  @Test("A flex endpoint that limits us is still the only one: the caller gets its 429")
  func flexIsLimited() throws {
    let world = World(Offer("b"), Offer("b/flex"))
    world.attempt("b/flex", AttemptReport(.failure(.rateLimited), retryAfterSeconds: 60))
    #expect(try world.tags(world.request(tier: "flex")) == ["b/flex"])
  }
}
