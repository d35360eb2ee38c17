import Core
import HTTPWire
import JSON
import Synchronization

/// What the simulator has received and what became of it, from all loops. Bounded: the oldest entries go first.
final class RequestLog: Sendable {
  /// How a request ended.
  enum Outcome: String {
    /// The answer was sent whole, whatever its status.
    case complete
    /// The caller left before the end.
    case aborted
    /// A fault broke the answer off.
    case failed
  }

  /// One request.
  struct Entry {
    /// Its number, from 1.
    var sequence: Int
    /// Its method.
    var method: String
    /// Its target as written.
    var target: String
    /// Its header fields as written.
    var headers: [(name: String, value: String)]
    /// The format it is for.
    var dialect: String
    /// The model as it names it; nil until it was understood, and where there is none.
    var model: String?
    /// Why it was refused by its content; nil when it was not.
    var problem: String?
    /// The status of its answer; nil while it has not ended.
    var status: Int?
    /// Its body, decompressed.
    var body: [UInt8]
    /// When it arrived. Unit: milliseconds since 1970.
    var arrivedAt: Int64
    /// When it arrived, for durations.
    var arrived: MonotonicTime
    /// How it ended; nil while it has not.
    var outcome: Outcome?
    /// Stream events sent.
    var eventsSent = 0
    /// The tokens of its whole answer, whether they were sent or not; nil for errors.
    var usage: Answer.Usage?
    /// From its arrival to the caller's leaving.
    var millisecondsToAbort: Int64?
  }

  /// Most entries kept.
  static let capacity = 10_000
  /// Most bytes of bodies kept.
  static let bodyBytes = 256 << 20

  private struct State {
    var entries: [Entry] = []
    var bytes = 0
    /// Sequence number of the first entry kept.
    var first = 1
    var next = 1
  }

  private let state = Mutex(State())

  /// Notes a request and returns its number, from 1.
  func add(_ head: RequestHead, dialect: String, body: [UInt8], arrived: MonotonicTime, keeps: Bool) -> Int {
    state.withLock { state in
      let sequence = state.next
      state.next += 1
      guard keeps else { return sequence }
      if state.entries.isEmpty { state.first = sequence }
      state.entries.append(
        Entry(
          sequence: sequence, method: head.method, target: head.target, headers: head.fields.list, dialect: dialect,
          body: body, arrivedAt: WallClock.milliseconds(), arrived: arrived))
      state.bytes += body.count
      RequestLog.trim(&state)
      return sequence
    }
  }

  /// Notes the model of a request.
  func note(_ sequence: Int, model: String) { change(sequence) { $0.model = model } }

  /// Notes why a request is refused.
  func note(_ sequence: Int, problem: String) { change(sequence) { $0.problem = problem } }

  private func change(_ sequence: Int, _ change: (inout Entry) -> Void) {
    state.withLock { state in
      let index = sequence - state.first
      if state.entries.indices.contains(index) { change(&state.entries[index]) }
    }
  }

  /// Notes how a request ended; the first word counts. Returns its entry when it is still kept and has ended only now.
  func end(
    _ sequence: Int, _ outcome: Outcome, status: Int, eventsSent: Int, usage: Answer.Usage?, now: MonotonicTime
  ) -> JSONValue? {
    state.withLock { state in
      let index = sequence - state.first
      guard state.entries.indices.contains(index), state.entries[index].outcome == nil else { return nil }
      state.entries[index].outcome = outcome
      state.entries[index].status = status
      state.entries[index].eventsSent = eventsSent
      state.entries[index].usage = usage
      if outcome == .aborted {
        state.entries[index].millisecondsToAbort = now.milliseconds(since: state.entries[index].arrived)
      }
      return RequestLog.json(state.entries[index])
    }
  }

  /// Forgets all entries. Numbers go on.
  func clear() {
    state.withLock { state in
      state.entries = []
      state.bytes = 0
      state.first = state.next
    }
  }

  /// All entries, oldest first.
  var json: JSONValue { .array(state.withLock { $0.entries }.map(RequestLog.json)) }

  private static func trim(_ state: inout State) {
    guard state.entries.count > capacity || state.bytes > bodyBytes else { return }
    var drop = max(0, state.entries.count - capacity)
    var freed = state.entries[..<drop].reduce(0) { $0 + $1.body.count }
    while state.bytes - freed > bodyBytes, drop < state.entries.count - 1 {
      freed += state.entries[drop].body.count
      drop += 1
    }
    // A tenth more, so that a full log is not moved for every request.
    let extra = min(state.entries.count - 1 - drop, capacity / 10)
    freed += state.entries[drop..<drop + max(0, extra)].reduce(0) { $0 + $1.body.count }
    drop += max(0, extra)
    state.entries.removeFirst(drop)
    state.bytes -= freed
    state.first += drop
  }

  private static func json(_ entry: Entry) -> JSONValue {
    let path = entry.target.prefix { $0 != "?" }
    return .object([
      ("sequence", .integer(entry.sequence)), ("method", .string(entry.method)), ("path", .string(String(path))),
      ("target", .string(entry.target)),
      ("headers", .array(entry.headers.map { .array([.string($0.name), .string($0.value)]) })),
      ("dialect", .string(entry.dialect)), ("model", entry.model.map { .string($0) } ?? .null),
      ("body", .string(String(decoding: entry.body, as: UTF8.self))),
      ("status", entry.status.map { .integer($0) } ?? .null),
      ("problem", entry.problem.map { .string($0) } ?? .null),
      ("outcome", entry.outcome.map { .string($0.rawValue) } ?? .null), ("events_sent", .integer(entry.eventsSent)),
      (
        "usage",
        entry.usage.map {
          .object([("prompt_tokens", .integer($0.promptTokens)), ("completion_tokens", .integer($0.completionTokens))])
        } ?? .null
      ),
      ("milliseconds_to_abort", entry.millisecondsToAbort.map { .integer($0) } ?? .null),
      ("arrived_at_ms", .integer(entry.arrivedAt)),
    ])
  }
}
