import Core
import EventLoop
import Glibc
import HTTPWire

/// One caller's connection: a thin shell that moves bytes between the socket and the values that understand them.
/// The server and the loop hold it until it is closed; the current exchange and it hold each other.
///
/// Reading is in `Connection+Input`, writing in `Connection+Output`, deadlines in `Connection+Deadlines`.
final class Connection: ReadinessHandler, EndOfTurnHandler {
  /// What the connection is doing.
  enum Phase {
    /// Between requests, not a byte of the next one seen.
    case idle
    /// In the middle of a request's head.
    case head
    /// In the middle of a request's body.
    case body
    /// The handler has the request; the response is not finished.
    case exchange
    /// Someone writes raw bytes; nothing is framed.
    case takenOver
    /// The last response is complete; the connection ends when it has been sent.
    case finishing
    /// Everything is sent and our half is closed; what still comes is discarded until the caller closes.
    case lingering
    case closed
  }

  /// How a connection ends once everything has been sent.
  enum Ending {
    /// At once: the caller expects it and nothing of it is unread.
    case close
    /// Our half first, so that no reset overtakes the response.
    case linger
    /// With a reset.
    case reset
  }

  /// The loop all of this happens on.
  let loop: EventLoop
  /// The other end.
  let remoteAddress: SocketAddress
  /// Whose connection this is; it waits for its connections.
  let server: HTTPServer
  /// The socket, closed in `close` only.
  let socket: Socket
  /// The loop's watch on the socket; nil once closed.
  var registration: Registration?
  /// For whichever deadline comes first.
  var timer: LoopTimer?

  /// What the connection is doing.
  var phase = Phase.idle
  /// The time from which the phase's deadline counts.
  var phaseStart: MonotonicTime
  /// How it ends when the last response has been sent.
  var ending = Ending.close
  /// Whether a request has ever begun here.
  var isUsed = false

  /// Received but not yet understood: a part of a head, or later requests.
  let input = ByteBuffer()
  /// Reads the present head.
  var parser: RequestHeadParser
  /// Reads the present body; nil outside of one.
  var bodyReader: BodyReader?
  /// The error to answer once it is clear whether the body has already arrived.
  var refusal: (error: GatewayError, fields: ResponseFields)?
  /// Whether the caller's half has been read to its end.
  var hasEnded = false
  /// Whether the kernel has reported that the caller closed its half, read or not.
  var sawHangup = false
  /// Bytes thrown away after the last response.
  var discarded = 0

  /// To be sent.
  let output = ByteBuffer()
  /// Where the chunk of this turn begins in `output`.
  var chunkStart: Int?
  /// Whether the kernel takes no more for now; `writable` is watched only then.
  var isSocketFull = false
  /// Whether a producer has been told to pause.
  var wasAboveHighWater = false
  /// How many parts of the output wait for somebody's permission to leave.
  var keptBack = 0
  /// Whether `endOfTurn` is due in this turn.
  var isQueued = false
  /// Whether the last flush left bytes behind.
  var hasBacklog = false
  /// When the caller last took bytes.
  var lastProgress: MonotonicTime

  /// The exchange whose response is not finished.
  var exchange: Exchange?
  /// How the response that has begun is framed; nil before.
  var plan: ResponsePlan?

  /// Takes over an accepted descriptor. Throws `SystemFailure` when the loop cannot watch it; the caller closes it then.
  init(_ descriptor: Int32, address: SocketAddress, server: HTTPServer) throws {
    self.server = server
    loop = server.loop
    remoteAddress = address
    socket = Socket(accepted: descriptor)
    parser = RequestHeadParser(limits: server.headLimits)
    phaseStart = loop.now
    lastProgress = loop.now
    registration = try loop.register(descriptor, [.readable, .hangup], handler: self)
    // The timer ends with its connection, at the latest in `close`; a weak reference would slow down every count of it.
    timer = LoopTimer(loop) { [unowned self] in deadlinePassed() }
    armTimer()
  }

  /// Bytes written but not yet taken by the kernel.
  var pendingBytes: Int { output.count }

  /// Whether someone writes raw bytes here.
  var isTakenOver: Bool { phase == .takenOver }

  /// Handles readiness; called by the loop.
  func ready(_ readiness: Readiness) {
    guard phase != .closed else { return }
    if readiness.overlaps(.failed) { return lose() }
    if readiness.overlaps(.writable) {
      isSocketFull = false
      queue()
    }
    if readiness.overlaps(.readable) { receive() }
    if readiness.overlaps(.hangup), phase != .closed { hangUp() }
    if phase != .closed { settle() }
  }

  /// Sends what the turn has produced and goes on with requests that already wait; called by the loop.
  func endOfTurn() {
    isQueued = false
    guard phase != .closed else { return }
    flush()
    if phase == .idle, !input.isEmpty { resumeInput() }
    if phase != .closed { settle() }
  }

  /// Asks for `endOfTurn` once in this turn.
  func queue() {
    guard !isQueued, phase != .closed else { return }
    isQueued = true
    loop.atEndOfTurn(self)
  }

  /// Moves to another phase; its deadline counts from now.
  func enter(_ next: Phase) {
    phase = next
    phaseStart = loop.now
  }

  /// Brings what the loop watches, the deadline and the memory in line with the state.
  func settle() {
    let interest = Readiness(
      readable: !hasEnded && mayRead, writable: isSocketFull, hangup: !hasEnded && !sawHangup)
    if let registration { loop.update(registration, interest) }
    armTimer()
    if phase == .idle {
      if input.isEmpty, input.allocated > 0 { input.release() }
      if output.isEmpty, output.allocated > ServerLimits.idleBuffer { output.release() }
    }
  }

  /// The caller is gone: whoever works for it is told.
  func lose() { abandon(withReset: false) }

  /// Nothing more of what was written may reach the caller.
  func retract() { abandon(withReset: true) }

  private func abandon(withReset: Bool) {
    let abandoned = exchange
    let observer = exchange?.observer
    close(withReset: withReset)
    if let abandoned { observer?.callerLeft(abandoned) }
  }

  /// Ends the connection now. Whatever still refers to it finds it closed.
  func close(withReset: Bool = false) {
    guard phase != .closed else { return }
    phase = .closed
    timer?.invalidate()
    if let registration { loop.deregister(registration) }
    registration = nil
    if withReset { socket.reset() } else { socket.close() }
    input.release()
    output.release()
    bodyReader = nil
    releaseExchange()
    server.forget(self)
  }

  /// Separates the connection from its exchange, which ends the cycle between them.
  func releaseExchange() {
    exchange?.detach()
    exchange = nil
    plan = nil
  }

  /// The server drains: an idle connection ends now, one that has not been used yet gets a moment for the request that
  /// may be on its way, a busy one ends with its response.
  func drain() {
    if phase == .idle { receive() }
    if phase == .idle, isUsed {
      if output.isEmpty { return close() }
      ending = .close
      enter(.finishing)
    }
    if phase != .closed { settle() }
  }
}
