import Core
import Synchronization

/// Whether the process can take on more: how many bytes of request bodies it holds for callers, and how much memory it uses.
/// Beyond the limits new requests are refused at their heads, before the system ends the process. Safe from any thread.
package final class Pressure: Sendable {
  /// Bodies up to this size are not counted: tens of thousands of them fit beside everything else. Unit: bytes.
  private static let small = 65_536
  /// Least room there is. Unit: bytes.
  private static let least = 1_048_576

  private let held = Atomic<Int>(0)
  private let most: Int
  private let isShort = Atomic<Bool>(false)

  /// Room for bodies in a process that may use `memoryBytes`: a quarter, since a body exists twice while it is sent, beside
  /// its answer. Unit: bytes.
  package init(memoryBytes: Int) { most = max(Pressure.least, memoryBytes / 4) }

  /// Whoever watches the process's memory says whether it is nearly used up.
  package func setShort(_ value: Bool) { isShort.store(value, ordering: .relaxed) }

  /// Room for a body of at most `size` bytes, held until the value is let go. Nil for one that needs none. Throws 503 when
  /// there is none.
  func room(_ size: Int) throws(GatewayError) -> BodyRoom? {
    if isShort.load(ordering: .relaxed) { throw Pressure.refusal }
    if size <= Pressure.small { return nil }
    let before = held.wrappingAdd(size, ordering: .relaxed).oldValue
    let room = BodyRoom(size, self)
    // A single body always has room: what is too large for the process is the body limit's matter.
    guard before == 0 || before + size <= most else { throw Pressure.refusal }
    return room
  }

  fileprivate func giveBack(_ size: Int) { held.wrappingSubtract(size, ordering: .relaxed) }

  private static let refusal = GatewayError(
    .unavailable, "The gateway holds as many requests as its memory allows; try again.", origin: .gateway,
    resend: .safe, retryAfterSeconds: 1)
}

/// Room for one request's body; gives itself back when it is let go.
final class BodyRoom: Sendable {
  private let size: Int
  private let pressure: Pressure

  fileprivate init(_ size: Int, _ pressure: Pressure) {
    self.size = size
    self.pressure = pressure
  }

  deinit { pressure.giveBack(size) }
}
