import CCurl
import Core
import EventLoop
import Upstream

/// Calls to providers over connections that libcurl opens and whose HTTP/1.1 is framed here, which costs a fraction of
/// libcurl's own formatting and parsing. Calls over HTTP/2, through a proxy or to unusual URLs go to a `CurlTransport`.
package final class WireTransport: UpstreamTransport {
  /// How long an idle connection is kept. Unit: milliseconds.
  private static let idleMilliseconds: Int64 = 60_000
  /// How often idle connections are looked through. Unit: milliseconds.
  private static let sweepMilliseconds: Int64 = 10_000

  let loop: EventLoop
  let options: CurlTransport.Options
  let driver: CurlDriver
  private let curl: CurlTransport
  private var routes: [ObjectIdentifier: Handling] = [:]
  private var origins: [String: WireOrigin] = [:]
  private var loads: [String: WireLoad] = [:]
  private var connections: [WireConnection] = []
  private var connectors: [ObjectIdentifier: WireConnector] = [:]
  private var failed: [WireTransfer] = []
  private var sweep: LoopTimer?
  private var isSweepArmed = false

  /// Who makes a route's calls. Every case holds the route, so that its identity is not given to another.
  private enum Handling {
    case wire(WireEndpoint)
    case curl(UpstreamRoute)
  }

  /// A transport on `loop`. Throws `GatewayError` when libcurl cannot be set up.
  package init(_ loop: EventLoop, options: CurlTransport.Options) throws {
    self.loop = loop
    self.options = options
    curl = try CurlTransport(loop, options: options)
    // Libcurl pools none of these connections itself.
    driver = try CurlDriver(loop, idleConnections: 1)
    sweep = LoopTimer(loop) { [weak self] in self?.closeOld() }
  }

  deinit {
    sweep?.invalidate()
    for transfer in failed { transfer.abandon() }
    for connector in connectors.values {
      connector.transfer?.abandon()
      connector.close()
    }
    for connection in connections { connection.tearDown() }
    driver.shutDown()
  }

  // MARK: Calls

  /// Starts a call; see `UpstreamTransport`.
  package func start(
    _ route: UpstreamRoute, body: ByteBuffer?, fields: [UpstreamRoute.Header], observer: any UpstreamObserver
  ) -> any UpstreamTransfer {
    loop.assertOnLoop()
    guard case .wire(let endpoint) = handling(of: route) else {
      return curl.start(route, body: body, fields: fields, observer: observer)
    }
    let transfer = WireTransfer(self, endpoint, body: body, fields: fields, observer: observer)
    endpoint.load.running += 1
    if let problem = endpoint.problem ?? WireEndpoint.problem(fields, of: route) {
      fail(transfer, problem)
    } else if endpoint.load.running > route.maxConnections {
      fail(
        transfer,
        GatewayError(
          .unavailable, "All \(route.maxConnections) connections to \(route.name) are in use", origin: .gateway,
          resend: .safe))
    } else if let connection = endpoint.origin.take(now: loop.now) {
      if !connection.begin(transfer) { connect(transfer) }
    } else {
      connect(transfer)
    }
    return transfer
  }

  /// Sends a call again whose kept connection was gone before anything of a response had come.
  func retry(_ transfer: WireTransfer) {
    transfer.prepareRetry()
    connect(transfer)
  }

  /// Forgets what is kept for routes that a reload has taken out of use. Calls under way are not touched.
  package func forgetRoutes(except kept: Set<ObjectIdentifier>) {
    loop.assertOnLoop()
    curl.forgetRoutes(except: kept)
    routes = routes.filter { kept.contains($0.key) }
    var used: Set<ObjectIdentifier> = []
    for case .wire(let endpoint) in routes.values { used.insert(ObjectIdentifier(endpoint.origin)) }
    for (key, origin) in origins where !used.contains(ObjectIdentifier(origin)) {
      origin.isRetired = true
      origins[key] = nil
      for connection in origin.takeIdle(since: .distantFuture) { connection.close() }
    }
    loads = loads.filter { $0.value.running > 0 }
    for case .wire(let endpoint) in routes.values { loads[endpoint.route.provider] = endpoint.load }
  }

  private func handling(of route: UpstreamRoute) -> Handling {
    if let known = routes[ObjectIdentifier(route)] { return known }
    let handling: Handling
    if !route.http2, route.proxy == nil, let target = WireTarget(route) {
      handling = .wire(makeEndpoint(route, target))
    } else {
      handling = .curl(route)
    }
    if route.isKept { routes[ObjectIdentifier(route)] = handling }
    return handling
  }

  private func makeEndpoint(_ route: UpstreamRoute, _ target: WireTarget) -> WireEndpoint {
    guard route.isKept else {
      let origin = WireOrigin(isSecure: target.isSecure)
      origin.isRetired = true
      return WireEndpoint(route, target: target, origin: origin, load: WireLoad(), userAgent: options.userAgent)
    }
    let rule = route.addresses == .any ? "" : " \(route.addresses)"
    let key = route.provider + (target.isSecure ? " https://" : " http://") + target.authority + rule
    let origin = origins[key] ?? WireOrigin(isSecure: target.isSecure)
    origins[key] = origin
    let load = loads[route.provider] ?? WireLoad()
    loads[route.provider] = load
    return WireEndpoint(route, target: target, origin: origin, load: load, userAgent: options.userAgent)
  }

  /// Ends a call that has not begun; the observer hears of it after the turn.
  private func fail(_ transfer: WireTransfer, _ failure: GatewayError) {
    transfer.stage = .waiting
    transfer.fail(failure)
    failed.append(transfer)
    if failed.count == 1 { loop.atEndOfTurn(self) }
  }

  // MARK: Connecting

  private func connect(_ transfer: WireTransfer) {
    let connector = WireConnector(self, transfer.endpoint)
    connector.transfer = transfer
    transfer.stage = .connecting(connector)
    connectors[ObjectIdentifier(connector)] = connector
    let code = connector.start()
    guard code != CURLM_OK else { return }
    abandon(connector)
    fail(
      transfer,
      GatewayError(
        .internalFailure, "The call could not be started", origin: .gateway, resend: .safe,
        context: String(cString: curl_multi_strerror(code))))
  }

  /// Libcurl has made the connection, or cannot.
  func connected(_ connector: WireConnector, _ result: CURLcode) {
    guard connectors[ObjectIdentifier(connector)] != nil, let transfer = connector.transfer else { return }
    guard result == CURLE_OK, let descriptor = connector.descriptor else {
      transfer.fail(
        connector.hasRefusedAddress
          ? CurlFailure.refusedAddress(of: connector.endpoint.route.name)
          : transfer.error(result == CURLE_OK ? CURLE_COULDNT_CONNECT : result))
      abandon(connector)
      return transfer.conclude()
    }
    connectors[ObjectIdentifier(connector)] = nil
    connector.transfer = nil
    let connection = open(connector, descriptor)
    _ = connection.begin(transfer)
  }

  private func open(_ connector: WireConnector, _ descriptor: Int32) -> WireConnection {
    let origin = connector.endpoint.origin
    let channel: WireChannel
    if origin.isSecure {
      channel = .secure(connector)
    } else {
      connector.close(keeping: descriptor)
      channel = .plain(Socket(connected: descriptor))
    }
    let connection = WireConnection(self, channel, descriptor: descriptor, origin: origin)
    if origin.isSecure { driver.handOver(descriptor, to: connection) }
    connection.rosterIndex = connections.count
    connections.append(connection)
    return connection
  }

  /// Gives up a connection that is being made.
  func abandon(_ connector: WireConnector) {
    connectors[ObjectIdentifier(connector)] = nil
    connector.close()
  }

  // MARK: The pool

  /// Connections that are open, idle ones included.
  var openConnections: Int { connections.count }

  /// Keeps a connection for the next call to its origin.
  func keep(_ connection: WireConnection) {
    connection.origin.put(connection)
    armSweep()
  }

  /// A connection has ended.
  func forget(_ connection: WireConnection) {
    connection.origin.forget(connection)
    let index = connection.rosterIndex
    guard connections.indices.contains(index), connections[index] === connection else { return }
    let last = connections.removeLast()
    guard last !== connection else { return }
    connections[index] = last
    last.rosterIndex = index
  }

  private func armSweep() {
    guard !isSweepArmed else { return }
    isSweepArmed = true
    sweep?.arm(milliseconds: WireTransport.sweepMilliseconds)
  }

  private func closeOld() {
    isSweepArmed = false
    let limit = loop.now.adding(milliseconds: -WireTransport.idleMilliseconds)
    for origin in origins.values {
      for connection in origin.takeIdle(since: limit) { connection.close() }
      if !origin.isEmpty { armSweep() }
    }
  }
}

extension WireTransport: EndOfTurnHandler {
  /// Tells of the calls that have failed before they began.
  package func endOfTurn() {
    let ended = failed
    failed = []
    for transfer in ended where !transfer.isOver { transfer.conclude() }
  }
}
