import Planning

/// What all loops of a gateway know together, without locks on the way of a request: circuits, sticky conversations and
/// counts.
package final class GatewayShared: Sendable {
  /// Circuits, rate limits and refused credentials of all endpoints.
  let circuits = CircuitBoard()
  /// Which endpoint a conversation stays with.
  let sticky = StickyTable()
  /// What is counted for `/metrics`.
  let counters = GatewayCounters()

  /// Knows nothing yet.
  package init() {}
}
