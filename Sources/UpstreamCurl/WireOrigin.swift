import Core

/// The idle connections to one host and port of one provider, used last first. Never shared between providers.
final class WireOrigin {
  /// Most idle connections kept, per loop.
  private static let mostIdle = 256

  /// Whether the connections are TLS.
  let isSecure: Bool
  /// Set when a reload has taken the last route out of use: nothing is kept any more.
  var isRetired = false
  /// Ordered by the time they became idle.
  private var idle: [WireConnection] = []

  /// An origin without connections.
  init(isSecure: Bool) { self.isSecure = isSecure }

  /// Whether a connection that has served its call may be kept.
  var hasRoom: Bool { !isRetired && idle.count < WireOrigin.mostIdle }

  /// Whether nothing is kept.
  var isEmpty: Bool { idle.isEmpty }

  /// Keeps a connection.
  func put(_ connection: WireConnection) { idle.append(connection) }

  /// How many connections are passed over because they became idle in this turn.
  private static let looks = 16

  /// Hands out the connection that became idle last, but rather one from before `now`, when the loop's turn began: what
  /// stands to be read on that one has been seen.
  func take(now: MonotonicTime) -> WireConnection? {
    var index = idle.count - 1
    let least = max(0, idle.count - WireOrigin.looks)
    while index > least, idle[index].idleSince >= now { index -= 1 }
    return index >= 0 && idle[index].idleSince < now ? idle.remove(at: index) : idle.popLast()
  }

  /// Forgets an idle connection that ends.
  func forget(_ connection: WireConnection) {
    if let index = idle.lastIndex(where: { $0 === connection }) { idle.remove(at: index) }
  }

  /// The connections that became idle before `time`, forgotten from now on.
  func takeIdle(since time: MonotonicTime) -> [WireConnection] {
    let old = idle.prefix { $0.idleSince <= time }
    let taken = Array(old)
    idle.removeFirst(taken.count)
    return taken
  }
}
