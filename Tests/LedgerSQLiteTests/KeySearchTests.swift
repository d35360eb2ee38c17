import Core
import Ledger
import LedgerSQLite
import Testing

@Suite("Finding keys in the store, and putting changes in force")
struct KeySearchTests {
  @Test("A key is found by its hash, also a deleted one; the store's before the configuration's")
  func byHash() throws {
    try withStore { store, _ in
      let key = try store.insert(makeKey(1), by: somebody)
      #expect(try store.key(hash: key.hash) == key)
      #expect(try store.key(hash: KeyHash("another")) == nil)
      let number = try store.register(configured: makeKey(2))
      let configured = try #require(try store.key(hash: KeyHash("key 2")))
      #expect(configured.number == number && configured.source == .configuration)
      let both = try store.insert(makeKey(2), by: somebody)
      #expect(try store.key(hash: KeyHash("key 2")) == both)
      _ = try store.change(key: key.number, action: "key.delete", by: somebody) { $0.deletedAt = 7 }
      #expect(try store.key(hash: key.hash)?.deletedAt == 7)
    }
  }

  @Test("A part of the keys: by source, role, workspace, without deleted ones, disabled ones on demand")
  func parts() throws {
    try withStore { store, _ in
      let home = try #require(try store.workspaces().first?.id)
      let keys = try (1...4).map { try store.insert(makeKey($0), by: somebody) }
      let management = try store.insert(makeKey(5, role: .management), by: somebody)
      _ = try store.register(configured: makeKey(6))
      var away = makeKey(7)
      away.workspace = "elsewhere"
      _ = try store.insert(away, by: somebody)
      _ = try store.change(key: keys[0].number, action: "x", by: somebody) { $0.deletedAt = 7 }
      _ = try store.change(key: keys[1].number, action: "x", by: somebody) { $0.disabled = true }
      func numbers(_ query: KeyQuery) throws -> [Int64] { try store.keys(query).map(\.number) }
      #expect(try numbers(KeyQuery(source: .store, workspace: home)) == [keys[2].number, keys[3].number])
      #expect(
        try numbers(KeyQuery(source: .store, workspace: home, includesDisabled: true, offset: 0, limit: 2))
          == [keys[1].number, keys[2].number])
      #expect(try numbers(KeyQuery(source: .store, workspace: home, offset: 1, limit: 9)) == [keys[3].number])
      #expect(try numbers(KeyQuery(source: .store, role: .management, workspace: home)) == [management.number])
      #expect(try store.keys(KeyQuery(source: .configuration, workspace: home)).map(\.hash) == [KeyHash("key 6")])
    }
  }

  @Test("What another process changes is put in force: limits, budgets, credits, and what was spent before")
  func adopts() throws {
    try withStore { store, path in
      let time = AdmissionTime(now: somebody.now, second: 1)
      let accounts = try Accounts(store, time: time)
      let other = try SQLiteStore.open(path: path, sync: .process)
      let before = try store.revision()
      let key = try other.insert(makeKey(1, limits: KeyLimits(limit: Money(units: 9))), by: somebody)
      let manager = try other.insert(makeKey(2, role: .management), by: somebody)
      let home = try #require(try other.workspaces().first?.id)
      _ = try other.setBudget(Money(units: 50), .daily, of: home, by: somebody)
      _ = try other.add(
        CreditEntry(at: 1, amount: Money(units: 70), note: "n", actor: "a"), by: somebody)
      try other.fold(makeBatch([makeRecord("gen-1", at: somebody.now * 1000, key: key.number, cost: 4)]))
      #expect(
        try accounts.adopt(store, changedAfter: before, time: time).map(\.number) == [key.number, manager.number])
      let standing = try #require(accounts.key(key.number)?.budget.standing(today: time.day))
      #expect(standing.limits == [SpendingLimit(Money(units: 9), reset: nil)])
      #expect(standing.spending.daily == Money(units: 4))
      #expect(accounts.key(manager.number) == nil)
      #expect(accounts.workspace(home, today: time.day)?.limits.count == 1)
      #expect(accounts.balance(today: time.day).credits == Money(units: 70))
      #expect(try accounts.adopt(store, changedAfter: store.revision(), time: time).isEmpty)
      #expect(
        accounts.key(key.number)?.budget.standing(today: time.day).spending.daily == Money(units: 4),
        "what is known is not read again")
    }
  }
}
