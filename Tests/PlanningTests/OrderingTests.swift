import Configuration
import Core
import Planning
import Testing

/// The order of endpoints beyond the reference's own examples.
@Suite("Ordering")
struct OrderingTests {
  private typealias Offer = World.Offer

  @Test("The draw follows 1/price², place after place")
  func draw() throws {
    let world = World(Offer("a", "1"), Offer("b", "2"), Offer("c", "4"))
    let count = 40_000
    var first: [String: Int] = [:]
    var second: [String: Int] = [:]
    for _ in 0..<count {
      let tags = try world.tags(world.request())
      first[tags[0], default: 0] += 1
      if tags[0] == "a" { second[tags[1], default: 0] += 1 }
    }
    let weights = ["a": 16.0, "b": 4, "c": 1]
    for (tag, weight) in weights {
      let part = weight / 21
      let bound = 4 * (Double(count) * part * (1 - part)).squareRoot()
      #expect(abs(Double(first[tag] ?? 0) - Double(count) * part) < bound, "\(tag): \(first[tag] ?? 0)")
    }
    let after = Double(first["a"] ?? 0)
    #expect(abs(Double(second["b"] ?? 0) - after * 0.8) < 4 * (after * 0.16).squareRoot())
  }

  @Test("Free endpoints come first in any order, those of unknown price last in that of the file")
  func freeAndUnknown() throws {
    let world = World(Offer("x", nil), Offer("y", nil), Offer("a", "1"), Offer("f", "0"), Offer("g", "0"))
    var heads: Set<[String]> = []
    for _ in 0..<100 {
      let tags = try world.tags(world.request())
      #expect(tags[2...] == ["a", "x", "y"])
      heads.insert(Array(tags[..<2]))
    }
    #expect(heads == [["f", "g"], ["g", "f"]])
  }

  @Test("The same seed gives the same plan")
  func seeded() throws {
    let world = World(Offer("a"), Offer("b"), Offer("c"), Offer("d"))
    let request = try world.request()
    var plans: Set<[String]> = []
    for seed in 0..<50 as Range<UInt64> {
      let context = PlanningContext(seed: seed)
      let tags = try Planner.plan(request, catalog: world.catalog, context: context).attempts.map(\.endpoint.tag)
      let again = try Planner.plan(request, catalog: world.catalog, context: context).attempts.map(\.endpoint.tag)
      #expect(tags == again)
      plans.insert(tags)
    }
    #expect(plans.count > 10)
  }

  @Test("Sorts go by the median of measured endpoints; fewer than five samples count as none")
  func sorts() throws {
    let world = World(Offer("a", "1"), Offer("b", "2"), Offer("c", "3"))
    world.streams("a", 10, firstToken: 900, tokensPerSecond: 20)
    world.streams("b", 10, firstToken: 200, tokensPerSecond: 80)
    world.streams("c", 4, firstToken: 1, tokensPerSecond: 999)
    #expect(try world.tags(world.request(["m/one"], #"{"sort":"throughput"}"#)) == ["b", "a", "c"])
    #expect(try world.tags(world.request(["m/one"], #"{"sort":"latency"}"#)) == ["b", "a", "c"])
    #expect(try world.tags(world.request(["m/one:nitro"])) == ["b", "a", "c"])
    #expect(try world.tags(world.request(["m/one"], #"{"sort":"price"}"#)) == ["a", "b", "c"])
    world.streams("c", 1, firstToken: 1, tokensPerSecond: 999)
    #expect(try world.tags(world.request(["m/one"], #"{"sort":"latency"}"#)) == ["c", "b", "a"])
    // Five minutes later nothing is known any more.
    world.pass(seconds: 311)
    #expect(try world.tags(world.request(["m/one"], #"{"sort":"latency"}"#)) == ["a", "b", "c"])
  }

