import Core
import EventLoop
import HTTPServer
import Planning
import Translation
import Upstream

/// One request for a model, from its plan to its end: the only loop over attempts is here. Belongs to one loop. The files
/// beside this one hold its rooms: `InferenceCall+Dispatch` (attempts), `+Relay` (bytes to the caller), `+Clock`
/// (deadlines), each an extension in the order of the request's way.
final class InferenceCall {
  let home: GatewayLoop
  let exchange: Exchange
  let snapshot: GatewaySnapshot
  let caller: Caller
  let request: OpenAIRequest
  let plan: Plan
  /// The identity of the answer, whatever provider gives it.
  let generationID = Identifier.generation()
  let startedAt: MonotonicTime

  /// The attempt under way; nil before the first and after the end.
  var attempt: AttemptState?
  /// Attempts that failed before anything of them reached the caller.
  var failures: [FailedAttempt] = []
  /// Whether part of an answer has been sent: from then on there is no other attempt.
  var hasAnswered = false
  /// When the caller was last sent something.
  var lastSent: MonotonicTime
  var clock: LoopTimer?
  var isOver = false

  init(
    _ home: GatewayLoop, _ exchange: Exchange, _ snapshot: GatewaySnapshot, _ caller: Caller, _ request: OpenAIRequest,
    _ plan: Plan
  ) {
    self.home = home
    self.exchange = exchange
    self.snapshot = snapshot
    self.caller = caller
    self.request = request
    self.plan = plan
    startedAt = home.loop.now
    lastSent = startedAt
  }

  /// Begins: the exchange reports to this call from now on.
  func start() {
    exchange.observer = self
    clock = LoopTimer(home.loop) { [weak self] in self?.checkClock() }
    startAttempt(0)
    checkClock()
  }

  /// Ends the call: nothing is heard or sent any more. Every way out passes here exactly once.
  func conclude(_ outcome: Outcome, _ error: GatewayError?) {
    guard !isOver else { return }
    isOver = true
    attempt?.end()
    clock?.invalidate()
    exchange.observer = nil
    log(outcome, error)
    attempt = nil
    home.forget(self)
  }

  private func log(_ outcome: Outcome, _ error: GatewayError?) {
    let level: LogLevel = error == nil || outcome == .cancelled ? .debug : .warning
    guard home.log.isEnabled(level) else { return }
    var fields = [
      ("generation", generationID), ("request", exchange.requestID), ("key", caller.name),
      ("outcome", outcome.rawValue), ("ms", String(home.loop.now.milliseconds(since: startedAt))),
    ]
    if let attempt { fields.append(("endpoint", attempt.planned.endpoint.tag)) }
    if let error {
      fields.append(("error", error.kind.rawValue))
      fields.append(("message", error.message))
      if let context = error.context { fields.append(("context", context)) }
    }
    home.log.write(level, "answer", fields)
  }
}
