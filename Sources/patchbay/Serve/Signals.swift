import Core
import Dispatch
import Glibc

/// Signals of the running gateway: TERM and INT drain, a second one ends at once, HUP reloads, everything else that people
/// send by mistake is ignored.
enum Signals {
  /// Where signals, reloads and findings are handled, one at a time.
  static let queue = DispatchQueue(label: "patchbay.signals")

  /// Blocks until TERM or INT has come and the drain is over.
  static func runUntilTerminated(_ state: ServeState, drainSeconds: Int, _ log: Log) {
    let terminated = DispatchSemaphore(value: 0)
    let counter = TerminationCounter()
    let sources = [SIGTERM, SIGINT].map { number in
      source(number) {
        if counter.isFirst() {
          terminated.signal()
        } else {
          log.write(.warning, "second signal: ending at once")
          log.flush(milliseconds: 200)
          _exit(1)
        }
      }
    }
    let others = [
      source(SIGHUP) { state.reload() }, source(SIGUSR1) {}, source(SIGUSR2) {},
    ]
    terminated.wait()
    log.write(.info, "draining: nothing more is accepted, what runs may finish within \(drainSeconds) s")
    let cut = state.process.drain(seconds: drainSeconds)
    log.write(.info, cut == 0 ? "drained" : "drained; \(cut) requests were cut at the deadline")
    withExtendedLifetime((sources, others)) {}
  }

  /// Blocks until TERM or INT has come, for a process that has nothing to drain.
  static func waitForTermination() {
    let terminated = DispatchSemaphore(value: 0)
    let sources = [SIGTERM, SIGINT].map { source($0) { terminated.signal() } }
    terminated.wait()
    withExtendedLifetime(sources) {}
  }

  /// Counts on the signal queue only.
  private final class TerminationCounter: @unchecked Sendable {
    private var count = 0
    func isFirst() -> Bool {
      count += 1
      return count == 1
    }
  }

  private static func source(_ number: Int32, _ action: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
    source.setEventHandler(handler: action)
    source.resume()
    return source
  }
}
