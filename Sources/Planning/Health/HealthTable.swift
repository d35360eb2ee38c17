import Catalog
import Configuration
import Core

/// How well every endpoint works. One per loop, used on its loop only, without locks; what the other loops measured comes
/// as summaries about once a second, and circuits are shared through the board.
package final class HealthTable {
  /// Longest `Retry-After` of a provider that is believed. Unit: seconds. Longer ones are errors or mean that somebody
  /// must act; until then one request an hour finds out.
  private static let longestLimit = 3600
  /// How long a provider that says 429 without a time is left alone. Unit: milliseconds.
  private static let unspecifiedLimit: Int64 = 1000
  /// How long a provider that refused our credentials is tried last. Unit: nanoseconds.
  private static let refusalTime: Int64 = 60_000_000_000

  private let board: CircuitBoard
  /// How far back failures count. Unit: seconds.
  package private(set) var outageSeconds: Int
  /// By the endpoint's index in the current snapshot.
  private var entries: ContiguousArray<EndpointHealth> = []
  /// Everything ever known, by identity.
  private var known: [String: EndpointHealth] = [:]
  /// Tiers by the model's id.
  var qualities: [String: Qualities] = [:]
  /// The latest summary of each other loop.
  private var others: [Int: HealthSummary] = [:]

  /// A table without any knowledge.
  package init(circuits board: CircuitBoard, settings: RoutingSettings) {
    self.board = board
    outageSeconds = settings.outageSeconds
  }

  /// Takes a new catalogue. What is known is kept for endpoints with the same provider, tag and model; what is known
  /// about others is forgotten, except as far as attempts still run there.
  package func adopt(_ catalog: CatalogSnapshot, settings: RoutingSettings? = nil) {
    if let settings, settings.outageSeconds != outageSeconds {
      outageSeconds = settings.outageSeconds
      known = [:]
    }
    var next: [String: EndpointHealth] = [:]
    next.reserveCapacity(catalog.endpoints.count)
    entries = ContiguousArray(
      catalog.endpoints.map { endpoint in
        let health = known[endpoint.identity] ?? make(endpoint)
        health.endpoint = endpoint
        next[endpoint.identity] = health
        return health
      })
    known = next
    qualities = [:]
    mergeOthers()
  }

  private func make(_ endpoint: CatalogEndpoint) -> EndpointHealth {
    EndpointHealth(
      endpoint, cell: board.cell(endpoint), providerCell: board.providerCell(endpoint.provider.slug),
      outageSeconds: outageSeconds)
  }

  /// The entry of an endpoint, also of one of an earlier snapshot.
  func entry(_ endpoint: CatalogEndpoint) -> EndpointHealth {
    if endpoint.index < entries.count {
      let entry = entries[endpoint.index]
      if entry.endpoint === endpoint { return entry }
    }
    if let entry = known[endpoint.identity] { return entry }
    let entry = make(endpoint)
    known[endpoint.identity] = entry
    return entry
  }

  // MARK: Attempts

  /// Asks whether an attempt may be made now. A granted ticket must be given to `finish` exactly once.
  package func permit(_ endpoint: CatalogEndpoint, now: MonotonicTime, isStream: Bool = false) -> Permit {
    let entry = entry(endpoint)
    var probeDeadline: Int64?
    if !entry.cell.isQuiet {
      switch entry.cell.state(at: now) {
      case .closed: break
      case .limited(let until, let isOverload):
        let time = MonotonicTime(nanoseconds: until)
        return isOverload ? .overloaded(until: time) : .rateLimited(until: time)
      case .open(let until): return .circuitOpen(until: MonotonicTime(nanoseconds: until))
      case .probing(let until): return .probing(until: MonotonicTime(nanoseconds: until))
      case .probeFree:
        guard let deadline = entry.cell.takeProbe(at: now) else {
          return .probing(until: now.adding(milliseconds: 1000))
        }
        probeDeadline = deadline
      }
    }
    let ticket = AttemptTicket(entry, endpoint, at: now, probeDeadline: probeDeadline)
    entry.inFlight += 1
    if isStream { entry.startWaiting(ticket) }
    return .granted(ticket)
  }

  /// The attempt's request is sent only now: what it waited for before was not the endpoint.
  package func delay(_ ticket: AttemptTicket, until now: MonotonicTime) {
    guard !ticket.hadFirstToken, !ticket.isFinished else { return }
    let isWaiting = ticket.isWaiting
    if isWaiting { ticket.health.stopWaiting(ticket) }
    ticket.startedAt = now
    if isWaiting { ticket.health.startWaiting(ticket) }
  }

  /// Notes the first token of a stream when it comes, which may be long before its end.
  package func firstToken(_ ticket: AttemptTicket, now: MonotonicTime) {
    guard !ticket.hadFirstToken, !ticket.isFinished else { return }
    ticket.hadFirstToken = true
    ticket.health.stopWaiting(ticket)
    let nanoseconds = now.nanoseconds - ticket.startedAt.nanoseconds
    noteFirstToken(ticket.health, Double(nanoseconds) / 1_000_000, now)
    guard let deadline = ticket.probeDeadline else { return }
    // It works again; what becomes of this answer later is a matter of its own.
    ticket.probeDeadline = nil
    ticket.health.cell.noteSuccess()
    ticket.health.cell.close()
    ticket.health.cell.freeProbe(deadline)
  }

  /// Whether an attempt would be granted now, without taking it.
  package func isUsable(_ endpoint: CatalogEndpoint, now: MonotonicTime) -> Bool {
    let cell = entry(endpoint).cell
    if cell.isQuiet { return true }
    switch cell.state(at: now) {
    case .closed, .probeFree: return true
    case .open, .probing, .limited: return false
    }
  }

  /// Notes how an attempt ended; exactly once per ticket.
  package func finish(_ ticket: AttemptTicket, _ report: AttemptReport, now: MonotonicTime) {
    guard !ticket.isFinished else {
      assertionFailure("an attempt ended twice")
      return
    }
    ticket.isFinished = true
    let entry = ticket.health
    entry.inFlight -= 1
    entry.stopWaiting(ticket)
    switch report.result {
    case .success: succeed(ticket, report, now)
    case .failure(let failure): fail(ticket, failure, report, now)
    case .neutral: entry.totals.neutral += 1
    }
    if let deadline = ticket.probeDeadline { entry.cell.freeProbe(deadline) }
  }

  private func succeed(_ ticket: AttemptTicket, _ report: AttemptReport, _ now: MonotonicTime) {
    let entry = ticket.health
    entry.totals.succeeded += 1
    entry.cell.noteSuccess()
    if ticket.isProbe { entry.cell.close() }
    if entry.providerCell.refusedUntil.load(ordering: .relaxed) != 0 {
      entry.providerCell.refusedUntil.store(0, ordering: .relaxed)
    }
    let windows = entry.liveWindows()
    windows.count(succeeded: true, at: now)
    if let verdict = report.toolCalls { windows.toolCalls.add(succeeded: verdict == .sound, at: now) }
    guard report.isStream else { return }
    if !ticket.hadFirstToken, let time = report.firstTokenMilliseconds { noteFirstToken(entry, time, now) }
    if let tokens = report.outputTokens, let time = report.generationMilliseconds, tokens > 0, time > 0 {
      let speed = Double(tokens) * 1000 / time
      windows.throughput.add(speed * EndpointHealth.throughputScale, at: now.nanoseconds)
    }
  }

  private func noteFirstToken(_ entry: EndpointHealth, _ milliseconds: Double, _ now: MonotonicTime) {
    let windows = entry.liveWindows()
    windows.firstToken.add(milliseconds, at: now.nanoseconds)
    windows.recentFirstToken.add(milliseconds, at: now.nanoseconds)
  }

  private func fail(
    _ ticket: AttemptTicket, _ failure: FailureClass, _ report: AttemptReport, _ now: MonotonicTime
  ) {
    let entry = ticket.health
    entry.totals[failure] += 1
    noteLimit(entry, failure, report.retryAfterSeconds, now)
    guard failure.countsAgainstProvider else { return }
    if failure == .credentials {
      entry.providerCell.refusedUntil.store(now.nanoseconds + HealthTable.refusalTime, ordering: .relaxed)
    }
    let windows = entry.liveWindows()
    windows.count(succeeded: false, at: now)
    let inRow = entry.cell.noteFailure()
    if ticket.isProbe {
      entry.cell.open(at: now, afterProbe: true)
    } else if !entry.cell.isOpen, inRow >= CircuitCell.failuresInRow || fails(entry, windows) {
      entry.cell.open(at: now, afterProbe: false)
    }
  }

  /// Whether half of at least ten attempts failed.
  private func fails(_ entry: EndpointHealth, _ windows: HealthWindows) -> Bool {
    var counts = windows.circuit.sum
    if let remote = entry.remote?.figures, remote.generation == windows.generation { counts += remote.circuit }
    return counts.total >= CircuitCell.rateMinimum && counts.failed * 2 >= counts.total
  }

  /// A 429 leaves the endpoint alone until its time; so does an overload that names a time.
  private func noteLimit(
    _ entry: EndpointHealth, _ failure: FailureClass, _ retryAfter: Int?, _ now: MonotonicTime
  ) {
    switch (failure, retryAfter) {
    case (.rateLimited, let seconds?), (.overloaded, let seconds?):
      let bounded = Int64(min(max(0, seconds), HealthTable.longestLimit))
      entry.cell.limit(
        until: now.adding(milliseconds: bounded * 1000).nanoseconds, isOverload: failure == .overloaded)
    case (.rateLimited, nil):
      entry.cell.limit(
        until: now.adding(milliseconds: HealthTable.unspecifiedLimit).nanoseconds, isOverload: false)
    default: break
    }
  }

  // MARK: Other loops

  /// What this loop measured, for the others. To be called about once a second; it also frees what is no longer needed.
  package func summary(now: MonotonicTime) -> HealthSummary {
    var figures: [String: HealthFigures] = [:]
    for (identity, entry) in known where !entry.isUntouched { figures[identity] = entry.figures(at: now) }
    return HealthSummary(figures: figures)
  }

  /// Takes what another loop measured; it replaces what that loop said before.
  package func absorb(_ summary: HealthSummary, from loop: Int) {
    others[loop] = summary
    mergeOthers()
  }

  private func mergeOthers() {
    for (identity, entry) in known {
      var sum: HealthFigures?
      for summary in others.values {
        guard let figures = summary.figures[identity] else { continue }
        if sum == nil { sum = figures } else { sum? += figures }
      }
      entry.remote = sum.map { RemoteHealth($0) }
    }
  }

  // MARK: Views

  /// The health of an endpoint over all loops.
  package func view(_ endpoint: CatalogEndpoint, now: MonotonicTime) -> EndpointHealthView {
    let entry = entry(endpoint)
    var figures = entry.figures(at: now)
    if let remote = entry.remote { figures += remote.figures }
    let state = entry.cell.state(at: now)
    var limited: Int64?
    if case .limited(let until, _) = state { limited = (until - now.nanoseconds) / 1_000_000 }
    return EndpointHealthView(
      inFlight: figures.inFlight, totals: figures.totals, uptime5m: HealthTable.percent(figures.fiveMinutes),
      uptime30m: HealthTable.percent(figures.halfHour), uptime1d: HealthTable.percent(figures.day),
      requests30m: Int(figures.halfHour.total), firstTokenMilliseconds: entry.firstToken(at: now),
      throughput: entry.throughput(at: now), toolCallAnswers: Int(figures.toolCalls.total),
      soundToolCallAnswers: Int(figures.toolCalls.succeeded), circuit: entry.cell.circuit(at: now),
      rateLimitedForMilliseconds: limited, isInOutage: entry.isInOutage(at: now),
      refusesCredentials: entry.providerCell.refusedUntil.load(ordering: .relaxed) > now.nanoseconds)
  }

  /// The health of every endpoint of the current catalogue that was ever used, in the catalogue's order.
  package func used(now: MonotonicTime) -> [(endpoint: CatalogEndpoint, health: EndpointHealthView)] {
    entries.compactMap { entry in
      entry.isUntouched && entry.remote == nil ? nil : (entry.endpoint, view(entry.endpoint, now: now))
    }
  }

  /// Percentiles of an endpoint's first-token time and speed, for deadlines; cheap enough for every request.
  package func measured(
    _ endpoint: CatalogEndpoint, now: MonotonicTime
  ) -> (firstToken: EndpointHealthView.Percentiles?, throughput: EndpointHealthView.Percentiles?) {
    let entry = entry(endpoint)
    return (entry.firstToken(at: now), entry.throughput(at: now))
  }

  private static func percent(_ counts: AttemptCounts) -> Double? {
    counts.total == 0 ? nil : 100 * Double(counts.succeeded) / Double(counts.total)
  }
}
