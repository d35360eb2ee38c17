import Core
import Ledger
import LedgerSQLite
import TestSupport

/// Somebody who changes things in tests.
let somebody = Administrator("cli:test", now: 1_795_196_148)

/// A store of its own for a test, and the path of its file.
func withStore(_ body: (SQLiteStore, String) throws -> Void) throws {
  try TemporaryFolder.with { folder in
    let path = folder + "/p.db"
    try body(try SQLiteStore.open(path: path, sync: .process), path)
  }
}

/// A key for tests, told apart by a number.
func makeKey(_ number: Int, role: StoredKey.Role = .user, limits: KeyLimits = KeyLimits()) -> StoredKey {
  StoredKey(
    hash: KeyHash("key \(number)"), role: role, name: "key \(number) with 'quotes' and ü", label: "sk-pb-v1-…\(number)",
    createdAt: 3, limits: limits)
}

/// A batch of records that have ended.
func makeBatch(_ records: [GenerationRecord]) -> FoldBatch {
  let batch = FoldBatch(run: "r")
  for record in records { batch.add(record) }
  return batch
}

/// A record for the books.
func makeRecord(
  _ id: String, at milliseconds: Int64 = 1_795_196_148_123, key: Int64 = 1, model: String = "a/b", cost: Int64 = 1000,
  outcome: Outcome = .complete, source: UsageSource = .reported, hold: Int64 = 1_000_000, isFree: Bool = false
) -> GenerationRecord {
  let opening = Opening(
    id: id, createdAt: milliseconds, keyID: key, workspace: "w", isFree: isFree, requestedModel: model,
    hold: Money(units: hold))
  let ending = Ending(
    outcome: outcome,
    served: Ending.Served(model: model, provider: "p", providerName: "P", endpoint: "p/fp8", region: "eu"),
    usage: Usage(promptTokens: 10, completionTokens: 5, cachedTokens: 4, reasoningTokens: 2), usageSource: source,
    cost: Money(units: cost))
  return GenerationRecord(opening: opening, ending: ending)
}
