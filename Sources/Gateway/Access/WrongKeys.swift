import Core

/// Keys that nobody knows, by the address they came from: whoever tries many is answered later and later. Requests with a
/// right key are never looked at. Belongs to one loop.
struct WrongKeys {
  /// Wrong keys of a minute that are answered at once: somebody who mixes their keys up, or waits for a new
  /// one to be in force.
  private static let free = 300
  /// How long the first answer after those waits; each further one waits twice as long. Unit: milliseconds.
  private static let firstDelay: Int64 = 50
  /// Longest wait. Unit: milliseconds.
  private static let longestDelay: Int64 = 2_000
  /// After this time without a wrong key an address begins anew. Unit: milliseconds.
  private static let memory: Int64 = 60_000
  /// Most addresses remembered; the table begins anew when there are more.
  private static let addresses = 4_096

  private struct Tries {
    var count = 0
    var last: MonotonicTime
  }

  private var tries: [String: Tries] = [:]

  /// Notes a wrong key from an address. Returns how long its answer waits, in milliseconds.
  mutating func note(_ host: String, now: MonotonicTime) -> Int64 {
    if tries.count >= WrongKeys.addresses, tries[host] == nil {
      tries = tries.filter { now.milliseconds(since: $0.value.last) < WrongKeys.memory }
      if tries.count >= WrongKeys.addresses { tries.removeAll(keepingCapacity: true) }
    }
    var entry = tries[host] ?? Tries(last: now)
    if now.milliseconds(since: entry.last) >= WrongKeys.memory { entry.count = 0 }
    entry.count += 1
    entry.last = now
    tries[host] = entry
    let beyond = entry.count - WrongKeys.free
    if beyond <= 0 { return 0 }
    return min(WrongKeys.longestDelay, WrongKeys.firstDelay << Int64(min(beyond - 1, 10)))
  }
}