  @Test("A small part of the streams tries an endpoint that lacks samples, so that it gets some")
  func explores() throws {
    let world = World(Offer("a", "1"), Offer("b", "2"))
    world.streams("a", 10, firstToken: 100)
    let stream = try world.request(["m/one"], #"{"sort":"latency"}"#, isStream: true)
    var explored = 0
    for _ in 0..<3200 {
      let plan = try world.plan(stream)
      if plan.attempts[0].endpoint.tag == "b" {
        explored += 1
        #expect(plan.attempts[0].placement == .exploration)
      }
    }
    #expect((60...140).contains(explored))
    let whole = try world.request(["m/one"], #"{"sort":"latency"}"#)
    for _ in 0..<200 { #expect(try world.tags(whole)[0] == "a") }
  }

  @Test(
    "Thresholds push down, never out; percentiles count from the good side",
    arguments: [
      (#"{"preferred_max_latency":0.5,"sort":"price"}"#, ["b", "c", "a"]),
      (#"{"preferred_max_latency":{"p50":0.95,"p90":0.5},"sort":"price"}"#, ["b", "c", "a"]),
      (#"{"preferred_min_throughput":50,"sort":"price"}"#, ["b", "c", "a"]),
      (#"{"preferred_min_throughput":{"p99":1},"sort":"price"}"#, ["a", "b", "c"]),
      (#"{"preferred_min_throughput":500,"preferred_max_latency":0.001,"sort":"price"}"#, ["c", "a", "b"]),
    ])
  func thresholds(_ row: (provider: String, tags: [String])) throws {
    let world = World(Offer("a", "1"), Offer("b", "2"), Offer("c", "3"))
    world.streams("a", 10, firstToken: 900, tokensPerSecond: 20)
    world.streams("b", 10, firstToken: 200, tokensPerSecond: 80)
    #expect(try world.tags(world.request(["m/one"], row.provider)) == row.tags)
  }

  @Test("pN of a speed is reached by N % of the requests")
  func goodSide() throws {
    let world = World(Offer("a", "1"), Offer("b", "2"))
    for speed in 1...100 { world.streams("a", 1, firstToken: Double(speed) * 10, tokensPerSecond: Double(speed)) }
    let view = world.health.view(world.endpoint("a"), now: world.now)
    let speed = try #require(view.throughput)
    let time = try #require(view.firstTokenMilliseconds)
    for (value, ideal) in [
      (speed.p50, 50.0), (speed.p75, 25), (speed.p90, 10), (time.p50, 500), (time.p90, 900), (time.p99, 990),
    ] {
      #expect(abs(value - ideal) <= ideal * 0.13, "\(value) for \(ideal)")
    }
    #expect(speed.p50 > speed.p75 && speed.p75 > speed.p90 && speed.p90 > speed.p99)
  }

  @Test("Limited endpoints and open circuits stand at the end of their model, also behind an explicit order")
  func unusable() throws {
    let world = World([("m/one", [Offer("a"), Offer("b"), Offer("c")]), ("m/two", [Offer("d")])])
    world.attempt("a", AttemptReport(.failure(.rateLimited), retryAfterSeconds: 20))
    for _ in 0..<5 { world.attempt("b", AttemptReport(.failure(.provider))) }
    let plan = try world.plan(world.request(["m/one", "m/two"], #"{"order":["a","b","c"]}"#))
    #expect(plan.attempts.map(\.endpoint.tag) == ["c", "a", "b", "d"])
    #expect(plan.attempts.map(\.placement) == [.order, .rateLimited, .circuitOpen, .only])
  }

  @Test("A conversation stays where its prompt is cached, for ten minutes, unless that endpoint is in trouble")
  func sticky() throws {
    let world = World(Offer("a", "1", cacheRead: "0.1"), Offer("b", "1", cacheRead: "0.1"), Offer("c", "1"))
    let request = try world.request()
    let plan = try world.plan(request, opening: { 7 })
    #expect(plan.stickyKey(for: world.endpoint("c")) == nil, "its cache saves nothing")
    let key = try #require(plan.stickyKey(for: world.endpoint("b")))
    #expect(!key.isExplicit)
    world.sticky.remember(key, world.endpoint("b"), now: world.now)
    for _ in 0..<50 {
      let again = try world.plan(request, opening: { 7 })
      #expect(again.attempts[0].endpoint.tag == "b" && again.attempts[0].placement == .sticky)
    }
    var others: Set<String> = []
    for _ in 0..<100 { others.insert(try world.plan(request, opening: { 8 }).attempts[0].endpoint.tag) }
    #expect(others == ["a", "b", "c"])
    world.attempt("b", AttemptReport(.failure(.provider)))
    #expect(try world.plan(request, opening: { 7 }).attempts[0].endpoint.tag != "b")
    world.pass(seconds: 599)
    #expect(try world.plan(request, opening: { 7 }).attempts[0].endpoint.tag == "b")
    world.pass(seconds: 2)
    others = []
    for _ in 0..<100 { others.insert(try world.plan(request, opening: { 7 }).attempts[0].endpoint.tag) }
    #expect(others == ["a", "b", "c"])
  }

  @Test("A session id sticks anywhere and wins over other keys; an explicit order does not stick at all")
  func sessions() throws {
    let world = World(Offer("a", "1"), Offer("b", "1"))
    let request = try world.request()
    #expect(try world.plan(request, opening: { 7 }).stickyKey(for: world.endpoint("a")) == nil)
    request.conversation.promptCacheKey = "k"
    request.conversation.sessionID = "s"
    let key = try #require(try world.plan(request).stickyKey(for: world.endpoint("a")))
    #expect(key.isExplicit)
    request.conversation.promptCacheKey = "another"
    #expect(try world.plan(request).stickyKey(for: world.endpoint("a")) == key)
    request.conversation.scope = "somebody else"
    #expect(try world.plan(request).stickyKey(for: world.endpoint("a")) != key)
    request.preferences = try world.request(["m/one"], #"{"order":["b"]}"#).preferences
    #expect(try world.plan(request).stickyKey(for: world.endpoint("a")) == nil)
  }

  @Test("The opening is not hashed where there is no choice or nothing to gain")
  func openingIsLazy() throws {
    let single = World(Offer("a", cacheRead: "0.1"))
    let plain = World(Offer("a"), Offer("b"))
    for world in [single, plain] {
      _ = try world.plan(
        world.request(),
        opening: {
          Issue.record("the opening was hashed for nothing")
          return 1
        })
    }
  }

  @Test("Auto Exacto: good endpoints, then unknown ones, then poor ones; an explicit sort switches it off")
  func exacto() throws {
    let tags = ["a", "b", "c", "d", "e"]
    let world = World([("m/one", tags.map { Offer($0, "1", quality: 0.9) })])
    for tag in tags {
      let count = tag == "e" ? 199 : 200
      for index in 0..<count {
        let isSound = tag != "b" || index % 2 == 0
        let report = AttemptReport(
          .success, firstTokenMilliseconds: 100, outputTokens: 100, generationMilliseconds: tag == "c" ? 20_000 : 2000,
          isStream: true, toolCalls: isSound ? .sound : .unsound)
        world.attempt(tag, report)
      }
    }
    for _ in 0..<20 {
      let plan = try world.plan(world.request(tools: true)).attempts
      #expect(Set(plan[..<2].map(\.endpoint.tag)) == ["a", "d"])
      #expect(plan[2].endpoint.tag == "e")
      #expect(Set(plan[3...].map(\.endpoint.tag)) == ["b", "c"])
    }
    let sorted = try world.plan(world.request(["m/one"], #"{"sort":"price"}"#, tools: true)).attempts
    #expect(sorted.map(\.endpoint.tag) == tags)
    #expect(try world.plan(world.request(["m/one:exacto"])).attempts[2].endpoint.tag == "e")
  }

  @Test("Stacked suffixes: of :floor and :nitro the last one counts; :online is refused while there is no web search")
  func suffixes() throws {
    let world = World(Offer("a", "1"), Offer("b", "2"))
    world.streams("a", 10, firstToken: 1, tokensPerSecond: 10)
    world.streams("b", 10, firstToken: 1, tokensPerSecond: 90)
    #expect(try world.tags(world.request(["m/one:floor:nitro"])) == ["b", "a"])
    #expect(try world.tags(world.request(["m/one:nitro:floor"])) == ["a", "b"])
    #expect(try Set(world.tags(world.request(["m/one:beta:thinking:extended"]))) == ["a", "b"])
    let error = #expect(throws: GatewayError.self) { try world.plan(world.request(["m/one:online"])) }
    #expect(error?.kind == .invalidRequest)
  }

  @Test("Lengths: endpoints that are too short for the prompt or the answer are left out")
  func lengths() throws {
    let world = World(Offer("a", context: 1000), Offer("b", context: 100_000, maxTokens: 500), Offer("c"))
    func tags(_ prompt: Int, _ most: Int?) throws -> Set<String> {
      let request = try world.request()
      request.needs.promptTokens = prompt
      request.needs.maxTokens = most
      return Set(try world.tags(request))
    }
    #expect(try tags(0, nil) == ["a", "b", "c"])
    #expect(try tags(1000, nil) == ["a", "b", "c"])
    #expect(try tags(1001, nil) == ["b", "c"])
    #expect(try tags(600, 500) == ["b", "c"])
    #expect(try tags(10, 501) == ["a", "c"])
    #expect(try tags(.max, .max) == ["c"])
    let short = World(Offer("a", context: 1000), Offer("b", context: 2000))
    let request = try short.request()
    request.needs.promptTokens = 9000
    for (least, expected) in [(100, ["a", "b"]), (1500, ["b"])] {
      let plan = try Planner.plan(request, catalog: short.catalog, leastTokens: { least })
      #expect(Set(plan.attempts.map(\.endpoint.tag)) == Set(expected))
    }
    #expect(throws: GatewayError.self) {
      try Planner.plan(request, catalog: short.catalog, leastTokens: { 2001 })
    }
    let text = Array("{\"a\": \"one  two\\nthree\"}".utf8)
    #expect(text.withUnsafeBytes { PromptLength.least($0) } == 3)
  }

  @Test("response_format and verbosity keep to endpoints that declare them, as long as there are any")
  func softFilter() throws {
    let world = World(Offer("a", parameters: ["verbosity"]), Offer("b", parameters: []), Offer("c"))
    let request = try world.request()
    request.needs.parameters = ["verbosity"]
    #expect(try Set(world.tags(request)) == ["a", "c"])
    let none = World(Offer("a", parameters: []), Offer("b", parameters: []))
    #expect(try Set(none.tags(request)) == ["a", "b"])
  }
}
