import Core
import EventLoop
import HTTPServer
import Ledger

/// The books of one loop. Openings and endings of a turn are written with one call at its end: before it no call is
/// dispatched whose opening is among them, and no last byte leaves of an answer whose ending is. Belongs to its loop.
final class LoopBooks {
  /// The end of a request, on its way into the journal.
  struct Closing {
    /// What is held for it.
    let hold: Hold
    /// What it costs.
    let cost: Money
    /// Tokens it used.
    let tokens: Int64
    /// What it costs when its ending cannot be written.
    let costIfUnknown: Money
    /// Whether its opening is in the journal already.
    let isOpened: Bool
    /// The answer's last bytes; nil when nobody is there to read them.
    let response: UnsentResponse?
  }

  private let loop: EventLoop
  private let journal: Journal
  private let sync: JournalSync?
  private let log: Log
  private var opened: [InferenceCall] = []
  private var closed: [Closing] = []
  /// Those being written; empty otherwise.
  private var openedBefore: [InferenceCall] = []
  private var closedBefore: [Closing] = []
  private var isQueued = false
  private var isWriting = false
  private var isFailing = false
  private var hasReportedRotation = false

  /// What a flush to the disk is awaited for.
  ///
  /// `@unchecked Sendable`: carried through another queue and used on its loop only.
  private final class Batch: @unchecked Sendable {
    let books: LoopBooks
    let opened: [InferenceCall]
    let closed: [Closing]

    init(_ books: LoopBooks, _ opened: [InferenceCall], _ closed: [Closing]) {
      self.books = books
      self.opened = opened
      self.closed = closed
    }
  }

  /// Begins the loop's journal. Throws `SystemFailure`.
  init(_ loop: EventLoop, _ books: GatewayBooks, log: Log) throws {
    self.loop = loop
    self.log = log
    sync = books.sync
    journal = try books.begin(loop: loop.index)
  }

  /// Takes the opening of a request, whose call is added next. Throws 503 when there is no room for it.
  func stage(_ opening: borrowing Opening) throws(GatewayError) {
    do throws(SystemFailure) {
      try journal.stage(opening)
    } catch {
      report(error)
      throw LoopBooks.refusal(error)
    }
    if let failure = journal.rotationFailure { reportRotation(failure) }
  }

  /// Adds the call whose opening was staged last: it begins once that is written.
  func add(_ call: InferenceCall) {
    opened.append(call)
    queue()
  }

  /// Writes the end of a request, before its answer's last bytes are handed to the exchange.
  func close(_ id: String, _ ending: borrowing EndingDraft, _ closing: Closing) {
    journal.stage(ending, of: id)
    closed.append(closing)
    if sync != nil { closing.response?.keepBack() }
    queue()
  }

  /// Writes what is staged now instead of at the end of the turn.
  func writeNow() { write() }

  /// Gives unused space back, at the end of the run.
  func end() {
    write()
    journal.close()
  }

  private func queue() {
    if isQueued { return }
    if loop.beforeEndOfTurn(self) { isQueued = true } else { write() }
  }

  private func write() {
    // What begins may end at once, and is written in another round, before its bytes leave.
    if isWriting { return }
    isWriting = true
    while !opened.isEmpty || !closed.isEmpty { writeOnce() }
    isWriting = false
  }

  private func writeOnce() {
    // Two pairs of lists that change places keep their memory.
    swap(&opened, &openedBefore)
    swap(&closed, &closedBefore)
    defer {
      openedBefore.removeAll(keepingCapacity: true)
      closedBefore.removeAll(keepingCapacity: true)
    }
    do throws(SystemFailure) {
      try journal.flush()
    } catch {
      return failed(error, openedBefore, closedBefore)
    }
    isFailing = false
    for call in openedBefore { call.isOpened = true }
    guard let sync else { return written(openedBefore, closedBefore) }
    let waiting = Batch(self, openedBefore, closedBefore)
    sync.request(journal.descriptor) { [loop] failure in
      loop.execute {
        if let failure { return waiting.books.notFlushed(failure, waiting) }
        waiting.books.written(waiting.opened, waiting.closed)
        for closing in waiting.closed { closing.response?.letGo() }
      }
    }
  }

  private var time: AdmissionTime { .current(loop.now) }

  private func written(_ opened: [InferenceCall], _ closed: [Closing]) {
    if !closed.isEmpty {
      let time = time
      for closing in closed { closing.hold.settle(cost: closing.cost, tokens: closing.tokens, time: time) }
    }
    for call in opened { call.begin() }
  }

  /// Nothing of the turn was written: what it opened is refused, what it closed is not finished.
  private func failed(_ failure: SystemFailure, _ opened: [InferenceCall], _ closed: [Closing]) {
    report(failure)
    for closing in closed {
      closing.response?.retract()
      if closing.isOpened { journal.abandon() }
      closing.hold.settle(
        cost: closing.isOpened ? closing.costIfUnknown : .zero, tokens: closing.tokens, time: time)
    }
    for call in opened { call.refuse(LoopBooks.refusal(failure)) }
  }

  /// It was written but may not survive a power cut: what it opened is not dispatched, what it closed is not finished.
  private func notFlushed(_ failure: SystemFailure, _ batch: Batch) {
    report(failure)
    // What the system could not flush it does not try again, and a reader stops there.
    journal.beginNewFile()
    for closing in batch.closed {
      closing.response?.retract()
      closing.hold.settle(cost: closing.cost, tokens: closing.tokens, time: time)
    }
    for call in batch.opened { call.end(LoopBooks.refusal(failure)) }
  }

  /// No new file could be begun: the old one goes on, and grows. Said once.
  private func reportRotation(_ failure: SystemFailure) {
    if hasReportedRotation { return }
    hasReportedRotation = true
    log.write(.warning, "a journal cannot go on in a new file", [("reason", "\(failure)")])
  }

  private func report(_ failure: SystemFailure) {
    if isFailing { return }
    isFailing = true
    log.write(.error, "the journal cannot be written; requests are refused until it can", [("reason", "\(failure)")])
  }

  private static func refusal(_ failure: SystemFailure) -> GatewayError {
    GatewayError(
      .unavailable, "The request was not sent: the books cannot be written (\(SystemFailure.text(failure.code))).",
      origin: .gateway, resend: .safe, retryAfterSeconds: 5, context: "\(failure)")
  }
}

extension LoopBooks: EndOfTurnHandler {
  /// Writes what the turn has opened and closed.
  func endOfTurn() {
    isQueued = false
    write()
  }
}
