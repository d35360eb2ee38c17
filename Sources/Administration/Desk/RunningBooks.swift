import Ledger

/// What the desk needs of the gateway that runs beside it. Both calls block and come from the desk's thread, never from a
/// loop.
package struct RunningBooks: Sendable {
  /// Puts in force, on every loop, what the store has been told since the last time: keys, workspaces, budgets, credits.
  /// Called after a change and before its answer; returns when it is in force.
  package let adopt: @Sendable () throws(StoreError) -> Void
  /// Takes what the journals hold now over into the store.
  package let fold: @Sendable () throws(StoreError) -> Void

  /// The calls.
  package init(
    adopt: @escaping @Sendable () throws(StoreError) -> Void, fold: @escaping @Sendable () throws(StoreError) -> Void
  ) {
    self.adopt = adopt
    self.fold = fold
  }
}
