import Core
import Synchronization

/// The extra attempts of all loops in the last 10 s, by model: those that are always possible must not be fewer because
/// there are many loops. Asked when something has failed, never on the way of a request that goes well. Safe from any thread.
package final class RetryFloor: Sendable {
  private let windows = Mutex<[String: CountWindow]>([:])

  /// Nothing taken yet.
  package init() {}

  /// Takes one extra attempt at a model; always, or only while fewer than `floor` have been taken. Returns whether it may be
  /// made.
  func take(_ model: String, floor: Int, always: Bool, now: MonotonicTime) -> Bool {
    windows.withLock { windows in
      var window = windows[model] ?? RetryBudget.window
      defer { windows[model] = window }
      window.advance(to: now)
      guard always || UInt64(window.sum.failed) < UInt64(max(0, floor)) else { return false }
      window.add(succeeded: false, at: now)
      return true
    }
  }

  /// Forgets models that are not in the catalogue any more.
  func keep(_ ids: Set<String>) {
    windows.withLock { windows in windows = windows.filter { ids.contains($0.key) } }
  }
}
