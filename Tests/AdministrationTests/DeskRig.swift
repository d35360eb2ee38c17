import CSQLite
import Core
import JSON
import Ledger
import LedgerSQLite
import Synchronization
import TestSupport

@testable import Administration

/// A desk with a store of its own, accounts, and a stand-in for the running gateway: it puts changes in force as the real
/// one does, and folds what a test has put into its journal.
final class DeskRig: Sendable {
  /// The instant of every request: 2026-11-20T17:35:48Z, a Friday.
  static let now: Int64 = 1_795_196_148
  static let today = UTCDay.of(seconds: now)

  private struct State {
    var revision: Int64 = 0
    var adoptions = 0
    var folds = 0
    var journal: [GenerationRecord] = []
    var refusal: StoreError?
  }

  let store: SQLiteStore
  let accounts: Accounts
  let desk: AdministrationDesk
  private let path: String
  private let state: Holder

  private final class Holder: Sendable {
    let value = Mutex(State())
  }

  static func with(_ body: (DeskRig) throws -> Void) throws {
    try TemporaryFolder.with { folder in try body(try DeskRig(folder + "/p.db")) }
  }

  private init(_ path: String) throws {
    let store = try SQLiteStore.open(path: path, sync: .process)
    store.waitsForOthers(milliseconds: 20)
    let time = AdmissionTime(now: DeskRig.now, second: 1)
    let accounts = try Accounts(store, time: time)
    let state = Holder()
    let running = RunningBooks(
      adopt: { () throws(StoreError) in
        let (since, refusal) = state.value.withLock { ($0.revision, $0.refusal) }
        if let refusal { throw refusal }
        let revision = try store.revision()
        try accounts.adopt(store, changedAfter: since, time: time)
        state.value.withLock { state in
          state.revision = revision
          state.adoptions += 1
        }
      },
      fold: { () throws(StoreError) in
        let records = state.value.withLock { state in
          state.folds += 1
          defer { state.journal = [] }
          return state.journal
        }
        let batch = FoldBatch(run: "r")
        for record in records { batch.add(record) }
        try store.fold(batch)
      })
    self.path = path
    self.store = store
    self.accounts = accounts
    self.state = state
    desk = AdministrationDesk(store: store, accounts: accounts, running: running)
  }

  /// How often a change was put in force.
  var adoptions: Int { state.value.withLock { $0.adoptions } }
  /// How often the journals were folded.
  var folds: Int { state.value.withLock { $0.folds } }
  /// From now on changes cannot be put in force.
  func refuseAdoption(_ error: StoreError) { state.value.withLock { $0.refusal = error } }

  /// A request of a management key.
  @discardableResult
  func call(
    _ method: AdministrationMethod, _ path: String, _ body: String = "", query: [(String, String)] = [],
    as caller: AdministrationCaller = DeskRig.manager
  ) throws -> AdministrationAnswer {
    guard let route = DeskRig.route(path) else { throw GatewayError.caller(.notFound, "no route \(path)") }
    return try desk.answer(
      AdministrationRequest(
        route, method, query: query.map { (name: $0.0, value: $0.1) }, body: Array(body.utf8), caller: caller,
        remote: "10.0.0.3", now: DeskRig.now))
  }

  /// The error of a request that must have one.
  func failure(
    _ method: AdministrationMethod, _ path: String, _ body: String = "", query: [(String, String)] = [],
    as caller: AdministrationCaller = DeskRig.manager
  ) -> GatewayError? {
    do {
      try call(method, path, body, query: query, as: caller)
      return nil
    } catch {
      return error as? GatewayError
    }
  }

  static func route(_ path: String) -> AdministrationRoute? {
    path == "balance" ? .balance : AdministrationRoute(versioned: path[...])
  }

  /// A management key of the configuration.
  static let manager = AdministrationCaller(number: 900, role: .management, name: "boss", label: "sk-…boss")

  /// A key that was made through the administration: as its own caller, with its hash and secret.
  func makeKey(_ body: String) throws -> (caller: AdministrationCaller, hash: String, secret: String) {
    let document = try call(.post, "/keys", body).document
    let hash = document["data"]?["hash"]?.stringValue ?? ""
    guard let key = try KeyHash(hexadecimal: hash).flatMap({ try store.key(hash: $0) }) else {
      throw GatewayError.caller(.notFound, "the key was not stored")
    }
    let caller = AdministrationCaller(
      number: key.number, role: key.role, name: key.name, label: key.label, creator: key.creator,
      expiresAt: key.expiresAt)
    return (caller, hash, document["key"]?.stringValue ?? "")
  }

  /// A request of a key, whose end is in the journal only, and in the accounts.
  @discardableResult
  func spend(
    _ cost: Int64, as caller: AdministrationCaller, model: String = "a/b", day: Int64 = DeskRig.today,
    workspace: String = ""
  ) throws -> String {
    let id = Identifier.generation()
    let opening = Opening(
      id: id, createdAt: (day * UTCDay.seconds + 3600) * 1000, keyID: caller.number, workspace: workspace,
      requestedModel: model)
    let ending = Ending(
      outcome: .complete,
      served: Ending.Served(model: model, provider: "p", providerName: "P", endpoint: "p/fp8", region: "eu"),
      usage: Usage(promptTokens: 10, completionTokens: 5, reasoningTokens: 2), cost: Money(units: cost))
    let record = GenerationRecord(opening: opening, ending: ending)
    state.value.withLock { $0.journal.append(record) }
    if let account = accounts.key(caller.number) {
      let time = AdmissionTime(now: day * UTCDay.seconds + 3600, second: 1)
      let hold = try accounts.admit(AdmissionRequest(bound: DeskRig.noBound), key: account, workspace: "", time: time)
      hold.settle(cost: Money(units: cost), tokens: 15, time: time)
    }
    return id
  }

  private static let noBound = CostBound(
    cost: .zero, promptCost: .zero, promptTokens: 0, completionTokens: 0, completionPrice: .zero)

  /// Runs SQL on the file through another connection, as another process would, and keeps that open during `body`.
  func meddle(_ sql: String, _ body: () throws -> Void) throws {
    var handle: OpaquePointer?
    sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, nil)
    defer { sqlite3_close_v2(handle) }
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
      throw GatewayError.caller(.invalidRequest, String(cString: sqlite3_errmsg(handle)))
    }
    try body()
  }
}
