import Configuration
import Core
import Gateway
import Ledger
import LedgerSQLite

/// The books at the start of a gateway: the store is opened and brought up to date, journals that ended runs have left
/// behind are taken over, and the journals of this run begin. Blocks; before anything is served.
struct OpenBooks {
  /// For the administration and for what the gateway reads.
  let store: SQLiteStore
  /// For the journals: a batch that waits for the file must not keep the administration waiting.
  let foldingStore: SQLiteStore
  /// As the loops see them.
  let books: GatewayBooks

  /// Opens the books that a configuration names. Throws `StoreError` and `SystemFailure`.
  static func open(_ configuration: Configuration, _ log: Log) throws -> OpenBooks {
    let storage = configuration.storage
    let sync: SQLiteStore.Sync = storage.sync == .power ? .power : .process
    let store = try SQLiteStore.open(path: storage.path, sync: sync)
    let foldingStore = try SQLiteStore.open(existing: storage.path, sync: sync)
    let folder = JournalRun.folder(store: storage.path)
    report(try JournalFold.recover(folder: folder, into: foldingStore), log)
    let time = AdmissionTime.current()
    let workspace = try store.workspaces().first { $0.isDefault }?.id ?? ""
    let spending = try store.keySpending(at: time.now)
    let books = GatewayBooks(
      accounts: try Accounts(store, freeLimits: configuration.access.freeLimits, time: time),
      run: try JournalRun.begin(folder: folder),
      survivesPowerCut: storage.sync == .power, workspace: workspace, spending: spending[0] ?? Spending(), time: time)
    return OpenBooks(store: store, foldingStore: foldingStore, books: books)
  }

  private static func report(_ report: JournalFold.Report, _ log: Log) {
    if report.records > 0 {
      log.write(
        report.unknown > 0 ? .warning : .info, "records of an earlier run were taken over",
        [("records", String(report.records)), ("unknown", String(report.unknown))])
    }
    for damage in report.damage { log.write(.error, "a journal cannot be read to its end", [("reason", damage)]) }
  }
}
