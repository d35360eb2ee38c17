import Catalog
import Configuration
import Core

/// Bounds how many attempts an outage can add: extra attempts of the last 10 s at a model are at most `budget_percent` of
/// its requests, and `budget_floor` are always possible (contract section 3). One per loop, used on its loop only.
///
/// The first attempt at a model of a chain is a request of that model; every further one at it is extra.
package final class RetryBudget {
  /// How long attempts count. Unit: seconds. Source: contract section 3.
  private static let seconds = 10

  private let percent: UInt64
  private let floor: Int
  private let shared: RetryFloor
  /// By the model's id. Successes of a window are requests here, failures are extra attempts.
  private var windows: [String: CountWindow] = [:]

  /// A budget for one loop, which shares what is always possible with the others.
  package init(_ settings: RetrySettings, shared: RetryFloor) {
    percent = UInt64(settings.budgetPercent)
    floor = settings.budgetFloor
    self.shared = shared
  }

  /// Counts the first attempt at a model.
  package func noteRequest(_ model: CatalogModel, now: MonotonicTime) {
    windows[model.id, default: RetryBudget.window].add(succeeded: true, at: now)
  }

  /// Takes one extra attempt at a model out of the budget. Returns false, and takes nothing, when it is used up.
  package func takeExtra(_ model: CatalogModel, now: MonotonicTime) -> Bool {
    var window = windows[model.id] ?? RetryBudget.window
    defer { windows[model.id] = window }
    window.advance(to: now)
    let isWithin = UInt64(window.sum.failed) < UInt64(window.sum.succeeded) * percent / 100
    guard shared.take(model.id, floor: floor, always: isWithin, now: now) else { return false }
    window.add(succeeded: false, at: now)
    return true
  }

  /// Forgets models that are not in the catalogue any more.
  package func adopt(_ catalog: CatalogSnapshot) {
    let ids = Set(catalog.models.map(\.id))
    windows = windows.filter { ids.contains($0.key) }
    shared.keep(ids)
  }

  /// An empty window.
  static let window = CountWindow(slotSeconds: 1, slots: seconds)
}
