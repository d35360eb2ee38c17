import Administration
import Configuration
import Core
import JSON
import Ledger
import LedgerSQLite

/// The commands about the store: keys, credits, usage, audit, store check, explain. Safe while a gateway uses the store.
package struct BooksCommand: Sendable {
  /// A command that cannot be done, in words for the user.
  struct Failure: Error {
    let message: String
  }

  let options: BooksOptions
  let terminal: Terminal
  /// Seconds since 1970.
  let now: Int64
  private let environment: [String: String]

  /// A command on the store that the configuration names. `now` is in seconds since 1970.
  package init(_ options: BooksOptions, environment: [String: String], terminal: Terminal, now: Int64) {
    self.options = options
    self.environment = environment
    self.terminal = terminal
    self.now = now
  }

  /// Does what was asked. `wrong` when it cannot be done, or when the thing asked about is wrong.
  package func run() -> ExitCode {
    do {
      let loaded = try LoadedConfiguration.load(config: options.config, environment: environment)
      return try run(open(loaded.configuration.storage))
    } catch let failure as Failure {
      terminal.writeError("patchbay: \(failure.message)\n")
    } catch {
      terminal.writeError("patchbay: \(error)\n")
    }
    return .wrong
  }

  /// The store. Only what makes something may make the file.
  private func open(_ storage: StorageSettings) throws -> SQLiteStore {
    let sync: SQLiteStore.Sync = storage.sync == .power ? .power : .process
    switch options.action {
    case .keysCreate, .creditsAdd: return try SQLiteStore.open(path: storage.path, sync: sync)
    default:
      guard FileContents.exists(storage.path) else {
        throw Failure(
          message: "there is no store at '\(storage.path)' yet: it is made by 'patchbay keys create' or a gateway that "
            + "keeps books; check storage.url and the working directory")
      }
      return try SQLiteStore.open(existing: storage.path, sync: sync)
    }
  }

  private func run(_ store: SQLiteStore) throws -> ExitCode {
    switch options.action {
    case .keysCreate(let draft): try createKey(draft, store)
    case .keysList(let includeDisabled): try listKeys(includeDisabled, store)
    case .keysShow(let key): try showKey(key, store)
    case .keysDisable(let key): try setDisabled(true, key, store)
    case .keysEnable(let key): try setDisabled(false, key, store)
    case .keysRotate(let key, let grace): try rotateKey(key, grace, store)
    case .keysDelete(let key): try deleteKey(key, store)
    case .creditsShow: try showCredits(store)
    case .creditsAdd(let amount, let isNegative, let note):
      try addCredits(isNegative ? Money(units: -amount.units) : amount, note, store)
    case .usage(let grouping, let days, let csv): try showUsage(grouping, days, csv, store)
    case .audit(let file, let provider): return try audit(file, provider, store)
    case .auditLog: try showAuditLog(store)
    case .storeCheck: return try checkStore(store)
    case .explain(let id): try explain(id, store)
    }
    return .success
  }

  /// Who changes something here: the user of the shell, for the audit log.
  var administrator: Administrator {
    Administrator("cli:\(environment["USER"] ?? environment["LOGNAME"] ?? "unknown")", now: now)
  }

  /// Writes a value as JSON.
  func write(_ value: JSONValue) { terminal.write(value.line) }
}
