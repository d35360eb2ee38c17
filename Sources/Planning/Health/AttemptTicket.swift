import Catalog
import Core

/// The right to make one attempt, from `HealthTable.permit` to `HealthTable.finish`. Belongs to the table's loop.
package final class AttemptTicket {
  /// Where the attempt goes.
  package let endpoint: CatalogEndpoint
  /// When it was granted, or its request was sent.
  package internal(set) var startedAt: MonotonicTime
  /// Whether it is the one attempt that finds out whether a failing endpoint works again.
  package var isProbe: Bool { probeDeadline != nil }

  let health: EndpointHealth
  /// What the probe slot held when it was taken; nil: no probe.
  var probeDeadline: Int64?
  /// Whether a first token is waited for.
  var isWaiting = false
  /// Whether the first token has been noted.
  var hadFirstToken = false
  var isFinished = false
  /// Its neighbours among the attempts at the endpoint that wait for a first token.
  var nextWaiting: AttemptTicket?
  unowned(unsafe) var previousWaiting: AttemptTicket?

  init(_ health: EndpointHealth, _ endpoint: CatalogEndpoint, at now: MonotonicTime, probeDeadline: Int64?) {
    self.health = health
    self.endpoint = endpoint
    self.probeDeadline = probeDeadline
    startedAt = now
  }
}

/// Whether an attempt may be made now.
package enum Permit {
  /// It may; the ticket must be given back through `HealthTable.finish` exactly once.
  case granted(AttemptTicket)
  /// The endpoint has failed too often; from then on one attempt may find out whether it works again.
  case circuitOpen(until: MonotonicTime)
  /// The provider asked us to wait until then.
  case rateLimited(until: MonotonicTime)
  /// The provider said that it is overloaded, and when to come back.
  case overloaded(until: MonotonicTime)
  /// An attempt is finding out just now; its answer is there by then at the latest.
  case probing(until: MonotonicTime)
}
