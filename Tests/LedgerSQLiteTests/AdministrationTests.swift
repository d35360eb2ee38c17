import CSQLite
import Core
import Ledger
import LedgerSQLite
import Testing

@Suite("Administration in the store")
struct AdministrationTests {
  @Test("A key is changed alone, and the change is in the audit log without the key")
  func changesKeys() throws {
    try withStore { store, _ in
      let key = try store.insert(makeKey(1), by: somebody)
      let changed = try store.change(key: key.number, action: "key.update", by: somebody) { key in
        key.disabled = true
        key.limits.limit = Money(units: 7)
      }
      #expect(changed.disabled)
      #expect(changed.updatedAt == somebody.now)
      #expect(try store.keys(changedAfter: 0) == [changed])
      let log = try store.auditLog()
      #expect(log.map(\.action) == ["key.create", "key.update"])
      #expect(log.allSatisfy { $0.actor == "cli:test" && $0.subject == key.hash.hexadecimal })
      #expect(throws: StoreError.self) { try store.change(key: 99, action: "x", by: somebody) { _ in } }
      #expect(try store.auditLog().count == 2, "what failed leaves no trace")
    }
  }

  @Test("The same key cannot be stored twice")
  func refusesDuplicates() throws {
    try withStore { store, _ in
      _ = try store.insert(makeKey(1), by: somebody)
      #expect(throws: StoreError.duplicateKey) { try store.insert(makeKey(1, role: .management), by: somebody) }
      #expect(try store.keys(changedAfter: 0).count == 1)
    }
  }

  @Test("A rotation keeps the number, and both keys are good until the grace is over")
  func rotates() throws {
    try withStore { store, _ in
      let key = try store.insert(makeKey(1), by: somebody)
      let old = key.hash
      let fresh = KeyHash("fresh")
      let rotated = try store.change(key: key.number, action: "key.rotate", by: somebody) { key in
        key.previousHash = old
        key.previousUntil = 100
        key.hash = fresh
      }
      #expect(rotated.number == key.number)
      let stored = try store.keys(changedAfter: 0)[0]
      #expect(stored.validHashes(at: 99) == [fresh, old])
      #expect(stored.validHashes(at: 100) == [fresh])
    }
  }

  @Test("Keys that are disabled, expired or deleted are good for nothing")
  func validity() {
    var key = makeKey(1)
    #expect(key.validHashes(at: 5) == [key.hash])
    key.expiresAt = 6
    #expect(key.validHashes(at: 5) == [key.hash])
    #expect(key.validHashes(at: 6).isEmpty)
    key.expiresAt = nil
    key.disabled = true
    #expect(key.validHashes(at: 5).isEmpty)
    key.disabled = false
    key.deletedAt = 1
    #expect(key.validHashes(at: 5).isEmpty)
  }

  @Test("A key of the configuration keeps its number when it is renamed, or when the key behind its name changes")
  func registers() throws {
    try withStore { store, _ in
      let number = try store.register(configured: makeKey(1))
      #expect(try store.register(configured: makeKey(1)) == number)
      var other = makeKey(2)
      other.name = makeKey(1).name
      #expect(try store.register(configured: other) == number)
      other.name = "renamed"
      #expect(try store.register(configured: other) == number)
      let stored = try store.insert(other, by: somebody)
      #expect(stored.number != number, "the same key may stand in the configuration and in the store")
      #expect(try store.register(configured: makeKey(3)) != number)
      #expect(throws: StoreError.self) { try store.change(key: number, action: "x", by: somebody) { _ in } }
    }
  }

