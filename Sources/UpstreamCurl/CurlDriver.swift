import CCurl
import Core
import EventLoop

/// One multi handle of libcurl, driven by one loop: libcurl says which sockets and timeouts it cares about, the loop
/// tells it when they are due. Nothing here blocks; name resolution runs on libcurl's own threads.
///
/// The owner calls `shutDown` when it ends, after it has removed its tasks.
final class CurlDriver {
  /// Where everything happens.
  let loop: EventLoop
  /// TLS sessions of the loop's handles.
  let share: OpaquePointer?
  private let multi: UnsafeMutableRawPointer
  private var sockets: [(any CurlDescriptor)?] = []
  private var pending: [CurlTask] = []
  private var timer: LoopTimer?
  private var isQueued = false
  private var hasDueTimeout = false
  private var isShutDown = false
  /// Depth of calls into libcurl; its functions that change the multi handle must not be called from its callbacks.
  private var depth = 0
  /// The descriptor that libcurl is to let go of without closing it, or -1.
  private var kept: Int32 = -1

  /// A driver that keeps at most `idleConnections` of libcurl's own for reuse. Throws `GatewayError`.
  init(_ loop: EventLoop, idleConnections: Int) throws {
    guard CurlLibrary.isReady, let multi = curl_multi_init() else {
      throw GatewayError(.internalFailure, "libcurl could not be initialised", origin: .gateway)
    }
    self.loop = loop
    self.multi = multi
    share = CurlLibrary.makeShare()
    let context = Unmanaged.passUnretained(self).toOpaque()
    _ = pb_multi_set_socket(multi, CurlDriver.socketCallback, context)
    _ = pb_multi_set_timer(multi, CurlDriver.timerCallback, context)
    _ = pb_multi_set_long(multi, CURLMOPT_MAXCONNECTS, idleConnections)
    timer = LoopTimer(loop) { [weak self] in self?.timeoutDue() }
  }

  /// Closes libcurl's connections and frees the multi handle. No task is under way any more.
  func shutDown() {
    guard !isShutDown else { return }
    isShutDown = true
    pending = []
    timer?.invalidate()
    curl_multi_cleanup(multi)
    if let share { curl_share_cleanup(UnsafeMutableRawPointer(share)) }
  }

  // MARK: Tasks

  /// Whether one of libcurl's callbacks is running, so that only `queue` may be called.
  var isInside: Bool { depth > 0 }

  /// Starts a task.
  func add(_ task: CurlTask) -> CURLMcode {
    depth += 1
    let code = curl_multi_add_handle(multi, task.handle)
    depth -= 1
    queue()
    return code
  }

  /// Takes a task out; the connection of an unfinished one is closed. `descriptor` is left open, if given.
  /// Returns false inside one of libcurl's callbacks, where it cannot be done: the handle is still in use then.
  @discardableResult
  func remove(_ task: CurlTask, keeping descriptor: Int32 = -1) -> Bool {
    kept = descriptor
    depth += 1
    let code = curl_multi_remove_handle(multi, task.handle)
    depth -= 1
    kept = -1
    return code == CURLM_OK
  }

  /// Holds a task's transfer back or lets it go on. Letting go may call back at once with what libcurl had kept.
  func setPaused(_ isPaused: Bool, _ task: CurlTask) {
    depth += 1
    curl_easy_pause(task.handle, isPaused ? CURLPAUSE_RECV : CURLPAUSE_CONT)
    depth -= 1
  }

  /// Has `task.settle()` called at the end of this turn, in the order of the calls.
  func queue(_ task: CurlTask) {
    pending.append(task)
    queue()
  }

  private func queue() {
    guard !isQueued else { return }
    isQueued = true
    loop.atEndOfTurn(self)
  }

