import Core
import Ledger
import Testing

@testable import Gateway

/// The table of keys, as keys come, change and go.
struct KeyDirectoryTests {
  private static let time = AdmissionTime(now: 1_795_197_600, second: 0)
  private var directory = KeyDirectory(accounts: Accounts(time: KeyDirectoryTests.time))

  private func key(_ number: Int64, _ text: String, _ change: (inout StoredKey) -> Void = { _ in }) -> StoredKey {
    var key = StoredKey(
      number: number, hash: KeyHash(text), role: .user, name: text, label: "", createdAt: 0, workspace: "w")
    change(&key)
    return key
  }

  private func configured(_ key: StoredKey) -> KeyDirectory.ConfiguredKey {
    var key = key
    key.source = .configuration
    return KeyDirectory.ConfiguredKey(key: key, spending: Spending())
  }

  private func caller(_ text: String) -> Caller? { directory.table[hash: KeyHash(text)] }

  @Test("A key is found by its full hash only")
  mutating func lookup() throws {
    directory.apply(
      [
        key(1, "0123456789abcdef") { $0.limits = KeyLimits(allowedModels: ["a/*"], zdr: true) },
        key(2, "management") { $0.role = .management },
      ], time: KeyDirectoryTests.time)
    let found = try #require(caller("0123456789abcdef"))
    #expect(found.zdr && found.allowedModels == ["a/*"] && found.account.number == 1 && found.workspace == "w")
    #expect(caller("management")?.role == .management)
    for wrong in ["", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF"] { #expect(caller(wrong) == nil) }
    let bytes = Array("xx0123456789abcdefyy".utf8)
    #expect(
      directory.table.caller(bytes: bytes, 2..<18) === found && directory.table.caller(bytes: bytes, 2..<17) == nil)
  }

  @Test("A rotated key is good under both hashes, the old one until its grace ends")
  mutating func rotation() throws {
    directory.apply([key(1, "old")], time: KeyDirectoryTests.time)
    let account = caller("old")?.account
    let rotated = key(1, "new") {
      $0.previousHash = KeyHash("old")
      $0.previousUntil = 1_795_200_000
    }
    directory.apply([rotated], time: KeyDirectoryTests.time)
    #expect(caller("new")?.expiresAt == nil && caller("old")?.expiresAt == 1_795_200_000)
    #expect(caller("new")?.account === account && caller("old")?.account === account)
    directory.apply([key(1, "third")], time: KeyDirectoryTests.time)
    #expect(caller("new") == nil && caller("old") == nil && caller("third")?.account === account)
  }

  @Test("A disabled key is known as such, a deleted one not at all")
  mutating func ends() {
    directory.apply([key(1, "one"), key(2, "two")], time: KeyDirectoryTests.time)
    directory.apply(
      [key(1, "one") { $0.disabled = true }, key(2, "two") { $0.deletedAt = 1 }], time: KeyDirectoryTests.time)
    #expect(caller("one")?.isDisabled == true && caller("two") == nil)
  }

  @Test("A key of the configuration counts before the store's with the same text, which comes back when it goes")
  mutating func precedence() {
    directory.apply([key(1, "same") { $0.name = "stored" }], time: KeyDirectoryTests.time)
    directory.replaceConfigured(
      [configured(key(9, "same") { $0.name = "configured" })], time: KeyDirectoryTests.time)
    #expect(caller("same")?.name == "configured")
    directory.apply([key(1, "same") { $0.name = "stored again" }], time: KeyDirectoryTests.time)
    #expect(caller("same")?.name == "configured")
    directory.replaceConfigured([], time: KeyDirectoryTests.time)
    #expect(caller("same")?.name == "stored again")
  }
}
