import Configuration
import Core
import Planning
import Testing

/// What is known of endpoints, and what follows from it.
@Suite("Health")
struct HealthTests {
  private typealias Offer = World.Offer
  private static let failure = AttemptReport(.failure(.provider))
  private static let success = AttemptReport(.success)

  private enum Answer: Equatable { case granted, open, limited, overloaded, probing }

  /// What `permit` says; a granted ticket is given back as neutral.
  private func answer(_ world: World, _ tag: String = "a", table: HealthTable? = nil) -> Answer {
    let table = table ?? world.health
    switch table.permit(world.endpoint(tag), now: world.now) {
    case .granted(let ticket):
      table.finish(ticket, AttemptReport(.neutral), now: world.now)
      return .granted
    case .circuitOpen: return .open
    case .rateLimited: return .limited
    case .overloaded: return .overloaded
    case .probing: return .probing
    }
  }

  @Test("Five failures in a row open a circuit; a success in between begins anew")
  func inRow() {
    let world = World(Offer("a"))
    // Enough successes that the rate stays low.
    for _ in 0..<50 { world.attempt("a", Self.success) }
    for _ in 0..<4 { world.attempt("a", Self.failure) }
    world.attempt("a", Self.success)
    for _ in 0..<4 { world.attempt("a", Self.failure) }
    #expect(answer(world) == .granted)
    world.attempt("a", Self.failure)
    #expect(answer(world) == .open)
  }

  @Test("Half of ten attempts open a circuit, half of nine do not")
  func rate() {
    let world = World(Offer("a"))
    for index in 0..<9 { world.attempt("a", index % 2 == 0 ? Self.failure : Self.success) }
    #expect(answer(world) == .granted)
    world.attempt("a", Self.failure)
    #expect(answer(world) == .open)
  }

  @Test(
    "Only failures of the provider count",
    arguments: FailureClass.allCases)
  func classes(_ failure: FailureClass) {
    let world = World(Offer("a"))
    for _ in 0..<20 {
      world.pass(seconds: 1.01)
      world.attempt("a", AttemptReport(.failure(failure)))
    }
    world.pass(seconds: 1.01)
    #expect((answer(world) == .open) == failure.countsAgainstProvider)
    let view = world.health.view(world.endpoint("a"), now: world.now)
    #expect(view.isInOutage == failure.countsAgainstProvider)
    #expect((view.uptime5m == 0) == failure.countsAgainstProvider)
    #expect(view.refusesCredentials == (failure == .credentials))
  }

  @Test("An open circuit lets one probe through within 10 s, and only one over all loops")
  func probes() throws {
    let world = World(Offer("a"))
    let other = HealthTable(circuits: world.board, settings: RoutingSettings())
    other.adopt(world.catalog)
    for _ in 0..<5 { world.attempt("a", Self.failure) }
    #expect(answer(world) == .open && answer(world, table: other) == .open)
    world.pass(seconds: 9.9)
    let probe = try #require(world.ticket("a", table: other))
    #expect(probe.isProbe)
    #expect(answer(world) == .probing && answer(world, table: other) == .probing)
    other.finish(probe, Self.failure, now: world.now)
    #expect(answer(world) == .open)
    world.pass(seconds: 9.9)
    let second = try #require(world.ticket("a"))
    world.health.finish(second, Self.success, now: world.now)
    #expect(answer(world) == .granted && answer(world, table: other) == .granted)
    #expect(world.health.view(world.endpoint("a"), now: world.now).circuit == .closed)
    // What happened before the circuit closed does not open it again.
    for table in [world.health, other] {
      for _ in 0..<4 { world.attempt("a", Self.failure, table: table) }
      world.attempt("a", Self.success, table: table)
    }
    #expect(answer(world) == .granted)
  }

  @Test("A probe that never reports is freed by its deadline; one that says nothing frees it at once")
  func lostProbes() throws {
    let world = World(Offer("a"))
    for _ in 0..<5 { world.attempt("a", Self.failure) }
    world.pass(seconds: 10)
    let lost = try #require(world.ticket("a"))
    #expect(answer(world) == .probing)
    world.pass(seconds: 31)
    let second = try #require(world.ticket("a"))
    // The late end of the first one must not free the second one's slot.
    world.health.finish(lost, AttemptReport(.neutral), now: world.now)
    #expect(answer(world) == .probing)
    world.health.finish(second, AttemptReport(.neutral), now: world.now)
    #expect(world.ticket("a")?.isProbe == true)
  }

