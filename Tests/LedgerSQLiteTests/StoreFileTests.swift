import CSQLite
import Core
import Glibc
import Ledger
import LedgerSQLite
import TestSupport
import Testing

@Suite("The store's file")
struct StoreFileTests {
  @Test(
    "Keys are there after the store has been opened again, oldest first, with everything that was said of them",
    arguments: [SQLiteStore.Sync.process, .power])
  func keeps(sync: SQLiteStore.Sync) throws {
    try TemporaryFolder.with { folder in
      let path = folder + "/p.db"
      let store = try SQLiteStore.open(path: path, sync: sync)
      var full = makeKey(
        2, role: .management,
        limits: KeyLimits(
          limit: Money(units: 5), reset: .weekly, requestsPerMinute: 6, tokensPerMinute: 7, maxConcurrent: 8,
          allowedModels: ["a/*", "b/c"], allowedProviders: ["p"], zdr: true))
      full.disabled = true
      full.expiresAt = 99
      full.creator = "me"
      let keys = [try store.insert(full, by: somebody), try store.insert(makeKey(1), by: somebody)]
      full.number = keys[0].number
      full.workspace = try store.workspaces()[0].id
      #expect(keys[0] == full)
      #expect(try store.keys(changedAfter: 0) == keys)
      #expect(try SQLiteStore.open(path: path, sync: sync).keys(changedAfter: 0) == keys)
    }
  }

  @Test("A change made by another process is seen, and the revision tells that there is one")
  func isShared() throws {
    try withStore { store, path in
      let before = try store.revision()
      let other = try SQLiteStore.open(path: path, sync: .process)
      let key = try other.insert(makeKey(9), by: somebody)
      let after = try store.revision()
      #expect(after > before)
      #expect(try store.keys(changedAfter: before) == [key])
      #expect(try store.keys(changedAfter: after).isEmpty)
    }
  }

  @Test("The file and what lies beside it can be read by its owner only")
  func isPrivate() throws {
    try withStore { store, path in
      _ = try store.insert(makeKey(1), by: somebody)
      for suffix in ["", "-wal", "-shm"] {
        var status = stat()
        #expect(stat(path + suffix, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
      }
      _ = try store.revision()
    }
  }

  private func run(_ sql: String, _ path: String) {
    var handle: OpaquePointer?
    sqlite3_open(path, &handle)
    #expect(sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK, "\(sql)")
    sqlite3_close(handle)
  }

  @Test("A store written by a newer program is refused and left alone")
  func refusesNewerSchema() throws {
    try TemporaryFolder.with { folder in
      let path = folder + "/p.db"
      _ = try SQLiteStore.open(path: path, sync: .process)
      run("UPDATE schema_version SET version = 99", path)
      #expect(throws: StoreError.newerSchema(path: path, found: 99, known: SQLiteStore.schema)) {
        _ = try SQLiteStore.open(path: path, sync: .process)
      }
      run("UPDATE schema_version SET version = \(SQLiteStore.schema)", path)
      #expect(try SQLiteStore.open(path: path, sync: .process).keys(changedAfter: 0).isEmpty)
    }
  }

  @Test("A store of the first schema keeps its keys")
  func migrates() throws {
    try TemporaryFolder.with { folder in
      let path = folder + "/p.db"
      let hashes = [KeyHash("one"), KeyHash("two")]
      run(
        """
        CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT; INSERT INTO schema_version VALUES (1);
        CREATE TABLE keys (hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32), role TEXT NOT NULL, name TEXT NOT NULL,
          display TEXT NOT NULL, created_at INTEGER NOT NULL, disabled INTEGER NOT NULL DEFAULT 0) STRICT;
        INSERT INTO keys VALUES (x'\(hashes[1].hexadecimal)', 'user', 'second', 'd2', 20, 1),
          (x'\(hashes[0].hexadecimal)', 'management', 'first', 'd1', 10, 0);
        """, path)
      let store = try SQLiteStore.open(path: path, sync: .process)
      let keys = try store.keys(changedAfter: 0)
      #expect(keys.map(\.hash) == hashes)
      #expect(keys.map(\.name) == ["first", "second"])
      #expect(keys.map(\.disabled) == [false, true])
      #expect(keys.map(\.role) == [.management, .user])
      #expect(Set(keys.map(\.workspace)) == [try store.workspaces()[0].id])
      #expect(try store.integrityFaults().isEmpty)
    }
  }

  @Test("Two processes that make the store at the same time make one")
  func racesAreHarmless() throws {
    try TemporaryFolder.with { folder in
      let path = folder + "/p.db"
      DispatchGroupOf(8).run { _ in _ = try? SQLiteStore.open(path: path, sync: .process) }
      let workspaces = try SQLiteStore.open(path: path, sync: .process).workspaces()
      #expect(workspaces.count == 1)
    }
  }

  @Test("A file that is no database is refused")
  func refusesOtherFiles() throws {
    try TemporaryFolder.with { folder in
      let path = folder + "/p.db"
      try FileContents.replace(path, with: Array(String(repeating: "not a database ", count: 100).utf8))
      let error = #expect(throws: StoreError.self) { _ = try SQLiteStore.open(path: path, sync: .process) }
      guard case .damaged = error else {
        Issue.record("expected 'damaged', found \(String(describing: error))")
        return
      }
    }
  }

  @Test("A folder that does not exist is named with the system's reason, and an existing file is asked for")
  func namesMissingFolder() throws {
    try TemporaryFolder.with { folder in
      let missing = folder + "/none/p.db"
      let error = #expect(throws: StoreError.self) { _ = try SQLiteStore.open(path: missing, sync: .process) }
      #expect(error == .cannotOpen(path: missing, reason: "No such file or directory"))
      #expect(throws: StoreError.self) { _ = try SQLiteStore.open(existing: folder + "/p.db") }
      #expect(!FileContents.exists(folder + "/p.db"))
    }
  }

  @Test("A store that another process holds for too long is busy, not broken, and usable afterwards")
  func isBusy() throws {
    try withStore { store, path in
      var handle: OpaquePointer?
      sqlite3_open(path, &handle)
      sqlite3_exec(handle, "BEGIN IMMEDIATE", nil, nil, nil)
      store.waitsForOthers(milliseconds: 20)
      #expect(throws: StoreError.busy) { try store.insert(makeKey(1), by: somebody) }
      let keys = try store.keys(changedAfter: 0)
      #expect(keys.isEmpty, "reading goes on")
      sqlite3_exec(handle, "COMMIT", nil, nil, nil)
      sqlite3_close(handle)
      #expect(try store.insert(makeKey(1), by: somebody).number == 1)
    }
  }
}
