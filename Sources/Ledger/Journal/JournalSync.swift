import Core
import Dispatch
import Glibc
import Synchronization

/// Flushes of journals to the disk, for `storage.sync: power`: requests that come while one flush runs share the next.
/// Safe from any thread.
package final class JournalSync: Sendable {
  private struct State {
    var waiting: [(descriptor: Int32, done: @Sendable (SystemFailure?) -> Void)] = []
    var isRunning = false
  }

  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "patchbay.journal.sync")

  /// A queue of flushes.
  package init() {}

  /// Calls `done`, on a queue of its own, when everything that was written to `descriptor` before this call is on the disk,
  /// or with the reason why not. The descriptor is duplicated: its file may be closed meanwhile.
  package func request(_ descriptor: Int32, done: @escaping @Sendable (SystemFailure?) -> Void) {
    let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard own >= 0 else { return done(SystemFailure("duplicate a journal's descriptor")) }
    let starts = state.withLock { state in
      state.waiting.append((own, done))
      defer { state.isRunning = true }
      return !state.isRunning
    }
    if starts { queue.async { self.run() } }
  }

  private func run() {
    while true {
      let batch = state.withLock { state in
        let batch = state.waiting
        state.waiting = []
        if batch.isEmpty { state.isRunning = false }
        return batch
      }
      if batch.isEmpty { return }
      // Descriptors of one file are duplicates of each other, told apart by nothing but their file.
      var flushed: [(device: dev_t, inode: ino_t, failure: SystemFailure?)] = []
      for (descriptor, done) in batch {
        var status = stat()
        _ = fstat(descriptor, &status)
        if let known = flushed.first(where: { $0.device == status.st_dev && $0.inode == status.st_ino }) {
          done(known.failure)
        } else {
          let failure = fdatasync(descriptor) == 0 ? nil : SystemFailure("flush a journal")
          flushed.append((status.st_dev, status.st_ino, failure))
          done(failure)
        }
        close(descriptor)
      }
    }
  }
}
