import CPosix
import Core
import Dispatch
import Glibc
import Synchronization

/// One thread of I/O: a long-running block on a private serial queue that waits in `epoll_wait`, calls the handlers
/// of ready descriptors, runs due timers and flushes what the handlers have written. Shared nothing: descriptors,
/// timers and their owners belong to one loop for life and are touched only on it. From outside, only `execute`,
/// `start` and `stop` may be called.
///
/// `@unchecked Sendable`: the mutable state is touched by the loop's own thread only (asserted in debug builds);
/// the inbox has its own lock.
package final class EventLoop: @unchecked Sendable {
  /// Position among the process's loops, from 0.
  package let index: Int
  /// Whether everything that was ready when this turn began has been handed to its owners: not while that goes on, and not
  /// when more was ready than a turn takes.
  package private(set) var hasDelivered = false
  /// The clock as it was when this turn began; refreshed after each wait.
  package private(set) var now = MonotonicTime.read()
  /// Scratch memory for one `recv`, shared by all connections of the loop, so that idle ones hold no buffer.
  package let scratch: UnsafeMutableRawBufferPointer

  /// Size of the scratch memory. Unit: bytes. One `recv` of this size empties a socket's default receive buffer half.
  package static let scratchSize = 65536
  /// Events taken per wait. More would only grow the batch after which closed owners are freed.
  private static let batch = 256

  private struct Slot {
    var handler: (any ReadinessHandler)?
    var generation: UInt32
    var descriptor: Int32
    var interest: Readiness
  }

  private let queue: DispatchQueue
  private let epoll: Int32
  private let wakeDescriptor: Int32
  private var slots: [Slot] = []
  private var freeSlots: [UInt32] = []
  private var timers = TimerHeap()
  private var early: [any EndOfTurnHandler] = []
  private var dirty: [any EndOfTurnHandler] = []
  /// The handlers being flushed; empty otherwise. Two lists that change places keep their memory.
  private var flushing: [any EndOfTurnHandler] = []
  private var isRunning = false
  /// When the probe under way was sent; nil when none is.
  private var probe: MonotonicTime?
  private var lastProbe = MonotonicTime.read()
  /// How long the last probe waited, and the one before it. Unit: nanoseconds.
  private var measuredLag: Int64 = 0
  private var previousLag: Int64 = 0
  /// How long the last turn took, and the one before it. Unit: nanoseconds.
  private var lastTurn: Int64 = 0
  private var previousTurn: Int64 = 0
  private var turnEnd = MonotonicTime.read()
  private let inbox = Mutex(Inbox())
  private let finished = DispatchGroup()

  private struct Inbox {
    var work: [@Sendable () -> Void] = []
    var isStopped = false
  }

  /// A loop that does nothing until `start()`. Throws `SystemFailure` when the kernel refuses its descriptors.
  package init(index: Int) throws {
    self.index = index
    queue = DispatchQueue(label: "patchbay.loop.\(index)", qos: .userInteractive)
    epoll = pb_epoll_create()
    guard epoll >= 0 else { throw SystemFailure("epoll_create") }
    wakeDescriptor = pb_eventfd()
    guard wakeDescriptor >= 0 else {
      let failure = SystemFailure("eventfd")
      close(epoll)
      throw failure
    }
    scratch = .allocate(byteCount: EventLoop.scratchSize, alignment: 16)
    if pb_epoll_add(epoll, wakeDescriptor, pb_epollin(), UInt64.max) != 0 {
      throw SystemFailure("epoll_ctl")
    }
  }

  deinit {
    close(epoll)
    close(wakeDescriptor)
    scratch.deallocate()
  }

  /// Begins to run. Call once.
  package func start() {
    finished.enter()
    queue.async {
      self.run()
      self.finished.leave()
    }
  }

  /// Asks the loop to end after its current turn and waits for it. Not to be called on the loop.
  package func stop() {
    inbox.withLock { $0.isStopped = true }
    wake()
    finished.wait()
  }

  /// Runs `work` on the loop, soon, in the order of the calls. Safe from any thread, including the loop's own.
  /// After `stop` it is dropped.
  package func execute(_ work: @escaping @Sendable () -> Void) {
    let isFirst = inbox.withLock { inbox in
      inbox.work.append(work)
      return inbox.work.count == 1
    }
    if isFirst { wake() }
  }

  /// Traps in debug builds when called from another thread than the loop's.
  package func assertOnLoop() {
    #if DEBUG
      dispatchPrecondition(condition: .onQueue(queue))
    #endif
  }

  // MARK: Lag

  /// Time between two probes. Unit: nanoseconds.
  private static let probeInterval: Int64 = 25_000_000

  /// How long what has come waits for the loop: the longer of its turns and of what a probe waits. Unit: nanoseconds. Where
  /// more is ready than a turn takes, it is served in the order in which it became ready; the probe is a descriptor of the
  /// loop's own, made ready now and then, that stands in that queue. Of two turns and of two probes behind one another the
  /// shorter one counts: a moment in which the system ran something else is no lag.
  package var lag: Int64 {
    let waiting = probe.map { now.nanoseconds - $0.nanoseconds } ?? 0
    return max(min(max(measuredLag, waiting), previousLag), min(lastTurn, previousTurn))
  }

  private func endTurn() {
    let end = MonotonicTime.read()
    previousTurn = lastTurn
    lastTurn = end.nanoseconds - now.nanoseconds
    turnEnd = end
    guard probe == nil, now.nanoseconds - lastProbe.nanoseconds >= EventLoop.probeInterval else { return }
    probe = end
    wake()
  }

  /// The loop has slept: what it measured is long over.
  private func forgetLag() {
    measuredLag = 0
    previousLag = 0
    lastTurn = 0
    previousTurn = 0
  }

  private func noteProbe() {
    guard let sent = probe else { return }
    probe = nil
    lastProbe = now
    previousLag = measuredLag
    measuredLag = MonotonicTime.read().nanoseconds - sent.nanoseconds
  }

  // MARK: Descriptors

  /// Starts to watch a descriptor. The loop keeps `handler` alive until `deregister`. Throws `SystemFailure`.
  package func register(_ descriptor: Int32, _ interest: Readiness, handler: any ReadinessHandler) throws
    -> Registration
  {
    assertOnLoop()
    let slot: UInt32
    if let free = freeSlots.popLast() {
      slot = free
    } else {
      slot = UInt32(slots.count)
      slots.append(Slot(handler: nil, generation: 0, descriptor: -1, interest: []))
    }
    let generation = slots[Int(slot)].generation
    let registration = Registration(slot: slot, generation: generation)
    guard pb_epoll_add(epoll, descriptor, interest.bits, registration.token) == 0 else {
      let failure = SystemFailure("epoll_ctl")
      freeSlots.append(slot)
      throw failure
    }
    slots[Int(slot)] = Slot(handler: handler, generation: generation, descriptor: descriptor, interest: interest)
    return registration
  }

  /// Changes what is watched; costs nothing when it is the same. Ignores a registration that has ended.
  package func update(_ registration: Registration, _ interest: Readiness) {
    let index = Int(registration.slot)
    guard slots[index].generation == registration.generation, slots[index].interest.rawValue != interest.rawValue else {
      return
    }
    slots[index].interest = interest
    if pb_epoll_modify(epoll, slots[index].descriptor, interest.bits, registration.token) != 0 {
      // The number stands for another file now, which its owner closed and opened without telling us.
      _ = pb_epoll_add(epoll, slots[index].descriptor, interest.bits, registration.token)
    }
  }

  /// Stops watching; call it before the descriptor is closed. Events of this batch that still name the registration
  /// are dropped: descriptors are reused by the kernel at once, so each registration carries a generation.
  package func deregister(_ registration: Registration) {
    let index = Int(registration.slot)
    guard slots[index].generation == registration.generation, slots[index].handler != nil else { return }
    _ = pb_epoll_delete(epoll, slots[index].descriptor)
    slots[index] = Slot(
      handler: nil, generation: (registration.generation &+ 1) & 0x7fff_ffff, descriptor: -1, interest: [])
    freeSlots.append(registration.slot)
  }

  /// Calls `handler.endOfTurn()` once after the handlers of this turn have run. The caller keeps a flag so that it is
  /// queued once per turn.
  package func atEndOfTurn(_ handler: any EndOfTurnHandler) { dirty.append(handler) }

  /// Calls `handler.endOfTurn()` once after the handlers of this turn have run and before those of `atEndOfTurn`: for what
  /// must be done before bytes leave. False when those are being called just now: then it is to be done at once.
  package func beforeEndOfTurn(_ handler: any EndOfTurnHandler) -> Bool {
    guard flushing.isEmpty else { return false }
    early.append(handler)
    return true
  }

  // MARK: Timers (used by LoopTimer)

  func insert(_ timer: LoopTimer) { timers.insert(timer) }
  func remove(_ timer: LoopTimer) { timers.remove(timer) }

  // MARK: The loop

  private func run() {
    isRunning = true
    var events = [pb_event](repeating: pb_event(), count: EventLoop.batch)
    while isRunning {
      let count = wait(&events)
      now = MonotonicTime.read()
      if now.nanoseconds - turnEnd.nanoseconds > EventLoop.probeInterval { forgetLag() }
      hasDelivered = false
      for index in 0..<max(0, Int(count)) { deliver(events[index]) }
      hasDelivered = count < EventLoop.batch
      fireTimers()
      flushDirty()
      endTurn()
    }
    drainInbox()
  }

  /// Fires what is due now. A timer that is armed again meanwhile waits for the next turn, even when it is due at once, so
  /// that none can hold the loop.
  private func fireTimers() {
    guard let next = timers.nextDeadline, next <= now else { return }
    var due: [LoopTimer] = []
    while let timer = timers.popDue(now) { due.append(timer) }
    for timer in due { timer.fire(now: now) }
  }

  private func wait(_ events: inout [pb_event]) -> Int32 {
    var timeout: Int64 = -1
    if !dirty.isEmpty || !early.isEmpty {
      timeout = 0
    } else if let next = timers.nextDeadline {
      timeout = max(0, next.nanoseconds - MonotonicTime.read().nanoseconds)
    }
    return events.withUnsafeMutableBufferPointer {
      pb_epoll_wait(epoll, $0.baseAddress, Int32(EventLoop.batch), timeout)
    }
  }

  private func deliver(_ event: pb_event) {
    if event.token == UInt64.max {
      noteProbe()
      return drainInbox()
    }
    let registration = Registration(token: event.token)
    let slot = slots[Int(registration.slot)]
    guard slot.generation == registration.generation, let handler = slot.handler else { return }
    handler.ready(Readiness(bits: event.events))
  }

  /// Handlers may queue themselves again (a connection that has used up its share of a turn): those wait for the next.
  private func flushDirty() {
    while let handler = early.popLast() { handler.endOfTurn() }
    guard !dirty.isEmpty else { return }
    swap(&dirty, &flushing)
    for handler in flushing { handler.endOfTurn() }
    flushing.removeAll(keepingCapacity: true)
  }

  private func drainInbox() {
    var counter: UInt64 = 0
    _ = read(wakeDescriptor, &counter, 8)
    let (work, isStopped) = inbox.withLock { inbox in
      let taken = inbox.work
      inbox.work = []
      return (taken, inbox.isStopped)
    }
    for item in work { item() }
    if isStopped { isRunning = false }
  }

  private func wake() {
    var one: UInt64 = 1
    _ = write(wakeDescriptor, &one, 8)
  }
}

