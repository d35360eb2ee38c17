import Core
import EventLoop
import HTTPServer
import HTTPWire
import Ledger
import Planning
import Translation
import Upstream

/// One request for a model, from its plan to its end: the only loop over attempts is here. Belongs to one loop. The files
/// beside this one hold its rooms, in the order of the request's way: `InferenceCall+Dispatch` (attempts), `+Upstream`
/// (what providers say), `+Relay` (bytes to the caller), `+Hedge` and `+Rescue` (second endpoints), `+Clock` (deadlines).
final class InferenceCall {
  let home: GatewayLoop
  let exchange: Exchange
  let snapshot: GatewaySnapshot
  let caller: Caller
  private let read: ReadRequest
  /// The caller, where it does not speak OpenAI's chat format.
  let translated: TranslatedCaller?
  let plan: Plan
  /// The right to dispatch, and what is written about it.
  let admitted: Admitted
  /// Whether the caller wants to be told how its request was routed.
  let wantsEvidence: Bool
  /// What the caller says about asking a second endpoint; nil: nothing.
  let wantsHedge: Bool?
  let startedAt: MonotonicTime

  /// Which attempt comes next.
  var sequence: AttemptSequence
  /// The attempt under way, or the last one; nil before the first.
  var attempt: AttemptState?
  /// A second attempt that runs until one of the two speaks.
  var rival: AttemptState?
  /// The permit of the attempt that is about to start.
  var granted: AttemptTicket?
  /// An attempt that starts at a time to come.
  var pending: (index: Int, at: MonotonicTime)?
  /// What an answer that breaks off can be finished with.
  var rescue = Rescue()
  /// The request last sent and to which place of the plan, for another attempt there.
  var sent: (index: Int, way: OutgoingRequest.Way, request: OutgoingRequest)?
  /// The request of a caller of OpenAI's format as a conversation; nil until a provider of another format is asked.
  var conversation: Conversation?
  /// What stands at the request's addresses, as far as a provider wanted the bytes.
  var fetched: FetchedMedia?
  /// Room for the request's body; nil for a small one, and when the body is given up.
  var room: BodyRoom?
  /// The request's tools, kept to judge the answer's calls by when the body is given up.
  var tools: [UInt8]?
  /// Attempts that failed, in order.
  var failures: [FailedAttempt] = []
  /// The attempt whose text reached the caller last; nil before any has.
  var speaker: AttemptState?
  /// Whether part of an answer has been sent: from then on only a rescue can follow.
  var hasAnswered = false
  /// When the caller was last sent something.
  var lastSent: MonotonicTime
  var clock: LoopTimer?
  var isOver = false
  /// What of a stream is read for the provider's count after its caller has left; nil: the caller is there.
  var drain: Drain?
  /// What became of the attempts that have ended.
  var attempts: [AttemptNote] = []
  /// Whether the opening is in the journal.
  var isOpened = false
  /// Whether the ending is on its way into the journal.
  var isSettled = false

  /// What is asked.
  var request: OpenAIRequest { _read { yield read.request } }

  /// The identity of the answer, whatever provider gives it.
  var generationID: String { admitted.generationID }

  init(
    _ home: GatewayLoop, _ exchange: Exchange, _ snapshot: GatewaySnapshot, _ caller: Caller, _ read: ReadRequest,
    _ admitted: Admitted, translated: TranslatedCaller?
  ) {
    self.translated = translated
    self.home = home
    self.exchange = exchange
    self.snapshot = snapshot
    self.caller = caller
    self.read = read
    self.admitted = admitted
    plan = admitted.plan
    sequence = AttemptSequence(plan.attempts, rules: snapshot.configuration.routing.retry)
    wantsEvidence = EarlyEvidence.isAsked(exchange.head)
    wantsHedge = InferenceCall.wish("x-patchbay-hedge", exchange.head).map { $0 == "true" }
    startedAt = home.loop.now
    lastSent = startedAt
    if read.request.isStream, snapshot.configuration.routing.streamRescue == .auto, plan.attempts.count > 1 {
      rescue.transcript = StreamTranscript()
    }
  }

  /// The value of a field that few requests carry, in lower case.
  private static func wish(_ name: StaticString, _ head: RequestHead) -> String? {
    head.fields.contains(name) ? head.first(name.description)?.lowercased() : nil
  }

  /// Takes the exchange over, which reports to this call from now on; the attempts begin when the opening is written.
  func open() {
    exchange.observer = self
    GatewayCounters.add(home.shared.counters.underWay)
    home.books.add(self)
  }

  /// The opening could not be written: the caller is told, and nothing was sent anywhere.
  func refuse(_ error: GatewayError) {
    guard !isOver else { return }
    isSettled = true
    admitted.hold.release(time: home.admissionTime)
    exchange.fail(error, fields: generationField)
    conclude(.failed, error)
  }

  /// The opening is written: the first attempt starts.
  func begin() {
    guard !isOver else { return }
    // Invalidated in `conclude`, which every call reaches; a weak reference would slow down every count of it.
    clock = LoopTimer(home.loop) { [unowned self] in checkClock() }
    perform(sequence.first(now: startedAt, random: 1 - home.chance.unit(), admit: admit))
    arm()
  }

  /// Ends the call: nothing is heard or sent any more. Every way out passes here exactly once.
  func conclude(_ outcome: Outcome, _ error: GatewayError?) {
    guard !isOver else { return }
    if !isSettled {
      settle(outcome, status: exchange.hasBegun ? 200 : 0, outcome == .failed ? .nothing : settlementOfParts())
    }
    isOver = true
    if let attempt { giveUp(attempt) }
    if let rival { giveUp(rival) }
    clock?.invalidate()
    exchange.observer = nil
    home.shared.counters.note(outcome)
    log(outcome, error)
    attempt = nil
    rival = nil
    speaker = nil
    home.forget(self)
  }

  private func giveUp(_ attempt: AttemptState) {
    attempt.end()
    report(attempt, .neutral)
  }

  private func log(_ outcome: Outcome, _ error: GatewayError?) {
    let level: LogLevel = error == nil || outcome == .cancelled ? .debug : .warning
    guard home.log.isEnabled(level) else { return }
    var fields = [
      ("generation", generationID), ("request", exchange.requestID), ("key", caller.name),
      ("outcome", outcome.word), ("ms", String(home.loop.now.milliseconds(since: startedAt))),
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
