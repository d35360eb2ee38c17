import Configuration
import Core
import Dispatch
import Gateway
import Ledger
import LedgerSQLite

/// Keeps the books of a serving process in step with the store: takes journals over, and puts in force what the
/// administration changes, through whatever process.
///
/// `@unchecked Sendable`: everything but constants is touched on its queue only.
final class BookKeeper: @unchecked Sendable {
  /// Time between two looks at the journals and for administrative changes, which are in force after it. Unit:
  /// milliseconds.
  private static let interval = 200

  private let opened: OpenBooks
  private let fold: JournalFold
  private let log: Log
  private let queue = DispatchQueue(label: "patchbay.books", qos: .utility)
  private var directory: KeyDirectory
  private var publish: (KeyTable) -> Void = { _ in }
  private var revision: Int64 = 0
  private var timer: (any DispatchSourceTimer)?
  private var isFoldFailing = false
  private var isPollFailing = false
  private var reportedDamage = 0

  /// A keeper that has read everything and put it in force; nothing happens by itself before `start`. Throws
  /// `StoreError`.
  init(_ opened: OpenBooks, _ access: AccessSettings, log: Log) throws {
    self.opened = opened
    self.log = log
    fold = try JournalFold(
      store: opened.foldingStore, run: opened.books.run.name, path: opened.books.run.path,
      leavesSpares: opened.books.reusesJournals)
    directory = KeyDirectory(accounts: opened.books.accounts)
    revision = try opened.store.revision()
    directory.replaceConfigured(try configured(access), time: .current())
    directory.apply(try opened.store.keys(changedAfter: 0), time: .current())
  }

  /// The keys as they are now.
  var keys: KeyTable { queue.sync { directory.table } }

  /// From now on journals are taken over and changes are looked for; `publish` gets the keys whenever they have changed.
  func start(publish: @escaping @Sendable (KeyTable) -> Void) {
    queue.sync {
      self.publish = publish
      // Keys may have changed since the loops were given theirs.
      publish(directory.table)
      let timer = DispatchSource.makeTimerSource(queue: queue)
      let interval = DispatchTimeInterval.milliseconds(BookKeeper.interval)
      timer.setEventHandler { [unowned self] in look() }
      timer.schedule(deadline: .now() + interval, repeating: interval, leeway: .milliseconds(20))
      timer.resume()
      self.timer = timer
    }
  }

  /// Takes over the keys of a reloaded configuration; `republish` puts them in force. Throws `StoreError` and changes
  /// nothing when the store cannot name them.
  func adopt(_ access: AccessSettings) throws {
    try queue.sync { directory.replaceConfigured(try configured(access), time: .current()) }
  }

  /// Puts the keys as they are now in force. Only ever done on the queue, so that no older table comes after a newer one.
  /// Blocks; not on a loop.
  func republish() { queue.sync { publish(directory.table) } }

  /// Puts administrative changes in force at once. Blocks; not on a loop. Throws `StoreError`.
  func takeChanges() throws(StoreError) { try onQueue { () throws(StoreError) in try self.poll() } }

  /// Takes over what the journals hold by now. Blocks; not on a loop. Throws `StoreError`.
  func foldNow() throws(StoreError) {
    try onQueue { () throws(StoreError) in try self.fold.step(limits: self.opened.books.written) }
  }

  /// The end of the run: takes the journals over to their end and removes them. After all loops have closed theirs.
  func end() {
    queue.sync {
      timer?.cancel()
      timer = nil
      do {
        try fold.step(limits: opened.books.written)
        try fold.finish()
        reportDamage()
        guard fold.report.damage.isEmpty else { return }
        try opened.books.run.remove()
        try opened.foldingStore.forget(run: opened.books.run.name)
      } catch {
        log.write(
          .warning, "the last records stay in the journals until the next start", [("reason", "\(error)")])
      }
    }
  }

  // MARK: On the queue

  private func look() {
    do {
      try fold.step(limits: opened.books.written)
      if isFoldFailing { log.write(.info, "the store takes records again") }
      isFoldFailing = false
    } catch {
      if !isFoldFailing {
        log.write(.error, "the store takes no records; they wait in the journals", [("reason", "\(error)")])
      }
      isFoldFailing = true
    }
    reportDamage()
    do {
      try poll()
      isPollFailing = false
    } catch {
      if !isPollFailing {
        log.write(.error, "the store cannot be read; keys and limits stay as they are", [("reason", "\(error)")])
      }
      isPollFailing = true
    }
  }

  private func reportDamage() {
    for damage in fold.report.damage.dropFirst(reportedDamage) {
      log.write(.error, "a journal cannot be read to its end", [("reason", damage)])
    }
    reportedDamage = fold.report.damage.count
  }

  private func onQueue(_ work: () throws(StoreError) -> Void) throws(StoreError) {
    let result: Result<Void, StoreError> = queue.sync {
      do throws(StoreError) { return .success(try work()) } catch { return .failure(error) }
    }
    try result.get()
  }

  private func poll() throws(StoreError) {
    let current = try opened.store.revision()
    guard current != revision else { return }
    let time = AdmissionTime.current()
    let changed = try opened.books.accounts.adopt(opened.store, changedAfter: revision, time: time)
    directory.apply(changed, time: time)
    revision = current
    if !changed.isEmpty { publish(directory.table) }
  }

  /// The keys of a configuration as the store names them.
  private func configured(_ access: AccessSettings) throws(StoreError) -> [KeyDirectory.ConfiguredKey] {
    let now = WallClock.seconds()
    let spending = try opened.store.keySpending(at: now)
    var named: [(name: String, key: Secret, role: StoredKey.Role, limits: KeyLimits)] = access.keys.map {
      ($0.name, $0.key, .user, $0.limits)
    }
    for (index, key) in access.managementKeys.enumerated() {
      named.append(("management-\(index + 1)", key, .management, KeyLimits()))
    }
    var keys: [KeyDirectory.ConfiguredKey] = []
    for entry in named {
      let text = entry.key.reveal()
      var key = StoredKey(
        hash: KeyHash(text), role: entry.role, source: .configuration, name: entry.name,
        label: StoredKey.label(of: text), createdAt: now, limits: entry.limits,
        workspace: opened.books.anonymous.workspace)
      key.number = try opened.store.register(configured: key)
      keys.append(KeyDirectory.ConfiguredKey(key: key, spending: spending[key.number] ?? Spending()))
    }
    return keys
  }
}