/// What a descriptor is ready for, or is watched for.
package struct Readiness: OptionSet, Sendable {
  /// The bits of the set.
  package let rawValue: UInt8
  /// A set of the given bits.
  @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Bytes or a connection can be taken, or the other side has finished.
  package static let readable = Readiness(rawValue: 1)
  /// The kernel takes bytes.
  package static let writable = Readiness(rawValue: 2)
  /// The other side has closed its sending half, or the whole connection.
  package static let hangup = Readiness(rawValue: 4)
  /// The descriptor has failed.
  package static let failed = Readiness(rawValue: 8)

  /// The set of those that are true. On the way of every event, like `overlaps`.
  package init(readable: Bool, writable: Bool, hangup: Bool) {
    rawValue = (readable ? 1 : 0) | (writable ? 2 : 0) | (hangup ? 4 : 0)
  }

  /// Whether the sets share a member. On the way of every event, hence without the generic set operations.
  @inlinable package func overlaps(_ other: Readiness) -> Bool { rawValue & other.rawValue != 0 }

  var bits: UInt32 {
    (rawValue & 1 != 0 ? Readiness.input : 0) | (rawValue & 2 != 0 ? Readiness.output : 0)
      | (rawValue & 4 != 0 ? Readiness.closing : 0)
  }

  init(bits: UInt32) {
    rawValue =
      (bits & Readiness.input != 0 ? 1 : 0) | (bits & Readiness.output != 0 ? 2 : 0)
      | (bits & Readiness.ended != 0 ? 4 : 0) | (bits & Readiness.error != 0 ? 8 : 0)
  }

  private static let input = pb_epollin()
  private static let output = pb_epollout()
  private static let closing = pb_epollrdhup()
  private static let ended = pb_epollrdhup() | pb_epollhup()
  private static let error = pb_epollerr()
}

/// The receipt of a watched descriptor. The generation tells it from a later one in the same slot.
package struct Registration: Sendable {
  let slot: UInt32
  let generation: UInt32

  init(slot: UInt32, generation: UInt32) {
    self.slot = slot
    self.generation = generation
  }

  init(token: UInt64) { self.init(slot: UInt32(truncatingIfNeeded: token), generation: UInt32(token >> 32)) }

  /// Generations have 31 bits, so that no token is the all-ones one of the loop's own wake-up.
  var token: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

/// Owner of a watched descriptor.
package protocol ReadinessHandler: AnyObject {
  /// Called on the loop when the descriptor is ready.
  func ready(_ readiness: Readiness)
}

/// Something with work to do once per turn, after all handlers have run, such as one `send` per connection.
package protocol EndOfTurnHandler: AnyObject {
  /// Called on the loop.
  func endOfTurn()
}
