import CSQLite
import Core
import Glibc
import LedgerSQLite
import Testing

@Suite("KeyStore")
struct KeyStoreTests {
  private let folder = "/tmp/patchbay-test-" + Identifier.random(12)
  private var path: String { folder + "/keys.db" }

  private func withFolder(_ body: () throws -> Void) throws {
    try #require(mkdir(folder, 0o700) == 0)
    defer {
      for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
      rmdir(folder)
    }
    try body()
  }

  private func key(_ byte: UInt8, role: StoredKey.Role = .user, createdAt: Int64 = 1) -> StoredKey {
    StoredKey(
      hash: Array(repeating: byte, count: 32), role: role, name: "key \(byte) with 'quotes' and ü",
      display: "sk-pb-v1-…\(byte)", createdAt: createdAt)
  }

  private func run(_ sql: String) {
    var handle: OpaquePointer?
    sqlite3_open(path, &handle)
    sqlite3_exec(handle, sql, nil, nil, nil)
    sqlite3_close(handle)
  }

  @Test(
    "Keys are there after the store has been opened again, oldest first", arguments: [KeyStore.Sync.process, .power])
  func keeps(sync: KeyStore.Sync) throws {
    try withFolder {
      var disabled = key(2, role: .management, createdAt: 5)
      disabled.disabled = true
      let store = try KeyStore.open(path: path, sync: sync)
      try store.insert(disabled)
      try store.insert(key(1, createdAt: 3))
      #expect(try store.allKeys() == [key(1, createdAt: 3), disabled])
      #expect(try KeyStore.open(path: path, sync: sync).allKeys() == [key(1, createdAt: 3), disabled])
    }
  }

  @Test("A key made by another process is seen")
  func isShared() throws {
    try withFolder {
      let one = try KeyStore.open(path: path, sync: .process)
      let other = try KeyStore.open(path: path, sync: .process)
      try other.insert(key(9))
      #expect(try one.allKeys() == [key(9)])
    }
  }

  @Test("The file and what lies beside it can be read by its owner only")
  func isPrivate() throws {
    try withFolder {
      let store = try KeyStore.open(path: path, sync: .process)
      try store.insert(key(1))
      for suffix in ["", "-wal", "-shm"] {
        var status = stat()
        #expect(stat(path + suffix, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
      }
      _ = try store.allKeys()
    }
  }

  @Test("The same key cannot be stored twice")
  func refusesDuplicates() throws {
    try withFolder {
      let store = try KeyStore.open(path: path, sync: .process)
      try store.insert(key(1))
      #expect(throws: KeyStoreError.duplicateKey) { try store.insert(key(1, role: .management)) }
      #expect(try store.allKeys().count == 1)
    }
  }

  @Test("A store written by a newer program is refused and left alone")
  func refusesNewerSchema() throws {
    try withFolder {
      _ = try KeyStore.open(path: path, sync: .process)
      run("UPDATE schema_version SET version = 99")
      #expect(throws: KeyStoreError.newerSchema(path: path, found: 99, known: 1)) {
        _ = try KeyStore.open(path: path, sync: .process)
      }
      run("UPDATE schema_version SET version = 1")
      #expect(try KeyStore.open(path: path, sync: .process).allKeys().isEmpty)
    }
  }

  @Test("A file that is no database is refused")
  func refusesOtherFiles() throws {
    try withFolder {
      try FileContents.replace(path, with: Array(String(repeating: "not a database ", count: 100).utf8))
      let error = #expect(throws: KeyStoreError.self) { _ = try KeyStore.open(path: path, sync: .process) }
      guard case .damaged = error else {
        Issue.record("expected 'damaged', found \(String(describing: error))")
        return
      }
    }
  }

  @Test("A folder that does not exist is named with the system's reason")
  func namesMissingFolder() {
    let missing = folder + "/none/keys.db"
    let error = #expect(throws: KeyStoreError.self) { _ = try KeyStore.open(path: missing, sync: .process) }
    #expect(error == .cannotOpen(path: missing, reason: "No such file or directory"))
  }
}
