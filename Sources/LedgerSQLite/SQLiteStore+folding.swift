import CSQLite
import Core
import Ledger

/// Where a record went.
struct Dimension: Hashable, Sendable {
  let workspace: String
  let model: String
  let provider: String
  let providerName: String
  let endpoint: String
  let region: String

  init(_ record: GenerationRecord) {
    let served = record.ending.served
    workspace = record.opening.workspace
    model = record.model
    provider = served?.provider ?? ""
    providerName = served?.providerName ?? ""
    endpoint = served?.endpoint ?? ""
    region = served?.region ?? ""
  }
}

/// Bits of `generations.flags`.
enum RecordFlags {
  static let estimated: Int64 = 1
  static let free: Int64 = 2
  static let overrun: Int64 = 4

  static func of(_ record: GenerationRecord) -> Int64 {
    (record.ending.usageSource == .estimated ? estimated : 0) | (record.opening.isFree ? free : 0)
      | (record.exceedsHold ? overrun : 0)
  }
}

extension SQLiteStore {
  /// What a batch adds to one row of `usage_daily`.
  private struct DailyKey: Hashable {
    let day: Int64
    let key: Int64
    let dimension: Int64
  }

  /// Takes over a batch: all of it or nothing.
  package func fold(_ batch: FoldBatch) throws(StoreError) {
    try write { database throws(StoreError) in
      var daily: [DailyKey: UsageRow] = [:]
      for entry in batch.records {
        let dimension = try self.dimension(Dimension(entry.record), database)
        try SQLiteStore.insert(entry, dimension: dimension, database)
        let key = DailyKey(day: entry.record.day, key: entry.record.opening.keyID, dimension: dimension)
        daily[key, default: UsageRow()].add(entry.record)
      }
      try SQLiteStore.add(daily, database)
      try SQLiteStore.keepOpenings(batch, database)
      for (loop, position) in batch.positions {
        let statement = try database.cached("INSERT OR REPLACE INTO journal_positions VALUES (?, ?, ?, ?)")
        try statement.bind(1, batch.run)
        try statement.bind(2, Int64(loop))
        try statement.bind(3, position.number)
        try statement.bind(4, position.offset)
        try statement.finish()
      }
    }
  }

  /// The number of a dimension. Kept in memory only once its transaction cannot be undone any more, or it would be wrong
  /// after a rollback: hence only those that were found, not those that were just made.
  private func dimension(_ dimension: Dimension, _ database: Database) throws(StoreError) -> Int64 {
    if let known = dimensions.withLock({ $0[dimension] }) { return known }
    let texts = [
      dimension.workspace, dimension.model, dimension.provider, dimension.providerName, dimension.endpoint,
      dimension.region,
    ]
    let search = try database.cached(
      """
      SELECT number FROM dimensions WHERE workspace = ? AND model = ? AND provider = ? AND provider_name = ?
      AND endpoint = ? AND region = ?
      """)
    for (index, text) in texts.enumerated() { try search.bind(Int32(index) + 1, text) }
    defer { search.reset() }
    if try search.step() {
      let number = search.integer(0)
      // A row that another transaction has committed, or this one has made: the latter is rare enough to look up again.
      if !database.madeDimensions.contains(number) { dimensions.withLock { $0[dimension] = number } }
      return number
    }
    let insertion = try database.cached(
      "INSERT INTO dimensions (workspace, model, provider, provider_name, endpoint, region) VALUES (?, ?, ?, ?, ?, ?)")
    for (index, text) in texts.enumerated() { try insertion.bind(Int32(index) + 1, text) }
    try insertion.finish()
    database.madeDimensions.insert(database.lastRow)
    return database.lastRow
  }

  private static func insert(
    _ entry: FoldBatch.Record, dimension: Int64, _ database: Database
  ) throws(StoreError) {
    let record = entry.record
    let statement = try database.cached(
      """
      INSERT INTO generations (id_hash, created_ms, key, dimension, outcome, flags, cost, record)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """)
    try statement.bind(1, idHash(record.opening.id))
    try statement.bind(2, record.opening.createdAt)
    try statement.bind(3, record.opening.keyID)
    try statement.bind(4, dimension)
    try statement.bind(5, Int64(record.ending.outcome.rawValue))
    try statement.bind(6, RecordFlags.of(record))
    try statement.bind(7, record.ending.cost.units)
    database.scratch.truncate(0)
    StoredRecord.write(opening: entry.opening, ending: entry.ending, to: database.scratch)
    try statement.bind(8, borrowed: database.scratch.bytes)
    try statement.finish()
  }

