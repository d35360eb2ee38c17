import Catalog
import Configuration
import Core
import Planning
import Testing

/// Many requests against providers that follow a script, on a clock of their own: plans, health, retry budget and the
/// sequence of attempts together, without a socket.
@Suite("Simulation")
struct SimulationTests {
  private typealias Offer = World.Offer

  /// How a provider behaves at an instant.
  private struct Behaviour {
    var failing = 0.0
    var firstToken = 300.0
    var tokensPerSecond = 60.0
  }

  /// A gateway of one loop with scripted providers.
  private final class Simulation {
    let world: World
    let budget = RetryBudget(RetrySettings(), shared: RetryFloor())
    let start: MonotonicTime
    private let model: CatalogModel
    private let script: (String, Double) -> Behaviour
    private var random = SplitMix(state: 7)
    private(set) var requests = 0
    private(set) var succeeded = 0
    private(set) var attempts: [String: Int] = [:]
    private(set) var attemptTimes: [(tag: String, second: Double)] = []
    /// Streams under way, by the time of their first token.
    private var running: [(at: Int64, ticket: AttemptTicket, behaviour: Behaviour)] = []
    /// Requests that wait before another attempt.
    private var waiting: [(until: MonotonicTime, index: Int, call: Call)] = []

    /// A request on its way.
    private final class Call {
      let plan: Plan
      var sequence: AttemptSequence
      var ticket: AttemptTicket?
      /// Who answered.
      var answer: String?

      init(_ plan: Plan) {
        self.plan = plan
        sequence = AttemptSequence(plan.attempts, rules: RetrySettings())
      }
    }

    init(_ world: World, script: @escaping (String, Double) -> Behaviour) {
      self.world = world
      self.script = script
      start = world.now
      model = world.catalog.models[0]
    }

    var attemptCount: Int { attempts.values.reduce(0, +) }
    var amplification: Double { Double(attemptCount) / Double(requests) }
    var elapsed: Double { Double(world.now.nanoseconds - start.nanoseconds) / 1e9 }

    /// Serves one request; streams end and waiting requests go on in the background while `pace` seconds pass. Returns who
    /// answered, if somebody did at once.
    func serve(_ request: RoutingRequest, pace: Double) throws -> String? {
      requests += 1
      let call = Call(try world.plan(request))
      follow(call, call.sequence.first(now: world.now, admit: admit(call)))
      world.pass(seconds: pace)
      finishStreams()
      resumeCalls()
      return call.answer
    }

    private func admit(_ call: Call) -> AttemptSequence.Admit {
      { [self] index, isExtra in
        let attempt = call.plan.attempts[index]
        if isExtra, !budget.takeExtra(attempt.model, now: world.now) { return .overBudget }
        switch world.health.permit(attempt.endpoint, now: world.now, isStream: true) {
        case .granted(let ticket):
          call.ticket = ticket
          if !isExtra { budget.noteRequest(attempt.model, now: world.now) }
          return .granted
        case .rateLimited(let until): return .rateLimited(until: until)
        case .overloaded(let until): return .overloaded(until: until)
        case .circuitOpen(let until), .probing(let until): return .circuitOpen(until: until)
        }
      }
    }

    private func follow(_ call: Call, _ first: AttemptSequence.Step) {
      var step = first
      while true {
        switch step {
        case .giveUp: return
        case .wait(let index, let until): return waiting.append((until, index, call))
        case .attempt(let index):
          if attempt(call.plan.attempts[index].endpoint.tag, call) { return }
          let error = GatewayError(.providerOverloaded, "", origin: .upstream, resend: .safe)
          call.sequence.note(index, error, now: world.now)
          step = call.sequence.next(
            after: index, error, now: world.now, random: random.unit(), admit: admit(call))
        }
      }
    }

    /// Makes one attempt; false when it failed.
    private func attempt(_ tag: String, _ call: Call) -> Bool {
      guard let ticket = call.ticket else { return false }
      call.ticket = nil
      attempts[tag, default: 0] += 1
      attemptTimes.append((tag, elapsed))
      let behaviour = script(tag, elapsed)
      if random.unit() < behaviour.failing {
        world.health.finish(ticket, AttemptReport(.failure(.overloaded)), now: world.now)
        return false
      }
      let spread = 0.8 + 0.4 * random.unit()
      running.append((world.now.nanoseconds + Int64(behaviour.firstToken * spread * 1e6), ticket, behaviour))
      succeeded += 1
      call.answer = tag
      return true
    }

    private func resumeCalls() {
      let due = waiting.filter { $0.until <= world.now }
      if due.isEmpty { return }
      waiting.removeAll { $0.until <= world.now }
      for entry in due {
        follow(entry.call, entry.call.sequence.resume(entry.index, now: world.now, admit: admit(entry.call)))
      }
    }