  @Test("An endpoint that waits for its probe keeps its place in the plan, or nobody would try it")
  func probeReady() throws {
    let world = World(Offer("a", "0.0001"), Offer("b", "1"))
    for _ in 0..<5 { world.attempt("a", Self.failure) }
    #expect(try world.tags(world.request()) == ["b", "a"])
    world.pass(seconds: 9.9)
    #expect(try world.tags(world.request()) == ["a", "b"])
    let probe = try #require(world.ticket("a"))
    #expect(try world.tags(world.request()) == ["b", "a"])
    world.health.finish(probe, Self.success, now: world.now)
    // Closed, but its failures are still less than 30 s old.
    #expect(try world.tags(world.request()) == ["b", "a"])
    world.pass(seconds: 25)
    #expect(try world.tags(world.request()) == ["a", "b"])
  }

  @Test(
    "Retry-After is kept to, up to an hour; a 429 without one costs a second",
    arguments: [(7, 6.9, 7.1), (0, nil, 0.01), (1_000_000, 3599, 3601), (nil, 0.9, 1.1)] as [(Int?, Double?, Double)])
  func limits(_ row: (retryAfter: Int?, still: Double?, over: Double)) {
    let world = World(Offer("a"))
    world.attempt("a", AttemptReport(.failure(.rateLimited), retryAfterSeconds: row.retryAfter))
    if let still = row.still {
      world.pass(seconds: still)
      #expect(answer(world) == .limited)
      world.pass(seconds: row.over - still)
    } else {
      world.pass(seconds: row.over)
    }
    #expect(answer(world) == .granted)
  }

  @Test("An overloaded provider that names a time is left alone until then, and the reason is kept")
  func overloadedUntil() {
    let world = World(Offer("a"), Offer("b"))
    world.attempt("a", AttemptReport(.failure(.overloaded), retryAfterSeconds: 5))
    #expect(answer(world) == .overloaded)
    // The longer of two times counts, with its own reason.
    let ticket = world.ticket("b")
    world.attempt("b", AttemptReport(.failure(.overloaded), retryAfterSeconds: 2))
    ticket.map { world.health.finish($0, AttemptReport(.failure(.rateLimited), retryAfterSeconds: 4), now: world.now) }
    #expect(answer(world, "b") == .limited)
    world.pass(seconds: 5.1)
    #expect(answer(world) == .granted)
  }

