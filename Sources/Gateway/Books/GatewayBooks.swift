import Core
import Ledger
import Synchronization

/// The books as the loops see them: who may spend what, and where journals are written. Safe from any thread.
package final class GatewayBooks: Sendable {
  /// What keys, the account and workspaces have spent and may spend.
  package let accounts: Accounts
  /// Whoever comes, where no key is needed.
  package let anonymous: Caller
  /// The journals of this run of the program.
  package let run: JournalRun
  /// Flushes to the disk, with `storage.sync: power`; nil when the end of the process is all that must be survived.
  let sync: JournalSync?
  private let journals = Mutex<[Int: JournalProgress]>([:])

  /// Books whose journals are written to `run`. `workspace` is the one of callers without a key.
  package init(
    accounts: Accounts, run: JournalRun, survivesPowerCut: Bool, workspace: String, spending: Spending = Spending(),
    time: AdmissionTime
  ) {
    self.accounts = accounts
    self.run = run
    sync = survivesPowerCut ? JournalSync() : nil
    let key = StoredKey(
      number: 0, hash: KeyHash(""), role: .user, name: "anonymous", label: "", createdAt: time.now)
    anonymous = .anonymous(accounts.apply(key, spending: spending, time: time), workspace: workspace)
  }

  /// Whether journals write files again that are done. Not where they must survive a cut of power: the file's new name might
  /// not.
  package var reusesJournals: Bool { sync == nil }

  /// Begins the journal of a loop. Throws the system's reason.
  func begin(loop: Int) throws(SystemFailure) -> Journal {
    let journal = try Journal(folder: run.path, run: run.name, loop: loop, reusesFiles: reusesJournals)
    journals.withLock { $0[loop] = journal.progress }
    return journal
  }

  /// Up to where each loop's journal is written.
  package var written: [Int: JournalPosition] { journals.withLock { $0.mapValues(\.position) } }
}
