import Administration
import Planning

/// What all loops of a gateway know together, without locks on the way of a request: circuits, sticky conversations,
/// counts, budgets.
package final class GatewayShared: Sendable {
  /// Circuits, rate limits and refused credentials of all endpoints.
  let circuits = CircuitBoard()
  /// Which endpoint a conversation stays with.
  let sticky = StickyTable()
  /// The extra attempts that are always possible.
  let retryFloor = RetryFloor()
  /// What is counted for `/metrics`.
  let counters = GatewayCounters()

  /// Who may spend what, and where it is written down.
  package let books: GatewayBooks

  /// Answers the administration; nil where there is none.
  let desk: AdministrationDesk?

  /// Whether more can be taken on.
  let pressure: Pressure

  /// Knows nothing yet but the books.
  package init(books: GatewayBooks, desk: AdministrationDesk?, pressure: Pressure) {
    self.pressure = pressure
    self.books = books
    self.desk = desk
  }
}
