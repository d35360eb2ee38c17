import Core
import Dispatch
import Glibc
import Synchronization

/// The process's signals: TERM and INT ask it to end, a second one ends it at once, HUP reloads, everything else that
/// people send by mistake is ignored.
///
/// None is lost: `hold` keeps them from the first moment on, and a HUP that comes before there is something to reload waits
/// for it.
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
    var hasWaitingReload = false
    var sources: [any DispatchSourceSignal] = []
  }

  private static let watched = [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2]

  /// Keeps the signals waiting until they are watched. Called first of all, by the thread that makes all others; holds over
  /// a beginning of the program anew.
  static func hold() {
    var set = sigset_t()
    sigemptyset(&set)
    for number in watched { sigaddset(&set, number) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Watches the signals from now on, and takes those that were held. They stay blocked, and are never set to be ignored:
  /// that would throw away what is waiting.
  init(log: Log) {
    self.log = log
    Signals.hold()
    let registered = DispatchGroup()
    let sources = Signals.watched.map { number -> any DispatchSourceSignal in
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

  /// What HUP does, on the queue; one that has come before is done now.
  func onReload(_ action: @escaping @Sendable () -> Void) {
    let isWaiting = state.withLock { state in
      state.onReload = action
      return state.hasWaitingReload
    }
    if isWaiting { Signals.queue.async(execute: action) }
  }

  /// Blocks until TERM or INT has come.
  func waitForTermination() { terminated.wait() }

  private func received(_ number: Int32) {
    switch number {
    case SIGTERM, SIGINT: terminate()
    case SIGHUP: reload()
    default: break
    }
  }

  private func reload() {
    let action = state.withLock { state in
      state.hasWaitingReload = state.onReload == nil
      return state.onReload
    }
    action?()
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