  private static func add(_ daily: [DailyKey: UsageRow], _ database: Database) throws(StoreError) {
    var keys: [Int64: UsageRow] = [:]
    var account = UsageRow()
    for (key, row) in daily {
      let statement = try database.cached(
        """
        INSERT INTO usage_daily VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, estimated = estimated + excluded.estimated,
          prompt = prompt + excluded.prompt, completion = completion + excluded.completion,
          reasoning = reasoning + excluded.reasoning, cached = cached + excluded.cached, cost = cost + excluded.cost
        """)
      let values = [
        key.day, key.key, key.dimension, row.requests, row.estimated, row.promptTokens, row.completionTokens,
        row.reasoningTokens, row.cachedTokens, row.cost.units,
      ]
      for (index, value) in values.enumerated() { try statement.bind(Int32(index) + 1, value) }
      try statement.finish()
      keys[key.key, default: UsageRow()].add(row)
      account.add(row)
    }
    for (key, row) in keys {
      let statement = try database.cached(
        """
        INSERT INTO key_totals VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, cost = cost + excluded.cost
        """)
      try statement.bind(1, key)
      try statement.bind(2, row.requests)
      try statement.bind(3, row.cost.units)
      try statement.finish()
    }
    if account.requests > 0 {
      let statement = try database.cached("UPDATE account_total SET requests = requests + ?, cost = cost + ?")
      try statement.bind(1, account.requests)
      try statement.bind(2, account.cost.units)
      try statement.finish()
    }
  }

  private static func keepOpenings(_ batch: FoldBatch, _ database: Database) throws(StoreError) {
    for (id, bytes) in batch.opened {
      let statement = try database.cached("INSERT INTO journal_openings VALUES (?, ?, ?)")
      try statement.bind(1, batch.run)
      try statement.bind(2, id)
      try statement.bind(3, bytes)
      try statement.finish()
    }
    for id in batch.closed {
      let statement = try database.cached("DELETE FROM journal_openings WHERE run = ? AND id = ?")
      try statement.bind(1, batch.run)
      try statement.bind(2, id)
      try statement.finish()
    }
  }

  /// The first twelve characters of an id behind its prefix as a number, five bits each: what the index holds. The id
  /// begins with its time, so that new ones stand together at the index's end.
  static func idHash(_ id: String) -> Int64 {
    var hash: Int64 = 0
    for byte in id.utf8.dropFirst(4).prefix(12) {
      hash = hash << 5 | Int64(byte >= 97 ? (byte &- 97) & 31 : (byte &- 24) & 31)
    }
    return hash
  }

  /// How far the journals of a run have been taken over.
  package func positions(run: String) throws(StoreError) -> [Int: JournalPosition] {
    try read { database throws(StoreError) in
      let row = try database.prepare("SELECT loop, number, offset FROM journal_positions WHERE run = ?")
      try row.bind(1, run)
      var positions: [Int: JournalPosition] = [:]
      while try row.step() {
        positions[Int(row.integer(0))] = JournalPosition(number: row.integer(1), offset: row.integer(2))
      }
      return positions
    }
  }

  /// Openings of a run that have not ended.
  package func openings(run: String) throws(StoreError) -> [String: [UInt8]] {
    try read { database throws(StoreError) in
      let row = try database.prepare("SELECT id, opening FROM journal_openings WHERE run = ?")
      try row.bind(1, run)
      var openings: [String: [UInt8]] = [:]
      while try row.step() { openings[row.text(0)] = row.blob(1) }
      return openings
    }
  }

  /// Forgets the positions of a run whose journals are gone.
  package func forget(run: String) throws(StoreError) {
    try write { database throws(StoreError) in
      for table in ["journal_positions", "journal_openings"] {
        let statement = try database.prepare("DELETE FROM \(table) WHERE run = ?")
        try statement.bind(1, run)
        try statement.finish()
      }
    }
  }

  /// The record of a generation.
  package func generation(_ id: String) throws(StoreError) -> GenerationRecord? {
    try read { database throws(StoreError) in
      let row = try database.prepare("SELECT record FROM generations WHERE id_hash = ?")
      try row.bind(1, SQLiteStore.idHash(id))
      while try row.step() {
        let record = try StoredRecord.read(row.blob(0))
        if record.opening.id == id { return record }
      }
      return nil
    }
  }
}

extension UsageRow {
  /// Adds a record.
  fileprivate mutating func add(_ record: GenerationRecord) {
    let usage = record.ending.usage.clamped
    requests += 1
    estimated += record.ending.usageSource == .estimated ? 1 : 0
    promptTokens += usage.promptTokens
    completionTokens += usage.completionTokens
    reasoningTokens += usage.reasoningTokens
    cachedTokens += usage.cachedTokens
    cost.units += record.ending.cost.units
  }

  /// Adds a row.
  fileprivate mutating func add(_ row: UsageRow) {
    requests += row.requests
    cost.units += row.cost.units
  }
}

/// A record as the store keeps it: the versions of its halves, the opening with its length, the ending.
enum StoredRecord {
  static func write(opening: [UInt8], ending: [UInt8], to buffer: RecordBuffer) {
    buffer.byte(Opening.version)
    buffer.byte(Ending.version)
    opening.withUnsafeBytes { buffer.blob($0) }
    ending.withUnsafeBytes { buffer.raw($0) }
  }

  static func read(_ bytes: [UInt8]) throws(StoreError) -> GenerationRecord {
    let result: Result<GenerationRecord, StoreError> = bytes.withUnsafeBytes { bytes in
      do throws(RecordDamage) {
        var reader = RecordReader(bytes)
        guard try reader.byte() == Opening.version, try reader.byte() == Ending.version else {
          throw RecordDamage(reason: "a known version")
        }
        var inner = RecordReader(try reader.blob())
        return .success(GenerationRecord(opening: try Opening(&inner), ending: try Ending(&reader)))
      } catch {
        return .failure(.failed(step: "read a record", reason: "it has no \(error.reason)"))
      }
    }
    return try result.get()
  }
}
