import CCurl
import Core
import EventLoop
import Upstream

/// Calls to providers that libcurl makes from beginning to end: those over HTTP/2 or through a proxy.
package final class CurlTransport: UpstreamTransport {
  /// What is the same for all calls of the process.
  package struct Options: Sendable {
    /// Bundle of certificate authorities, or nil for the system's.
    package var certificateAuthorities: String?
    /// Sent as `User-Agent`.
    package var userAgent: String
    /// Most bytes of a response head. Unit: bytes.
    package var headBytes = 262_144

    /// Options of a process.
    package init(certificateAuthorities: String?, userAgent: String) {
      self.certificateAuthorities = certificateAuthorities
      self.userAgent = userAgent
    }
  }

  /// Idle connections kept for reuse, per loop.
  private static let idleConnections = 1024
  /// Handles kept per route for reuse.
  private static let idleHandles = 256

  let options: Options
  let driver: CurlDriver
  private let loop: EventLoop
  private var pools: [ObjectIdentifier: Pool] = [:]
  private var running: [String: Int] = [:]
  private var active: [ObjectIdentifier: CurlTransfer] = [:]

  private struct Pool {
    let route: UpstreamRoute
    var idle: [CurlTransfer] = []
  }

  /// A transport on `loop`. Throws `GatewayError` when libcurl cannot be set up.
  package init(_ loop: EventLoop, options: Options) throws {
    self.loop = loop
    self.options = options
    driver = try CurlDriver(loop, idleConnections: CurlTransport.idleConnections)
  }

  deinit {
    for transfer in active.values { driver.remove(transfer) }
    for pool in pools.values { for transfer in pool.idle { transfer.dispose() } }
    for transfer in active.values { transfer.dispose() }
    driver.shutDown()
  }

  // MARK: Calls

  /// Starts a call; see `UpstreamTransport`.
  package func start(
    _ route: UpstreamRoute, body: ByteBuffer?, fields: [UpstreamRoute.Header], observer: any UpstreamObserver
  ) -> any UpstreamTransfer {
    loop.assertOnLoop()
    let transfer = takeHandle(route)
    transfer.observer = observer
    transfer.failure = nil
    if running[route.provider, default: 0] >= route.maxConnections {
      transfer.failure = GatewayError(
        .unavailable, "All \(route.maxConnections) connections to \(route.name) are in use", origin: .gateway,
        resend: .safe)
    } else if let failure = WireEndpoint.problem(fields, of: route) ?? transfer.prepare(body: body, fields: fields) {
      transfer.failure = failure
    }
    active[ObjectIdentifier(transfer)] = transfer
    running[route.provider, default: 0] += 1
    if transfer.failure == nil, driver.isInside {
      // A callback of another transfer starts this one: libcurl is entered again at the end of the turn.
      transfer.state = .queued
      driver.queue(transfer)
    } else if transfer.failure == nil {
      add(transfer)
    } else {
      transfer.state = .failedEarly
      driver.queue(transfer)
    }
    return transfer
  }

  private func add(_ transfer: CurlTransfer) {
    transfer.state = .running
    let code = driver.add(transfer)
    if code != CURLM_OK {
      transfer.failure = GatewayError(
        .internalFailure, "The call could not be started", origin: .gateway, resend: .safe,
        context: String(cString: curl_multi_strerror(code)))
      transfer.state = .failedEarly
      driver.queue(transfer)
    }
  }

  /// Ends a call from outside: removing an unfinished handle closes its connection, which is the cancellation.
  func cancel(_ transfer: CurlTransfer) {
    guard active[ObjectIdentifier(transfer)] != nil, transfer.state != .cancelled else { return }
    transfer.observer = nil
    let wasQueued = transfer.state == .queued || transfer.state == .failedEarly
    transfer.state = .cancelled
    if wasQueued { return }  // it is on the list of the end of this turn, which recycles it
    if driver.isInside {
      driver.queue(transfer)
    } else {
      detach(transfer)
    }
  }

  /// Takes a finished or cancelled handle out of libcurl and back to its pool.
  private func detach(_ transfer: CurlTransfer) {
    guard driver.remove(transfer) else {
      // Still inside one of libcurl's callbacks: the handle must not be pooled before it is out.
      return driver.queue(transfer)
    }
    recycle(transfer)
  }

  private func recycle(_ transfer: CurlTransfer) {
    guard active.removeValue(forKey: ObjectIdentifier(transfer)) != nil else { return }
    transfer.finish()
    let route = transfer.route
    let left = running[route.provider, default: 1] - 1
    running[route.provider] = left > 0 ? left : nil
    let key = ObjectIdentifier(route)
    if pools[key] != nil, pools[key]?.idle.count ?? 0 < CurlTransport.idleHandles {
      pools[key]?.idle.append(transfer)
    } else {
      transfer.dispose()
    }
  }

  private func takeHandle(_ route: UpstreamRoute) -> CurlTransfer {
    guard route.isKept else { return CurlTransfer(self, route: route) }
    let key = ObjectIdentifier(route)
    if pools[key] == nil { pools[key] = Pool(route: route) }
    // A caller may still hold the object of an ended call, whose late `cancel` must not reach this call.
    if let handle = pools[key]?.idle.popLast() { return CurlTransfer(reusing: handle) }
    return CurlTransfer(self, route: route)
  }

  /// Forgets the handles of routes that a reload has taken out of use. Calls under way are not touched.
  package func forgetRoutes(except kept: Set<ObjectIdentifier>) {
    loop.assertOnLoop()
    for (key, pool) in pools where !kept.contains(key) {
      for transfer in pool.idle { transfer.dispose() }
      pools[key] = nil
    }
  }

  // MARK: What the driver reports

  /// Libcurl is done with a transfer.
  func finished(_ transfer: CurlTransfer, _ result: CURLcode) {
    guard active[ObjectIdentifier(transfer)] != nil else { return }
    let observer = transfer.observer
    let failure = transfer.failure ?? (result == CURLE_OK ? transfer.headFailure() : transfer.failure(of: result))
    transfer.state = .finished
    detach(transfer)
    observer?.upstream(transfer, ended: failure)
  }

  /// Does at the end of the turn what could not be done inside a callback.
  func settle(_ transfer: CurlTransfer) {
    switch transfer.state {
    case .queued: add(transfer)
    case .failedEarly:
      let observer = transfer.observer
      let failure = transfer.failure
      recycle(transfer)
      observer?.upstream(transfer, ended: failure)
    case .cancelled: detach(transfer)
    case .running, .finished, .idle: break
    }
  }
}
