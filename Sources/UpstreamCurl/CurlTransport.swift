import CCurl
import Core
import EventLoop
import Upstream

/// Calls to providers through libcurl's multi interface, driven by one loop: libcurl says which sockets and timeouts it
/// cares about, the loop tells it when they are due. Nothing here blocks; name resolution runs on libcurl's own threads.
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

  let loop: EventLoop
  let options: Options
  let share: OpaquePointer?
  private let multi: OpaquePointer
  private var sockets: [CurlSocket?] = []
  private var pools: [ObjectIdentifier: Pool] = [:]
  private var running: [String: Int] = [:]
  private var active: [ObjectIdentifier: CurlTransfer] = [:]
  private var removals: [CurlTransfer] = []
  private var timer: LoopTimer?
  private var isQueued = false
  private var hasDueTimeout = false
  /// Depth of calls into libcurl; its functions that change the multi handle must not be called from its callbacks.
  private var depth = 0

  private struct Pool {
    let route: UpstreamRoute
    var idle: [CurlTransfer] = []
  }

  /// A transport on `loop`. Throws `GatewayError` when libcurl cannot be set up.
  package init(_ loop: EventLoop, options: Options) throws {
    guard CurlLibrary.isReady, let multi = curl_multi_init() else {
      throw GatewayError(.internalFailure, "libcurl could not be initialised", origin: .gateway)
    }
    self.loop = loop
    self.options = options
    self.multi = OpaquePointer(multi)
    share = CurlLibrary.makeShare()
    let context = Unmanaged.passUnretained(self).toOpaque()
    _ = pb_multi_set_socket(multi, CurlTransport.socketCallback, context)
    _ = pb_multi_set_timer(multi, CurlTransport.timerCallback, context)
    _ = pb_multi_set_long(multi, CURLMOPT_MAXCONNECTS, CurlTransport.idleConnections)
    timer = LoopTimer(loop) { [weak self] in self?.timeoutDue() }
  }

  deinit {
    for transfer in active.values { curl_multi_remove_handle(raw, transfer.handle) }
    for pool in pools.values { for transfer in pool.idle { transfer.dispose() } }
    for transfer in active.values { transfer.dispose() }
    curl_multi_cleanup(raw)
    if let share { curl_share_cleanup(UnsafeMutableRawPointer(share)) }
  }

  private var raw: UnsafeMutableRawPointer { UnsafeMutableRawPointer(multi) }

  // MARK: Calls

  /// Starts a call; see `UpstreamTransport`.
  package func start(_ route: UpstreamRoute, body: ByteBuffer?, observer: any UpstreamObserver) -> any UpstreamTransfer
  {
    loop.assertOnLoop()
    let transfer = takeHandle(route)
    transfer.observer = observer
    transfer.failure = nil
    if running[route.provider, default: 0] >= route.maxConnections {
      transfer.failure = GatewayError(
        .unavailable, "All \(route.maxConnections) connections to \(route.provider) are in use", origin: .gateway,
        resend: .safe)
    } else if let failure = transfer.prepare(body: body) {
      transfer.failure = failure
    }
    active[ObjectIdentifier(transfer)] = transfer
    running[route.provider, default: 0] += 1
    if transfer.failure == nil, depth > 0 {
      // A callback of another transfer starts this one: libcurl is entered again at the end of the turn.
      transfer.state = .queued
      removals.append(transfer)
    } else if transfer.failure == nil {
      add(transfer)
    } else {
      transfer.state = .failedEarly
      removals.append(transfer)
    }
    queue()
    return transfer
  }

  private func add(_ transfer: CurlTransfer) {
    transfer.state = .running
    depth += 1
    let code = curl_multi_add_handle(raw, transfer.handle)
    depth -= 1
    if code != CURLM_OK {
      transfer.failure = GatewayError(
        .internalFailure, "The call could not be started", origin: .gateway, resend: .safe,
        context: String(cString: curl_multi_strerror(code)))
      transfer.state = .failedEarly
      removals.append(transfer)
      queue()
    }
  }

  /// Ends a call from outside: removing an unfinished handle closes its connection, which is the cancellation.
  func cancel(_ transfer: CurlTransfer) {
    guard active[ObjectIdentifier(transfer)] != nil, transfer.state != .cancelled else { return }
    transfer.observer = nil
    let wasQueued = transfer.state == .queued || transfer.state == .failedEarly
    transfer.state = .cancelled
    if wasQueued { return }  // it is on the list of the end of this turn, which recycles it
    if depth > 0 {
      removals.append(transfer)
      queue()
    } else {
      detach(transfer)
    }
  }

  /// Takes a finished or cancelled handle out of libcurl and back to its pool.
  private func detach(_ transfer: CurlTransfer) {
    depth += 1
    let code = curl_multi_remove_handle(raw, transfer.handle)
    depth -= 1
    guard code == CURLM_OK else {
      // Still inside one of libcurl's callbacks: the handle must not be pooled before it is out.
      removals.append(transfer)
      return queue()
    }
    recycle(transfer)
  }

  /// Holds a transfer back or lets it go on. Letting go may call back at once with what libcurl had kept.
  func setPaused(_ isPaused: Bool, _ transfer: CurlTransfer) {
    depth += 1
    curl_easy_pause(transfer.handle, isPaused ? CURLPAUSE_RECV : CURLPAUSE_CONT)
    depth -= 1
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

  // MARK: Driving libcurl

  /// Tells libcurl of a ready socket.
  func socketReady(_ descriptor: Int32, _ mask: Int32) {
    var left: Int32 = 0
    depth += 1
    curl_multi_socket_action(raw, descriptor, mask, &left)
    depth -= 1
    collectFinished()
  }

  private func timeoutDue() {
    hasDueTimeout = true
    queue()
  }

  private func queue() {
    guard !isQueued else { return }
    isQueued = true
    loop.atEndOfTurn(self)
  }

  private func collectFinished() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(raw, &left) {
      guard message.pointee.msg == CURLMSG_DONE else { continue }
      let result = pb_message_result(message)
      guard let handle = message.pointee.easy_handle, let transfer = CurlTransfer.of(handle) else { continue }
      guard active[ObjectIdentifier(transfer)] != nil else { continue }
      let observer = transfer.observer
      let failure = transfer.failure ?? (result == CURLE_OK ? transfer.headFailure() : transfer.failure(of: result))
      transfer.state = .finished
      detach(transfer)
      observer?.upstream(transfer, ended: failure)
    }
  }

  fileprivate func drive() {
    isQueued = false
    for transfer in removals.isEmpty ? [] : takeRemovals() { settle(transfer) }
    if hasDueTimeout {
      hasDueTimeout = false
      var left: Int32 = 0
      depth += 1
      curl_multi_socket_action(raw, CURL_SOCKET_TIMEOUT, 0, &left)
      depth -= 1
    }
    collectFinished()
  }

  private func takeRemovals() -> [CurlTransfer] {
    defer { removals.removeAll(keepingCapacity: true) }
    return removals
  }

  /// Does at the end of the turn what could not be done inside a callback.
  private func settle(_ transfer: CurlTransfer) {
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

  // MARK: libcurl's callbacks

  private static let socketCallback: pb_curl_socket = { _, descriptor, what, context, _ in
    guard let context else { return 0 }
    Unmanaged<CurlTransport>.fromOpaque(context).takeUnretainedValue().watch(descriptor, what)
    return 0
  }

  private static let timerCallback: pb_curl_timer = { _, milliseconds, context in
    guard let context else { return 0 }
    Unmanaged<CurlTransport>.fromOpaque(context).takeUnretainedValue().setTimeout(milliseconds)
    return 0
  }

  /// A timeout of 0 is deferred to the end of the turn: libcurl must not be entered from its own callback.
  private func setTimeout(_ milliseconds: Int) {
    if milliseconds < 0 {
      timer?.disarm()
    } else if milliseconds == 0 {
      timeoutDue()
    } else {
      timer?.arm(milliseconds: Int64(milliseconds))
    }
  }

  private func watch(_ descriptor: Int32, _ what: Int32) {
    let index = Int(descriptor)
    if what == CURL_POLL_REMOVE { return unwatch(index) }
    let interest = Readiness(
      rawValue: (what & CURL_POLL_IN != 0 ? Readiness.readable.rawValue : 0)
        | (what & CURL_POLL_OUT != 0 ? Readiness.writable.rawValue : 0))
    while sockets.count <= index { sockets.append(nil) }
    let socket = sockets[index] ?? CurlSocket(self, descriptor, isConnection: false)
    sockets[index] = socket
    socket.want(interest)
  }

  /// A connection that goes idle stays in epoll: it is most likely used again soon, and closing takes it out. Other
  /// sockets, such as those of the threaded resolver, are closed by libcurl without a word and leave at once.
  private func unwatch(_ index: Int) {
    guard sockets.indices.contains(index), let socket = sockets[index] else { return }
    if socket.isConnection {
      socket.wanted = []
    } else {
      socket.forget()
      sockets[index] = nil
    }
  }

  /// libcurl has opened a socket to a provider. Whatever had its number before is gone.
  func opened(_ descriptor: Int32) {
    let index = Int(descriptor)
    while sockets.count <= index { sockets.append(nil) }
    sockets[index]?.forget()
    sockets[index] = CurlSocket(self, descriptor, isConnection: true)
  }

  /// libcurl closes a connection: it leaves epoll first, since the kernel gives the number to the next one at once.
  func close(_ descriptor: Int32) {
    let index = Int(descriptor)
    if sockets.indices.contains(index), let socket = sockets[index] {
      socket.forget()
      sockets[index] = nil
    }
    CurlSocket.closeDescriptor(descriptor)
  }
}

extension CurlTransport: EndOfTurnHandler {
  /// Enters libcurl for what this turn has started, cancelled or brought due.
  package func endOfTurn() { drive() }
}
