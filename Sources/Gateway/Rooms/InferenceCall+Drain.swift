import Core

/// How far the rest of a stream is read whose caller has left.
struct Drain {
  /// Most time for it. Unit: milliseconds. Longer answers are rare, and their estimate is good.
  static let milliseconds: Int64 = 30_000
  /// Most bytes of it: about 16,000 chunks. Unit: bytes.
  static let bytes = 4_194_304

  /// When it ends at the latest.
  let deadline: MonotonicTime
  /// What may still be read. Unit: bytes.
  var remaining = Drain.bytes
}

/// A stream whose caller has left is read to its usage chunk where the provider's `on_cancel` says so.
extension InferenceCall {
  /// Begins to drain, when there is something to be counted; false when the call ends now.
  func startDrain() -> Bool {
    guard drain == nil, let attempt, attempt === speaker, attempt.mode == .streaming, rival == nil,
      attempt.planned.endpoint.provider.settings.onCancel == .drain
    else { return false }
    drain = Drain(deadline: home.loop.now.adding(milliseconds: Drain.milliseconds))
    exchange.observer = nil
    if attempt.isPaused {
      attempt.isPaused = false
      attempt.lastActivity = home.loop.now
      attempt.transfer?.resume()
    }
    arm()
    return true
  }

  /// Counts what was drained; an error when it is enough.
  func noteDrained(_ count: Int) -> GatewayError? {
    drain?.remaining -= count
    guard let drain, drain.remaining < 0 else { return nil }
    return GatewayError(.requestTimeout, "The caller left, and the rest of the answer is too long", origin: .caller)
  }
}
