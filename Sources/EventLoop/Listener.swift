import CPosix
import Core
import Glibc

/// A listening socket on one loop. Every loop has its own on the same address (`SO_REUSEPORT`), so that the kernel
/// spreads connections and no lock is needed.
package final class Listener: ReadinessHandler {
  /// Connections taken per turn, so that a flood of new ones cannot starve those that are open.
  private static let acceptsPerTurn = 64
  /// Pause after the process has run out of descriptors. Unit: milliseconds.
  private static let exhaustedPause: Int64 = 100

  private let loop: EventLoop
  private let descriptor: Int32
  private let accepted: (Int32, SocketAddress) -> Void
  private var registration: Registration?
  private var resumeTimer: LoopTimer?
  private var pauses: Set<Pause> = []
  /// Called when accepting fails for want of descriptors or memory; at most once per pause.
  package var onExhaustion: ((SystemFailure) -> Void)?

  /// Why nothing is accepted at the moment.
  private enum Pause { case exhausted, full }

  /// Starts to accept on a socket made by `bind`. `accepted` owns the descriptor it gets. Throws `SystemFailure`.
  package init(_ loop: EventLoop, descriptor: Int32, accepted: @escaping (Int32, SocketAddress) -> Void) throws {
    self.loop = loop
    self.descriptor = descriptor
    self.accepted = accepted
    registration = try loop.register(descriptor, .readable, handler: self)
    resumeTimer = LoopTimer(loop) { [weak self] in self?.resume(.exhausted) }
  }

  /// Accepts what can be accepted; called by the loop.
  package func ready(_ readiness: Readiness) {
    for _ in 0..<Listener.acceptsPerTurn {
      guard pauses.isEmpty, registration != nil, acceptOne() else { return }
    }
  }

  /// Stops or resumes accepting while the server holds its maximum of connections; the kernel's queue holds the rest.
  package func setFull(_ isFull: Bool) { isFull ? pause(.full) : resume(.full) }

  /// Takes what already waits in the kernel's queue, so that no caller who had connected is refused, and closes.
  package func close() {
    guard let registration else { return }
    while acceptOne() {}
    loop.deregister(registration)
    self.registration = nil
    resumeTimer?.invalidate()
    Glibc.close(descriptor)
  }

  private func acceptOne() -> Bool {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let client = pb_accept(descriptor, &storage, &length)
    if client >= 0 {
      accepted(client, SocketAddress(storage: storage, length: length))
      return true
    }
    let code = pb_errno()
    switch code {
    case EMFILE, ENFILE, ENOBUFS, ENOMEM:
      pause(.exhausted)
      resumeTimer?.arm(milliseconds: Listener.exhaustedPause)
      onExhaustion?(SystemFailure("accept", code: code))
      return false
    case EAGAIN: return false
    default: return true  // the connection failed before it was taken (ECONNABORTED, EPROTO, …): take the next
    }
  }

  private func pause(_ reason: Pause) {
    pauses.insert(reason)
    if let registration { loop.update(registration, []) }
  }

  private func resume(_ reason: Pause) {
    guard pauses.remove(reason) != nil, pauses.isEmpty, let registration else { return }
    loop.update(registration, .readable)
  }

  /// Binds `count` sockets to one address with `SO_REUSEPORT` and listens. A probe bind without it comes first, so that
  /// a second server on the same port is refused instead of silently sharing it. With port 0 the kernel chooses
  /// one for all. Returns the descriptors and the address in force. Throws `SystemFailure`.
  package static func bind(_ address: SocketAddress, count: Int) throws -> (descriptors: [Int32], bound: SocketAddress)
  {
    var address = address
    if address.port != 0 { Glibc.close(try open(address, isShared: false)) }
    var descriptors: [Int32] = []
    do {
      for _ in 0..<count {
        let descriptor = try open(address, isShared: true)
        descriptors.append(descriptor)
        address = try localAddress(descriptor)
        guard listen(descriptor, 4096) == 0 else { throw SystemFailure("listen on \(address)") }
      }
    } catch {
      for descriptor in descriptors { Glibc.close(descriptor) }
      throw error
    }
    return (descriptors, address)
  }

  private static func open(_ address: SocketAddress, isShared: Bool) throws -> Int32 {
    let descriptor = pb_socket(Int32(address.storage.ss_family))
    guard descriptor >= 0 else { throw SystemFailure("socket") }
    var on: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
    if isShared { setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, size) }
    if Int32(address.storage.ss_family) == AF_INET6 {
      setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, size)
    }
    var storage = address.storage
    let result = withUnsafePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, address.length) }
    }
    guard result == 0 else {
      let failure = SystemFailure("bind \(address)")
      Glibc.close(descriptor)
      throw failure
    }
    return descriptor
  }

  /// The address a socket is bound to.
  private static func localAddress(_ descriptor: Int32) throws -> SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    guard result == 0 else { throw SystemFailure("getsockname") }
    return SocketAddress(storage: storage, length: length)
  }
}
