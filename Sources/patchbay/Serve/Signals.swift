import Core
import Dispatch
import Glibc
import Synchronization

/// The process's signals: TERM and INT ask it to end, a second one ends it at once, HUP reloads, everything else that
/// people send by mistake is ignored.
///
/// Made before anything listens: Dispatch opens its descriptors for signals when the first source is registered, and
/// stops the process when there are none left.
final class Signals: Sendable {
  /// Where signals, reloads and findings are handled, one at a time.
  static let queue = DispatchQueue(label: "patchbay.signals")

  private let terminated = DispatchSemaphore(value: 0)
  private let state = Mutex(State())
  private let log: Log

  private struct State {
    var terminations = 0
    var onReload: (@Sendable () -> Void)?
    var sources: [any DispatchSourceSignal] = []
  }

  /// Watches the signals from now on.
  init(log: Log) {
    self.log = log
    let registered = DispatchGroup()
    let sources = [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2].map { number -> any DispatchSourceSignal in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: Signals.queue)
      registered.enter()
      source.setRegistrationHandler { registered.leave() }
      source.setEventHandler { [weak self] in self?.received(number) }
      source.resume()
      return source
    }
    registered.wait()
    let kept = UncheckedSources(sources: sources)
    state.withLock { $0.sources = kept.sources }
  }

  /// Sources are safe from any thread by Dispatch's word, which their type does not say.
  private struct UncheckedSources: @unchecked Sendable {
    let sources: [any DispatchSourceSignal]
  }

  /// What HUP does; before this is set it does nothing.
  func onReload(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.onReload = action } }

  /// Blocks until TERM or INT has come.
  func waitForTermination() { terminated.wait() }

  private func received(_ number: Int32) {
    switch number {
    case SIGTERM, SIGINT: terminate()
    case SIGHUP: state.withLock { $0.onReload }?()
    default: break
    }
  }

  private func terminate() {
    let count = state.withLock { state in
      state.terminations += 1
      return state.terminations
    }
    if count == 1 {
      terminated.signal()
    } else {
      log.write(.warning, "second signal: ending at once")
      log.flush(milliseconds: 200)
      _exit(1)
    }
  }
}
