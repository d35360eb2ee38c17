import Commands
import Configuration
import Core
import EventLoop
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
    var headers = provider.headers.map { UpstreamRoute.Header($0.name, $0.value) }
    if let key = provider.apiKey {
      headers.append(UpstreamRoute.Header("Authorization", Secret("Bearer " + key.reveal())))
    }
    let route = UpstreamRoute(
      provider: provider.slug, url: provider.baseURL + "/models", headers: headers, proxy: provider.proxy,
      http2: provider.http2, connectMilliseconds: patience)
    do throws(NetworkProblem) {
      let head = try network.get(route, byteLimit: 16 << 20, milliseconds: patience).head
      return .answered(status: head.status, date: head.date)
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
