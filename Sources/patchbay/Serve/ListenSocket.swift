import Configuration
import Core
import EventLoop
import Glibc

/// The sockets the gateway listens on.
enum ListenSocket {
  /// Binds one socket per loop to the configured address. A name with several addresses takes the first IPv4 one.
  /// Throws what to change: an address that is none, a port in use.
  static func open(_ server: ServerSettings) throws -> (descriptors: [Int32], bound: SocketAddress) {
    let processors = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    return try open(server.listen, loops: server.loops > 0 ? server.loops : processors)
  }

  /// Binds `loops` sockets to `text`, HOST:PORT. Throws like the other.
  static func open(_ text: String, loops: Int) throws -> (descriptors: [Int32], bound: SocketAddress) {
    let addresses = try SocketAddress.resolve(text)
    guard let address = addresses.first(where: { !$0.host.contains(":") }) ?? addresses.first else {
      throw SystemFailure("resolve \(text)", code: EADDRNOTAVAIL)
    }
    do {
      return try Listener.bind(address, count: loops)
    } catch let failure as SystemFailure where failure.code == EADDRINUSE {
      throw GatewayError(
        .internalFailure,
        "\(address) is in use by another program. Stop it, or listen elsewhere with --listen HOST:PORT.",
        origin: .gateway)
    } catch let failure as SystemFailure where failure.code == EACCES {
      throw GatewayError(
        .internalFailure, "\(address) may not be bound by this user. Use a port of 1024 or above.", origin: .gateway)
    }
  }
}
