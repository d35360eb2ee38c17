import Core

/// What the books need of a database. Every call blocks: never on a loop. Safe from any thread; several processes may use
/// one store at a time. A change that has returned is kept, and stands in the audit log.
package protocol LedgerStore: Sendable {
  // MARK: Keys

  /// A number that changes with every administrative change, whoever makes it: what a server polls.
  func revision() throws(StoreError) -> Int64
  /// Keys that were made or changed after a revision, deleted ones among them, in the order of their making; 0: all keys of
  /// the store, -1: also those of the configuration.
  func keys(changedAfter revision: Int64) throws(StoreError) -> [StoredKey]
  /// The key with that hash, also a deleted one; the hash before a rotation finds nothing. Nil when there is none.
  func key(hash: KeyHash) throws(StoreError) -> StoredKey?
  /// A part of the keys that a question is about, in the order of their making.
  func keys(_ query: KeyQuery) throws(StoreError) -> [StoredKey]
  /// Stores a key and returns it with its number and workspace. Throws `duplicateKey`.
  func insert(_ key: StoredKey, by administrator: Administrator) throws(StoreError) -> StoredKey
  /// Names a key of the configuration in the books and returns its number: the same while its name or its hash is the
  /// same. Not a change for the audit log.
  func register(configured key: StoredKey) throws(StoreError) -> Int64
  /// Changes a key: reads it, hands it to `change`, and writes it back, alone. `action` is the audit log's word. Throws
  /// `notFound` for a number that is not there or deleted.
  func change(
    key number: Int64, action: String, by administrator: Administrator,
    _ change: @Sendable (inout StoredKey) -> Void
  ) throws(StoreError) -> StoredKey

  // MARK: Workspaces

  /// All workspaces, the default one first.
  func workspaces() throws(StoreError) -> [Workspace]
  /// Makes a workspace. Throws `duplicateSlug`.
  func insert(_ workspace: Workspace, by administrator: Administrator) throws(StoreError)
  /// Replaces a workspace's name, slug and description. Throws `notFound`, `duplicateSlug`.
  func update(_ workspace: Workspace, by administrator: Administrator) throws(StoreError)
  /// Removes a workspace with its members and budgets. Throws `refused` for the default one and one with keys.
  func deleteWorkspace(_ id: String, by administrator: Administrator) throws(StoreError)
  /// The members of a workspace, in the order of their joining.
  func members(_ workspace: String) throws(StoreError) -> [WorkspaceMember]
  /// Adds members; who is there already stays as they are. Returns those that are there now, of the given ones.
  func addMembers(
    _ users: [String], to workspace: String, by administrator: Administrator
  ) throws(StoreError) -> [WorkspaceMember]
  /// Removes members; returns how many were there.
  func removeMembers(
    _ users: [String], from workspace: String, by administrator: Administrator
  ) throws(StoreError) -> Int
  /// The budgets of all workspaces.
  func budgets() throws(StoreError) -> [WorkspaceBudget]
  /// Sets a budget. Throws `refused` when it cannot stand beside the workspace's others.
  func setBudget(
    _ limit: Money, _ interval: BudgetInterval, of workspace: String, by administrator: Administrator
  ) throws(StoreError) -> WorkspaceBudget
  /// Removes a budget; one that is not there is no error.
  func deleteBudget(
    _ interval: BudgetInterval, of workspace: String, by administrator: Administrator
  ) throws(StoreError)

  // MARK: Money

  /// Adds or takes back credits. Throws `refused` when the sum leaves the range.
  func add(_ entry: CreditEntry, by administrator: Administrator) throws(StoreError) -> CreditEntry
  /// Every entry, oldest first.
  func credits() throws(StoreError) -> [CreditEntry]
  /// What each key has spent, by number, in the windows of an instant in seconds since 1970.
  func keySpending(at now: Int64) throws(StoreError) -> [Int64: Spending]
  /// What each workspace has spent, by id.
  func workspaceSpending(at now: Int64) throws(StoreError) -> [String: Spending]
  /// What the account has spent since the beginning.
  func accountSpending() throws(StoreError) -> Money
  /// Requests for free variants that were admitted since an instant in milliseconds since 1970.
  func freeRequests(since milliseconds: Int64) throws(StoreError) -> Int64

  // MARK: Records

  /// The record of a generation; nil when there is none.
  func generation(_ id: String) throws(StoreError) -> GenerationRecord?
  /// What was used, newest day first where days are told apart, then dearest first.
  func usage(_ query: UsageQuery) throws(StoreError) -> [UsageRow]
  /// Takes over a batch: all of it or nothing. When it throws, the batch is offered again, or after a crash a like one.
  func fold(_ batch: FoldBatch) throws(StoreError)
  /// How far the journals of a run have been taken over, by loop.
  func places(run: String) throws(StoreError) -> [Int: JournalPlace]
  /// Openings of a run that have not ended and whose files are done, by generation id.
  func openings(run: String) throws(StoreError) -> [String: [UInt8]]
  /// Forgets the places of a run whose journals are gone.
  func forget(run: String) throws(StoreError)

  // MARK: Audit

  /// The audit log, oldest first.
  func auditLog() throws(StoreError) -> [AuditEntry]
  /// What does not agree with what, and what is estimated or unknown.
  func examine() throws(StoreError) -> BooksExamination
}

/// What an examination of the books found.
package struct BooksExamination: Sendable, Hashable {
  /// Records in the books.
  package var records: Int64 = 0
  /// Their sum.
  package var cost: Money = .zero
  /// Requests that are open in a journal, as far as the store has read.
  package var open: Int64 = 0
  /// Ids of records that an estimate made, newest first, at most `listed`.
  package var estimated: [String] = []
  /// How many there are.
  package var estimatedCount: Int64 = 0
  /// Ids of records whose end is not known, newest first, at most `listed`.
  package var unknown: [String] = []
  /// How many there are.
  package var unknownCount: Int64 = 0
  /// Ids of records that cost more than was held, newest first, at most `listed`.
  package var overruns: [String] = []
  /// How many there are.
  package var overrunCount: Int64 = 0
  /// What does not agree, in plain words; empty: the books are in order.
  package var faults: [String] = []

  /// Most ids in each list.
  package static let listed = 100

  /// An examination that has found nothing yet.
  package init() {}
}
