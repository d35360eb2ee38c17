import Administration
import Core
import JSON
import Ledger
import LedgerSQLite

extension BooksCommand {
  func createKey(_ draft: KeyDraft, _ store: SQLiteStore) throws {
    let secret = Identifier.key()
    let existing = try keys(store).filter { $0.name == draft.name && $0.deletedAt == nil }
    if let other = existing.first {
      throw Failure(message: "there is a key with the name '\(other.name)'; choose another, or rotate it")
    }
    let key = try store.insert(
      StoredKey(
        hash: KeyHash(secret), role: draft.role, name: draft.name, label: StoredKey.label(of: secret), createdAt: now,
        expiresAt: draft.expiresInSeconds.map { now + $0 }, limits: draft.limits,
        workspace: try draft.workspace.map { try workspace($0, store).id } ?? "", creator: nil), by: administrator)
    if options.json { return write(KeyDocuments.created(key, secret: Secret(secret))) }
    terminal.write(secret + "\n")
    terminal.note("The key '\(key.name)' is shown this once; the store keeps only its hash.")
  }

  func listKeys(_ includeDisabled: Bool, _ store: SQLiteStore) throws {
    let keys = try keys(store).filter { $0.deletedAt == nil && (includeDisabled || !$0.validHashes(at: now).isEmpty) }
    let spending = try store.keySpending(at: now)
    if options.json {
      return write(KeyDocuments.list(keys.map { ($0, spending[$0.number] ?? Spending()) }))
    }
    if keys.isEmpty { return terminal.note("no key: make one with 'patchbay keys create --name NAME'") }
    var table = Table([
      ("NAME", .left), ("KEY", .left), ("ROLE", .left), ("STATE", .left), ("LIMIT", .right), ("RESET", .left),
      ("SPENT", .right), ("TOTAL", .right), ("HASH", .left),
    ])
    for key in keys {
      let spent = spending[key.number] ?? Spending()
      table.add([
        key.name, key.label, key.role.rawValue, state(key), key.limits.limit?.dollars ?? "-",
        key.limits.reset?.rawValue ?? "-", spent.spent(key.limits.reset).dollars, spent.total.dollars,
        String(key.hash.hexadecimal.prefix(12)),
      ])
    }
    terminal.write(table.text())
  }

  func showKey(_ text: String, _ store: SQLiteStore) throws {
    let key = try find(text, store)
    let spending = try store.keySpending(at: now)[key.number] ?? Spending()
    if options.json { return write(KeyDocuments.one(key, spending)) }
    let limits = key.limits
    var lines = [
      ("name", key.name), ("key", key.label), ("hash", key.hash.hexadecimal), ("role", key.role.rawValue),
      ("state", state(key)), ("made", instant(key.createdAt)), ("made in", key.source.rawValue),
      ("workspace", key.workspace), ("spent today", spending.daily.dollars),
      ("spent this week", spending.weekly.dollars),
      ("spent this month", spending.monthly.dollars), ("spent in all", spending.total.dollars),
    ]
    if let limit = limits.limit { lines.append(("limit", "\(limit.dollars) USD, \(limits.reset?.rawValue ?? "once")")) }
    if let value = limits.requestsPerMinute { lines.append(("requests per minute", "\(value)")) }
    if let value = limits.tokensPerMinute { lines.append(("tokens per minute", "\(value)")) }
    if let value = limits.maxConcurrent { lines.append(("at a time", "\(value)")) }
    if let value = limits.allowedModels { lines.append(("models", value.joined(separator: " "))) }
    if let value = limits.allowedProviders { lines.append(("providers", value.joined(separator: " "))) }
    if limits.zdr { lines.append(("zdr", "only endpoints that keep nothing")) }
    if let expires = key.expiresAt { lines.append(("expires", instant(expires))) }
    if let until = key.previousUntil, until > now { lines.append(("old key good until", instant(until))) }
    let width = lines.map(\.0.count).max() ?? 0
    var table = Table([("", .left), ("", .left)])
    for (name, value) in lines { table.add([name.padding(to: width), value]) }
    terminal.write(String(table.text().drop { $0 == " " || $0 == "\n" }))
  }

  func setDisabled(_ disabled: Bool, _ text: String, _ store: SQLiteStore) throws {
    let key = try find(text, store)
    let action = disabled ? "key.disable" : "key.enable"
    let changed = try store.change(key: key.number, action: action, by: administrator) { $0.disabled = disabled }
    try report(changed, disabled ? "is disabled" : "is enabled", store)
  }

  func rotateKey(_ text: String, _ grace: Int64, _ store: SQLiteStore) throws {
    let key = try find(text, store)
    let secret = Identifier.key()
    let until = now + grace
    let changed = try store.change(key: key.number, action: "key.rotate", by: administrator) { key in
      key.previousHash = key.hash
      key.previousUntil = until
      key.hash = KeyHash(secret)
      key.label = StoredKey.label(of: secret)
    }
    if options.json { return write(KeyDocuments.created(changed, secret: Secret(secret))) }
    terminal.write(secret + "\n")
    terminal.note("The new key of '\(key.name)' is shown this once. The old one is good until \(instant(until)).")
  }

  func deleteKey(_ text: String, _ store: SQLiteStore) throws {
    let key = try find(text, store)
    let now = now
    _ = try store.change(key: key.number, action: "key.delete", by: administrator) { $0.deletedAt = now }
    if options.json { return write(KeyDocuments.deleted) }
    terminal.note("The key '\(key.name)' is deleted; what it spent stays in the books.")
  }

  private func report(_ key: StoredKey, _ what: String, _ store: SQLiteStore) throws {
    if options.json {
      return write(KeyDocuments.one(key, try store.keySpending(at: now)[key.number] ?? Spending()))
    }
    terminal.note("The key '\(key.name)' \(what).")
  }

  /// Every key of the store, those of the configuration and deleted ones among them.
  func keys(_ store: SQLiteStore) throws(StoreError) -> [StoredKey] { try store.keys(changedAfter: -1) }

  /// The key with that name, hash, or start of a hash of at least 8 digits.
  private func find(_ text: String, _ store: SQLiteStore) throws -> StoredKey {
    let living = try keys(store).filter { $0.deletedAt == nil }
    let found = living.filter { $0.name == text || (text.utf8.count >= 8 && $0.hash.hexadecimal.hasPrefix(text)) }
    guard let key = found.first else {
      let hint = NearestName.find(text, among: living.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
      throw Failure(message: "there is no key with the name or hash '\(text)'\(hint)")
    }
    guard found.count == 1 else {
      let hashes = found.map { $0.hash.hexadecimal.prefix(12) }.joined(separator: ", ")
      throw Failure(message: "'\(text)' is the name of \(found.count) keys; name one by its hash: \(hashes)")
    }
    return key
  }

  private func workspace(_ text: String, _ store: SQLiteStore) throws -> Workspace {
    let all = try store.workspaces()
    guard let found = all.first(where: { $0.slug == text || $0.id == text }) else {
      let hint = NearestName.find(text, among: all.map(\.slug)).map { "; did you mean '\($0)'?" } ?? ""
      throw Failure(message: "there is no workspace '\(text)'\(hint)")
    }
    return found
  }

  private func state(_ key: StoredKey) -> String {
    if key.disabled { return "disabled" }
    if let expires = key.expiresAt {
      return expires <= now ? "expired" : "until \(UTCDay.text(UTCDay.of(seconds: expires)))"
    }
    return "active"
  }

  func instant(_ seconds: Int64) -> String { Timestamp.iso8601(milliseconds: seconds * 1000) }
}

extension String {
  fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