  @Test("An endpoint that becomes twenty times slower is left within 5 s, and the first token need not have come")
  func slow() throws {
    let world = World(Offer("a", "0.0001"), Offer("b", "1"))
    for _ in 0..<100 {
      world.streams("a", 1, firstToken: 300)
      world.pass(seconds: 0.2)
    }
    world.pass(seconds: 6)
    let start = world.now
    var tickets: [AttemptTicket] = []
    while try world.tags(world.request())[0] == "a", world.now.milliseconds(since: start) < 10_000 {
      tickets.append(try #require(world.ticket("a", isStream: true)))
      world.pass(seconds: 0.2)
    }
    #expect(world.now.milliseconds(since: start) < 5000)
    for ticket in tickets { world.health.finish(ticket, AttemptReport(.neutral), now: world.now) }
    world.pass(seconds: 29)
    #expect(try world.tags(world.request())[0] == "b")
    world.pass(seconds: 2)
    #expect(try world.tags(world.request())[0] == "a")
    // Still slow: the samples of the first time have not made that ordinary.
    world.streams("a", 3, firstToken: 6000)
    world.pass(seconds: 0.3)
    #expect(try world.tags(world.request())[0] == "b")
  }

  @Test(
    "An endpoint that becomes slow in the middle of steady traffic is left within 5 s, however dense the traffic is",
    arguments: [0.05, 0.25, 1])
  func steady(_ interval: Double) throws {
    let world = World(Offer("a", "0.0001"), Offer("b", "1"))
    for _ in 0..<Int(30 / interval) {
      #expect(try world.tags(world.request())[0] == "a")
      world.streams("a", 1, firstToken: 100)
      world.pass(seconds: interval)
    }
    // From now on nobody who asks is answered.
    let start = world.now
    while try world.tags(world.request())[0] == "a", world.now.milliseconds(since: start) < 10_000 {
      _ = try #require(world.ticket("a", isStream: true))
      world.pass(seconds: interval)
    }
    #expect(world.now.milliseconds(since: start) < 5000)
  }

  @Test("One or two slow answers among quick ones are no outage, nor is anything below a second")
  func notSlow() throws {
    let world = World(Offer("a", "0.0001"), Offer("b", "1"))
    for _ in 0..<50 {
      world.streams("a", 1, firstToken: 30)
      world.pass(seconds: 0.2)
    }
    world.pass(seconds: 6)
    world.streams("a", 20, firstToken: 900)
    #expect(try world.tags(world.request())[0] == "a")
    world.streams("a", 2, firstToken: 60_000)
    world.pass(seconds: 0.3)
    #expect(try world.tags(world.request())[0] == "a")
  }

  @Test("Uptime over 5 minutes, 30 minutes and a day forgets what is older")
  func uptime() throws {
    let world = World(Offer("a"))
    func view() -> EndpointHealthView { world.health.view(world.endpoint("a"), now: world.now) }
    #expect(view().uptime1d == nil)
    for _ in 0..<3 { world.attempt("a", Self.success) }
    world.attempt("a", Self.failure)
    #expect(view().uptime5m == 75 && view().uptime30m == 75 && view().uptime1d == 75)
    world.pass(seconds: 310)
    #expect(view().uptime5m == nil && view().uptime30m == 75 && view().uptime1d == 75)
    world.pass(seconds: 1600)
    #expect(view().uptime30m == nil && view().uptime1d == 75)
    world.pass(seconds: 86_400)
    #expect(view().uptime1d == nil)
    #expect(view().totals.succeeded == 3 && view().totals[.provider] == 1)
  }

  @Test("Attempts under way are counted until they end")
  func inFlight() throws {
    let world = World(Offer("a"))
    let tickets = try (0..<3).map { _ in try #require(world.ticket("a", isStream: true)) }
    #expect(world.health.view(world.endpoint("a"), now: world.now).inFlight == 3)
    // In another order than they began, with and without a first token.
    world.health.firstToken(tickets[1], now: world.now)
    for index in [1, 0, 2] { world.health.finish(tickets[index], Self.success, now: world.now) }
    #expect(world.health.view(world.endpoint("a"), now: world.now).inFlight == 0)
  }

  @Test("A first token counts when it comes, and once")
  func firstTokens() throws {
    let world = World(Offer("a"))
    for _ in 0..<5 {
      let ticket = try #require(world.ticket("a", isStream: true))
      world.pass(seconds: 0.2)
      world.health.firstToken(ticket, now: world.now)
      world.health.firstToken(ticket, now: world.now)
      #expect(world.health.view(world.endpoint("a"), now: world.now).uptime5m == nil)
      let report = AttemptReport(.neutral, firstTokenMilliseconds: 9999, isStream: true)
      world.health.finish(ticket, report, now: world.now)
    }
    let time = try #require(world.health.measured(world.endpoint("a"), now: world.now).firstToken)
    #expect(abs(time.p50 - 200) < 20 && abs(time.p99 - 200) < 20)
  }

  @Test("Whole answers give no samples of latency and speed")
  func wholeAnswers() {
    let world = World(Offer("a"))
    for _ in 0..<10 {
      world.attempt("a", AttemptReport(.success, outputTokens: 100, generationMilliseconds: 1000))
    }
    let measured = world.health.measured(world.endpoint("a"), now: world.now)
    #expect(measured.firstToken == nil && measured.throughput == nil)
  }

  @Test("Loops add what the others tell, and what a loop says replaces what it said before")
  func loops() throws {
    let world = World(Offer("a", "0.0001"), Offer("b", "1"))
    let other = HealthTable(circuits: world.board, settings: RoutingSettings())
    other.adopt(world.catalog)
    for _ in 0..<3 { world.attempt("a", Self.success) }
    for _ in 0..<4 {
      let report = AttemptReport(.success, firstTokenMilliseconds: 100, isStream: true)
      world.attempt("a", report, table: other)
      world.attempt("a", report)
    }
    world.attempt("a", Self.failure, table: other)
    #expect(try world.tags(world.request())[0] == "a")
    for _ in 0..<2 { world.health.absorb(other.summary(now: world.now), from: 1) }
    let view = world.health.view(world.endpoint("a"), now: world.now)
    #expect(view.totals.succeeded == 11 && view.totals[.provider] == 1)
    #expect(view.firstTokenMilliseconds != nil, "four and four samples are enough")
    #expect(try world.tags(world.request())[0] == "a")
    world.attempt("a", Self.failure, table: other)
    world.health.absorb(other.summary(now: world.now), from: 1)
    // Two failures of thirteen are more than a tenth.
    #expect(try world.tags(world.request())[0] == "b")
  }

  @Test("A reload keeps what is known of endpoints that stay, and tickets of the old catalogue still count")
  func reload() throws {
    let world = World(Offer("a"), Offer("b"))
    world.attempt("a", Self.failure)
    let ticket = try #require(world.ticket("a"))
    let renewed = World.catalog([("m/new", [Offer("z")]), ("m/one", [Offer("b", "7"), Offer("a", "9")])])
    world.health.adopt(renewed)
    let endpoint = try #require(renewed.endpoints.first { $0.tag == "a" })
    #expect(world.health.view(endpoint, now: world.now).totals[.provider] == 1)
    #expect(world.health.view(endpoint, now: world.now).inFlight == 1)
    world.health.finish(ticket, Self.failure, now: world.now)
    let view = world.health.view(endpoint, now: world.now)
    #expect(view.totals[.provider] == 2 && view.inFlight == 0)
  }

  @Test(
    "Errors of attempts fall into their class",
    arguments: [
      (ErrorKind.providerFailed, 500, FailureClass.provider), (.providerFailed, 401, .credentials),
      (.providerFailed, 402, .credentials), (.providerFailed, 403, .credentials),
      (.providerOverloaded, 529, .overloaded),
      (.timedOut, 504, .timeout), (.rateLimited, 429, .rateLimited), (.providerRejected, 400, .callerFault),
      (.contextLengthExceeded, 400, .callerFault), (.moderated, 403, .callerFault), (.providerFailed, nil, .provider),
    ] as [(ErrorKind, Int64?, FailureClass)])
  func errors(_ row: (kind: ErrorKind, status: Int64?, failure: FailureClass)) {
    let metadata = row.status.map { [MetadataField("provider_status", .integer($0))] } ?? []
    #expect(FailureClass(GatewayError(row.kind, "", origin: .upstream, metadata: metadata)) == row.failure)
    #expect(FailureClass(GatewayError(row.kind, "", origin: .gateway, metadata: metadata)) == .callerFault)
  }
}

/// How many extra attempts there may be.
@Suite("Retry budget")
struct RetryBudgetTests {
  @Test(
    "Extra attempts are at most the percentage of the last 10 s, and never fewer than the floor on however many loops")
  func budget() {
    let world = World(World.Offer("a"))
    let model = world.catalog.models[0]
    let settings = RetrySettings(budgetPercent: 20, budgetFloor: 5)
    let shared = RetryFloor()
    let budget = RetryBudget(settings, shared: shared)
    let others = (0..<15).map { _ in RetryBudget(settings, shared: shared) }
    func extras(_ budget: RetryBudget) -> Int {
      var count = 0
      while count < 1000, budget.takeExtra(model, now: world.now) { count += 1 }
      return count
    }
    #expect(extras(budget) == 5)
    #expect(others.allSatisfy { extras($0) == 0 }, "the floor is there once for all loops")
    for _ in 0..<100 { budget.noteRequest(model, now: world.now) }
    #expect(extras(budget) == 15)
    #expect(others.allSatisfy { extras($0) == 0 })
    world.pass(seconds: 10)
    #expect(extras(others[7]) == 5, "what is older than 10 s is forgotten")
  }

  @Test("Models have budgets of their own")
  func perModel() {
    let world = World([("m/one", [World.Offer("a")]), ("m/two", [World.Offer("b")])])
    let budget = RetryBudget(RetrySettings(budgetPercent: 0, budgetFloor: 1), shared: RetryFloor())
    #expect(budget.takeExtra(world.catalog.models[0], now: world.now))
    #expect(!budget.takeExtra(world.catalog.models[0], now: world.now))
    #expect(budget.takeExtra(world.catalog.models[1], now: world.now))
  }
}

/// What is remembered of conversations.
@Suite("Sticky table")
struct StickyTableTests {
  @Test("The table never holds more than its capacity")
  func bounded() throws {
    let world = World(World.Offer("a", cacheRead: "0.1"), World.Offer("b"))
    let table = StickyTable(capacity: 160)
    for seed in 0..<2000 as Range<UInt64> {
      let context = PlanningContext(sticky: table, now: world.now)
      let plan = try Planner.plan(world.request(), catalog: world.catalog, context: context, opening: { seed })
      table.remember(try #require(plan.stickyKey(for: world.endpoint("a"))), world.endpoint("a"), now: world.now)
      #expect(table.count <= 160)
    }
    #expect(table.count > 80)
  }
}
