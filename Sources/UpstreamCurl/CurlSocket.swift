import CCurl
import Core
import EventLoop
import Glibc

/// One of libcurl's sockets in the loop's epoll. What libcurl wants is remembered apart from what epoll watches, so that
/// a connection that goes idle between two calls costs no system call.
final class CurlSocket: ReadinessHandler, CurlDescriptor {
  private unowned let driver: CurlDriver
  private unowned let loop: EventLoop
  private let descriptor: Int32
  private var registration: Registration?
  /// Whether it is a connection to a provider, whose closing we are told of.
  let isConnection: Bool
  /// What libcurl waits for; empty while the connection is idle.
  var wanted: Readiness = []

  /// Watches nothing yet.
  init(_ driver: CurlDriver, _ descriptor: Int32, isConnection: Bool) {
    self.isConnection = isConnection
    self.driver = driver
    loop = driver.loop
    self.descriptor = descriptor
  }

  /// Watches for `interest`.
  func want(_ interest: Readiness) {
    wanted = interest
    if let registration {
      loop.update(registration, interest)
    } else {
      registration = try? loop.register(descriptor, interest, handler: self)
    }
  }

  /// Stops watching; the descriptor is about to be closed.
  func forget() {
    if let registration { loop.deregister(registration) }
    registration = nil
  }

  func ready(_ readiness: Readiness) {
    if wanted.rawValue == 0 {
      // The provider has closed or written to an idle connection; libcurl finds out when it takes it up again.
      return forget()
    }
    var mask: Int32 = 0
    if readiness.overlaps(.readable) || readiness.overlaps(.hangup) { mask |= CURL_CSELECT_IN }
    if readiness.overlaps(.writable) { mask |= CURL_CSELECT_OUT }
    if readiness.overlaps(.failed) { mask |= CURL_CSELECT_ERR }
    driver.socketReady(descriptor, mask)
  }

  static func closeDescriptor(_ descriptor: Int32) { Glibc.close(descriptor) }
}
