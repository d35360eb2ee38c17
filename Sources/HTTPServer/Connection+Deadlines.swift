import Core
import EventLoop
import HTTPWire

extension Connection {
  /// Sets the timer to the nearest deadline of the present state; moving it later costs one store.
  func armTimer() { timer?.arm(at: min(phaseDeadline, writeDeadline)) }

  /// A deadline has passed: what that means depends on what the connection was waiting for.
  func deadlinePassed() {
    guard phase != .closed else { return }
    if writeDeadline <= loop.now {
      lose()
    } else if phaseDeadline <= loop.now {
      phaseTimedOut()
    }
    if phase != .closed { settle() }
  }

  private func phaseTimedOut() {
    switch phase {
    case .head:
      answer(
        .caller(
          .requestTimeout,
          "The request's headers did not arrive within \(server.limits.headerSeconds) s; send the request at once."))
    case .body:
      answer(
        .caller(
          .requestTimeout,
          "The request's body did not arrive within \(server.limits.bodySeconds) s; send it faster or make it smaller.")
      )
    case .idle, .lingering: close()
    case .exchange, .takenOver, .finishing, .closed: break
    }
  }

  /// When the present phase has lasted too long.
  private var phaseDeadline: MonotonicTime {
    let limits = server.limits
    switch phase {
    case .idle:
      if !output.isEmpty { return .distantFuture }
      if server.isDraining { return phaseStart.adding(milliseconds: ServerLimits.drainGraceMilliseconds) }
      return after(limits.idleSeconds)
    case .head: return after(limits.headerSeconds)
    case .body: return after(limits.bodySeconds + (bodyReader?.received ?? 0) / ServerLimits.bodyBytesPerSecond)
    case .lingering: return after(server.isDraining ? 1 : ServerLimits.lingerSeconds)
    case .exchange, .takenOver, .finishing, .closed: return .distantFuture
    }
  }

  /// When a caller that takes nothing is given up.
  private var writeDeadline: MonotonicTime {
    guard hasBacklog else { return .distantFuture }
    return lastProgress.adding(milliseconds: Int64(server.limits.writeSeconds) * 1000)
  }

  private func after(_ seconds: Int) -> MonotonicTime { phaseStart.adding(milliseconds: Int64(seconds) * 1000) }
}