  @Test("There is one default workspace; others come and go with their members and budgets")
  func workspaces() throws {
    try withStore { store, _ in
      let first = try #require(try store.workspaces().first)
      #expect(first.isDefault && first.slug == "default" && first.id.utf8.count == 36)
      let team = Workspace(id: Identifier.uuid(), name: "Team", slug: "team", createdAt: 1)
      try store.insert(team, by: somebody)
      #expect(throws: StoreError.duplicateSlug("team")) {
        try store.insert(Workspace(id: "x", name: "T", slug: "team", createdAt: 1), by: somebody)
      }
      #expect(try store.addMembers(["u1", "u2"], to: team.id, by: somebody).map(\.userID) == ["u1", "u2"])
      #expect(try store.addMembers(["u2", "u3"], to: team.id, by: somebody).count == 2)
      #expect(try store.removeMembers(["u1", "nobody"], from: team.id, by: somebody) == 1)
      #expect(try store.members(team.id).map(\.userID) == ["u2", "u3"])
      let budget = try store.setBudget(Money(units: 100), .monthly, of: team.id, by: somebody)
      #expect(throws: StoreError.self) { try store.setBudget(Money(units: 100), .daily, of: team.id, by: somebody) }
      #expect(throws: StoreError.self) { try store.setBudget(Money(units: 100), .lifetime, of: team.id, by: somebody) }
      let raised = try store.setBudget(Money(units: 200), .monthly, of: team.id, by: somebody)
      #expect(raised.id == budget.id)
      #expect(try store.budgets() == [raised])
      var renamed = team
      renamed.name = "Crew"
      try store.update(renamed, by: somebody)
      #expect(try store.workspaces().map(\.name) == ["Default", "Crew"])
      #expect(throws: StoreError.self) { try store.deleteWorkspace(first.id, by: somebody) }
      try store.deleteWorkspace(team.id, by: somebody)
      #expect(try store.budgets().isEmpty)
      #expect(try store.workspaces().count == 1)
    }
  }

  @Test("Credits are added and taken back, each with its note")
  func credits() throws {
    try withStore { store, _ in
      for (amount, note) in [(5, "paid"), (-2, "a mistake")] {
        _ = try store.add(
          CreditEntry(at: 1, amount: Money(units: Int64(amount)), note: note, actor: "me"), by: somebody)
      }
      #expect(try store.credits().map(\.amount.units) == [5, -2])
      #expect(try store.credits().map(\.note) == ["paid", "a mistake"])
      #expect(throws: StoreError.self) {
        try store.add(CreditEntry(at: 1, amount: Money(units: .max), note: "", actor: "me"), by: somebody)
      }
    }
  }

  @Test("Hostile names are data, never SQL")
  func injection() throws {
    try withStore { store, _ in
      var key = makeKey(1)
      key.name = "'); DROP TABLE keys; --"
      key.limits.allowedModels = ["a' OR '1'='1"]
      let stored = try store.insert(key, by: somebody)
      #expect(try store.keys(changedAfter: 0) == [stored])
      let query = UsageQuery([.day], workspace: "' OR 1=1 --")
      try store.fold(makeBatch([makeRecord("gen-1", model: "x'; DROP TABLE generations; --")]))
      #expect(try store.usage(query).isEmpty)
      #expect(try store.usage(UsageQuery([.model])).map(\.model) == ["x'; DROP TABLE generations; --"])
    }
  }

  @Test("The audit log cannot be changed in place, and whoever changes the file around it is found out")
  func auditLog() throws {
    try withStore { store, path in
      for number in 1...3 { _ = try store.insert(makeKey(number), by: somebody) }
      #expect(try store.examine().faults.isEmpty)
      var handle: OpaquePointer?
      sqlite3_open(path, &handle)
      defer { sqlite3_close(handle) }
      for sql in ["UPDATE audit_log SET actor = 'nobody'", "DELETE FROM audit_log"] {
        #expect(sqlite3_exec(handle, sql, nil, nil, nil) != SQLITE_OK)
      }
      sqlite3_exec(handle, "DROP TRIGGER audit_log_keeps", nil, nil, nil)
      sqlite3_exec(handle, "UPDATE audit_log SET actor = 'nobody' WHERE number = 2", nil, nil, nil)
      #expect(try store.examine().faults == ["the audit log was changed at entry 2"])
    }
  }
}