  private func collectFinished() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE else { continue }
      let result = pb_message_result(message)
      guard let handle = message.pointee.easy_handle, let task = CurlTask.of(handle) else { continue }
      task.finished(result)
    }
  }

  // MARK: Sockets

  /// Tells libcurl of a ready socket.
  func socketReady(_ descriptor: Int32, _ mask: Int32) {
    var left: Int32 = 0
    depth += 1
    curl_multi_socket_action(multi, descriptor, mask, &left)
    depth -= 1
    collectFinished()
  }

  /// Stops watching a descriptor that libcurl has finished connecting. `owner`, if given, hears when libcurl closes it.
  func handOver(_ descriptor: Int32, to owner: (any CurlDescriptor)?) {
    let index = Int(descriptor)
    while sockets.count <= index { sockets.append(nil) }
    sockets[index]?.forget()
    sockets[index] = owner
  }

  private func watch(_ descriptor: Int32, _ what: Int32) {
    let index = Int(descriptor)
    if what == CURL_POLL_REMOVE { return unwatch(index) }
    let interest = Readiness(
      rawValue: (what & CURL_POLL_IN != 0 ? Readiness.readable.rawValue : 0)
        | (what & CURL_POLL_OUT != 0 ? Readiness.writable.rawValue : 0))
    while sockets.count <= index { sockets.append(nil) }
    let socket = sockets[index] as? CurlSocket ?? CurlSocket(self, descriptor, isConnection: false)
    sockets[index] = socket
    socket.want(interest)
  }

  /// A connection that goes idle stays in epoll: it is most likely used again soon, and closing takes it out. Other
  /// sockets, such as those of the threaded resolver, are closed by libcurl without a word and leave at once.
  private func unwatch(_ index: Int) {
    guard sockets.indices.contains(index), let socket = sockets[index] as? CurlSocket else { return }
    if socket.isConnection {
      socket.wanted = []
    } else {
      socket.forget()
      sockets[index] = nil
    }
  }

  /// Libcurl has opened a socket to a provider. Whatever had its number before is gone.
  private func opened(_ descriptor: Int32) {
    let index = Int(descriptor)
    while sockets.count <= index { sockets.append(nil) }
    sockets[index]?.forget()
    sockets[index] = CurlSocket(self, descriptor, isConnection: true)
  }

  /// Libcurl closes a connection: it leaves epoll first, since the kernel gives the number to the next one at once.
  private func close(_ descriptor: Int32) {
    let index = Int(descriptor)
    if sockets.indices.contains(index), let socket = sockets[index] {
      sockets[index] = nil
      socket.forget()
    }
    if descriptor != kept { CurlSocket.closeDescriptor(descriptor) }
  }

  // MARK: Timeouts

  private func timeoutDue() {
    hasDueTimeout = true
    queue()
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

  // MARK: libcurl's callbacks

  private static let socketCallback: pb_curl_socket = { _, descriptor, what, context, _ in
    guard let context else { return 0 }
    Unmanaged<CurlDriver>.fromOpaque(context).takeUnretainedValue().watch(descriptor, what)
    return 0
  }

  private static let timerCallback: pb_curl_timer = { _, milliseconds, context in
    guard let context else { return 0 }
    Unmanaged<CurlDriver>.fromOpaque(context).takeUnretainedValue().setTimeout(milliseconds)
    return 0
  }

  /// Set on every handle of the driver.
  static let openCallback: pb_curl_open = { context, descriptor, _ in
    guard let context else { return CURL_SOCKOPT_ERROR }
    Unmanaged<CurlDriver>.fromOpaque(context).takeUnretainedValue().opened(descriptor)
    return CURL_SOCKOPT_OK
  }

  /// Set on every handle of the driver.
  static let closeCallback: pb_curl_close = { context, descriptor in
    guard let context else { return 1 }
    Unmanaged<CurlDriver>.fromOpaque(context).takeUnretainedValue().close(descriptor)
    return 0
  }
}

extension CurlDriver: EndOfTurnHandler {
  /// Enters libcurl for what this turn has started, cancelled or brought due.
  func endOfTurn() {
    isQueued = false
    guard !isShutDown else { return }
    let tasks = pending
    if !tasks.isEmpty { pending.removeAll(keepingCapacity: true) }
    for task in tasks { task.settle() }
    if hasDueTimeout {
      hasDueTimeout = false
      var left: Int32 = 0
      depth += 1
      curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &left)
      depth -= 1
    }
    collectFinished()
  }
}

/// Who watches a descriptor that libcurl owns.
protocol CurlDescriptor: AnyObject {
  /// The descriptor is about to be closed or changes hands: stop watching it. Called inside libcurl.
  func forget()
}
