import Configuration
import Core
import JSON
import Planning
import Testing

/// Whatever the catalogue, the preferences and the state of the providers: what a policy excludes is never in a plan.
@Suite("Data policies")
struct PolicyPropertyTests {
  /// Random choices that follow from a seed.
  private struct Choices: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
    mutating func flag() -> Bool { Bool.random(using: &self) }
    mutating func pick<Value>(_ values: [Value]) -> Value { values[Int.random(in: 0..<values.count, using: &self)] }
  }

  private static let tags = ["a", "b", "b/fast", "c/flex", "d/eu", "d/us", "e"]

  private static func world(_ choices: inout Choices) -> World {
    var training: [String: Bool?] = [:]
    for slug in ["a", "b", "c", "d", "e"] { training[slug] = choices.pick([true, false, nil]) }
    let models = ["m/one", "m/two", "m/three"].map { id in
      let offers = tags.filter { _ in choices.flag() }.map { tag in
        World.Offer(
          tag, choices.pick(["0", "1", "3", nil]), cacheRead: choices.pick([nil, "0.1"]),
          training: training[String(tag.prefix(1))] ?? nil, zdr: choices.pick([true, false, nil]))
      }
      return (id: id, offers: offers.isEmpty ? [World.Offer("a")] : offers)
    }
    return World(models)
  }

  private static func preferences(_ choices: inout Choices, zdr: Bool, deny: Bool) -> String {
    var members = ["\"zdr\":\(zdr)", "\"data_collection\":\"\(deny ? "deny" : "allow")\""]
    if choices.flag() { members.append("\"order\":[\"\(choices.pick(tags))\",\"\(choices.pick(tags))\"]") }
    if choices.flag() { members.append("\"sort\":\"\(choices.pick(["price", "latency", "throughput", "exacto"]))\"") }
    if choices.flag() { members.append("\"allow_fallbacks\":\(choices.flag())") }
    if choices.flag() { members.append("\"preferred_max_latency\":0.2") }
    if choices.flag() { members.append("\"only\":[\"\(choices.pick(tags))\",\"\(choices.pick(tags))\"]") }
    return "{" + members.joined(separator: ",") + "}"
  }

  @Test("No plan holds an endpoint that ZDR or data_collection deny excludes, wherever the rule comes from")
  func holds() throws {
    var choices = Choices(state: 20_261_121)
    var planned = 0
    for _ in 0..<400 {
      let world = PolicyPropertyTests.world(&choices)
      for endpoint in world.catalog.endpoints where choices.flag() {
        let results: [AttemptReport.Result] = [
          .success, .failure(.provider), .failure(.rateLimited), .failure(.credentials),
        ]
        for _ in 0..<choices.pick([1, 6]) { world.attempt(endpoint.tag, AttemptReport(choices.pick(results))) }
      }
      world.pass(seconds: choices.pick([0, 6, 20]))
      for _ in 0..<10 {
        let zdr = choices.flag()
        let deny = choices.flag()
        let fromCaller = choices.flag()
        let suffix = choices.pick(["", ":floor", ":nitro", ":exacto", ":free"])
        let request = try world.request(
          ["m/one" + suffix, "m/two", "~m/one-latest"].filter { _ in choices.flag() } + ["m/three"],
          PolicyPropertyTests.preferences(&choices, zdr: zdr && fromCaller, deny: deny && fromCaller),
          tools: choices.flag(), isStream: choices.flag(),
          policy: fromCaller ? .init() : .init(zdr: zdr, deniesCollection: deny),
          tier: choices.pick([nil, "flex", "priority"]))
        request.conversation.sessionID = "s"
        guard let plan = try? world.plan(request) else { continue }
        planned += 1
        for attempt in plan.attempts {
          if zdr { #expect(attempt.endpoint.zdr) }
          if deny { #expect(attempt.endpoint.trainsOnData == false) }
        }
        // What was remembered without a policy must not survive one.
        if let key = plan.stickyKey(for: plan.attempts[0].endpoint) {
          world.sticky.remember(key, choices.pick(world.catalog.endpoints), now: world.now)
        }
      }
    }
    #expect(planned > 500)
  }
}
