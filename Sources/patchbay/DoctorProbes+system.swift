import Catalog
import Commands
import Configuration
import Core
import EventLoop
import Gateway
import Glibc
import Upstream

extension DoctorProbes {
  /// Longest wait for one provider. Unit: milliseconds.
  private static let patience = 10_000

  /// The probes that touch the world.
  static func system(environment: [String: String]) -> DoctorProbes {
    let network = Network(environment: environment)
    return DoctorProbes(
      provider: { ask($0, over: network) }, listen: listen, openFiles: openFiles, now: WallClock.seconds)
  }

  private static func ask(_ provider: ProviderSettings, over network: Network) -> ProviderAnswer {
    let path = GatewaySnapshot.listPath(of: provider)
    var timeouts = TimeoutSettings()
    timeouts.connectMilliseconds = patience
    let route = GatewaySnapshot.route(CatalogProvider(settings: provider), path: path ?? "", timeouts)
    do throws(NetworkProblem) {
      let head = try network.get(route, byteLimit: 16 << 20, milliseconds: patience).head
      // Without a list, or where requests are signed, an answer of any kind says all there is to know: it can be reached.
      let status = path == nil && head.status < 500 ? 200 : head.status
      return .answered(status: status, date: head.date)
    } catch {
      return .failed(reason: error.description)
    }
  }

  private static func listen(_ address: String) -> ListenAnswer {
    do {
      guard let resolved = try SocketAddress.resolve(address).first else {
        return .unusable(reason: "it is no address of this machine")
      }
      for descriptor in try Listener.bind(resolved, count: 1).descriptors { close(descriptor) }
      return .free
    } catch let failure as SystemFailure where failure.code == EADDRINUSE {
      return .inUse
    } catch {
      return .unusable(reason: "\(error)")
    }
  }

  /// The gateway raises the soft limit to the hard one when it starts.
  private static func openFiles() -> Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
    return Int(clamping: limit.rlim_max)
  }
}