    private func finishStreams() {
      var left: [(at: Int64, ticket: AttemptTicket, behaviour: Behaviour)] = []
      for stream in running {
        guard stream.at <= world.now.nanoseconds else {
          left.append(stream)
          continue
        }
        let at = MonotonicTime(nanoseconds: stream.at)
        world.health.firstToken(stream.ticket, now: at)
        let speed = stream.behaviour.tokensPerSecond * (0.8 + 0.4 * random.unit())
        world.health.finish(
          stream.ticket,
          AttemptReport(.success, outputTokens: 100, generationMilliseconds: 100_000 / speed, isStream: true), now: at)
      }
      running = left
    }

    func count(_ tag: String, from: Double, to: Double) -> Int {
      attemptTimes.count { $0.tag == tag && $0.second >= from && $0.second < to }
    }
  }

  private struct SplitMix {
    var state: UInt64
    mutating func unit() -> Double {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
    }
  }

  @Test("With one of three providers failing half of the time 99.99 % of 100,000 requests succeed at 1.2 attempts each")
  func oneFails() throws {
    let world = World(Offer("a", "1"), Offer("b", "1.5"), Offer("c", "2"))
    let simulation = Simulation(world) { tag, _ in Behaviour(failing: tag == "a" ? 0.5 : 0) }
    let request = try world.request(isStream: true)
    for _ in 0..<100_000 { _ = try simulation.serve(request, pace: 0.005) }
    #expect(simulation.succeeded >= 99_990)
    #expect(simulation.amplification <= 1.2)
    #expect((simulation.attempts["a"] ?? 0) < 2500, "it is left alone most of the time")
  }

  @Test("When every provider says 503 the attempts stay below 1.2 per request, and few get through at all")
  func storm() throws {
    let world = World(Offer("a"), Offer("b"), Offer("c"))
    let simulation = Simulation(world) { _, _ in Behaviour(failing: 1) }
    let request = try world.request(isStream: true)
    for _ in 0..<20_000 { _ = try simulation.serve(request, pace: 0.005) }
    #expect(simulation.succeeded == 0)
    #expect(simulation.amplification <= 1.2)
    #expect(simulation.attemptCount < 200, "circuits hold nearly all of them back")
  }

  @Test("A provider that slows down twenty times is left within 5 s and comes back when it is quick again")
  func brownOut() throws {
    let world = World(Offer("a", "0.01"), Offer("b", "1"))
    let simulation = Simulation(world) { tag, second in
      Behaviour(firstToken: tag == "a" && second > 60 && second < 200 ? 6000 : 300)
    }
    let request = try world.request(isStream: true)
    for _ in 0..<15_000 { _ = try simulation.serve(request, pace: 0.02) }
    #expect(simulation.count("a", from: 50, to: 60) > 450)
    #expect(simulation.count("a", from: 65, to: 88) == 0)
    #expect(Double(simulation.count("a", from: 65, to: 200)) < 0.2 * 135 * 50, "tried now and then only")
    #expect(simulation.count("a", from: 280, to: 290) > 450)
  }

  @Test("A flapping provider is probed, not hammered")
  func flapping() throws {
    let world = World(Offer("a", "0.01"), Offer("b", "1"))
    let simulation = Simulation(world) { tag, second in
      Behaviour(failing: tag == "a" && Int(second / 20) % 2 == 0 ? 1 : 0)
    }
    let request = try world.request(isStream: true)
    for _ in 0..<20_000 { _ = try simulation.serve(request, pace: 0.01) }
    #expect(simulation.succeeded == 20_000)
    let failed = world.health.view(world.endpoint("a"), now: world.now).totals[.overloaded]
    // Five bad phases at 100 requests a second: what was on its way when one began, five failures, two or three probes.
    #expect(failed < 250, "\(failed) of 10,000 requests")
    #expect(simulation.count("a", from: 20, to: 200) > 100, "its good phases are used")
  }

  @Test(
    "Sorts and thresholds choose what an oracle with the true rates chooses in 95 % of the requests after warm-up",
    arguments: [
      (#"{"sort":"latency"}"#, "c"), (#"{"sort":"throughput"}"#, "b"),
      (#"{"preferred_max_latency":0.25,"sort":"price"}"#, "b"),
      (#"{"preferred_min_throughput":70,"preferred_max_latency":{"p90":0.3},"sort":"price"}"#, "b"),
      (#"{"preferred_min_throughput":{"p90":40},"sort":"price"}"#, "b"),
    ])
  func oracle(_ row: (provider: String, best: String)) throws {
    let world = World(Offer("a", "1"), Offer("b", "2"), Offer("c", "3"))
    let truth = [
      "a": Behaviour(firstToken: 400, tokensPerSecond: 30), "b": Behaviour(firstToken: 200, tokensPerSecond: 90),
      "c": Behaviour(firstToken: 120, tokensPerSecond: 50),
    ]
    let simulation = Simulation(world) { tag, _ in truth[tag] ?? Behaviour() }
    let request = try world.request(["m/one"], row.provider, isStream: true)
    for _ in 0..<2000 { _ = try simulation.serve(request, pace: 0.05) }
    var right = 0
    for _ in 0..<10_000 where try simulation.serve(request, pace: 0.05) == row.best { right += 1 }
    #expect(right >= 9500, "\(right)")
  }
}
