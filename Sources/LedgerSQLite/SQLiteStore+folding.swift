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

  init(_ row: UsageRow) {
    workspace = row.workspace ?? ""
    model = row.model ?? ""
    provider = row.provider ?? ""
    providerName = row.providerName ?? ""
    endpoint = row.endpoint ?? ""
    region = row.region ?? ""
  }
}

extension SQLiteStore {
  /// Takes over a batch: all of it or nothing. The records stand in their file before the transaction that speaks of them
  /// ends; without that end they are written over by the next.
  package func fold(_ batch: FoldBatch) throws(StoreError) {
    try write { database throws(StoreError) in
      if batch.records.count > 0 { try SQLiteStore.append(batch.records, database) }
      try add(batch.sums, database)
      try SQLiteStore.keepOpenings(batch, database)
      for (loop, place) in batch.places { try SQLiteStore.keep(place, of: loop, run: batch.run, database) }
    }
  }

  private static func append(_ records: RecordSegment, _ database: Database) throws(StoreError) {
    let row = try database.cached(
      "SELECT \(StoredSegment.columns) FROM record_segments ORDER BY number DESC LIMIT 1")
    let last = try row.step() ? StoredSegment(row, withTails: true) : nil
    row.reset()
    var segment = StoredSegment.following(last, records)
    try database.records.write(records.bytes, file: segment.file, at: segment.start + segment.length)
    segment.append(records)
    try segment.store(database)
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

  private func add(_ sums: [UsageRow], _ database: Database) throws(StoreError) {
    var keys: [Int64: UsageRow] = [:]
    var account = UsageRow()
    for row in sums {
      let statement = try database.cached(
        """
        INSERT INTO usage_daily VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, estimated = estimated + excluded.estimated,
          prompt = prompt + excluded.prompt, completion = completion + excluded.completion,
          reasoning = reasoning + excluded.reasoning, cached = cached + excluded.cached, cost = cost + excluded.cost
        """)
      let values = [
        row.day ?? 0, row.key ?? 0, try dimension(Dimension(row), database), row.requests, row.estimated,
        row.promptTokens, row.completionTokens, row.reasoningTokens, row.cachedTokens, row.cost.units,
      ]
      for (index, value) in values.enumerated() { try statement.bind(Int32(index) + 1, value) }
      try statement.finish()
      keys[row.key ?? 0, default: UsageRow()].add(row)
      account.add(row)
    }
    for (key, row) in keys { try SQLiteStore.add(row, to: key, database) }
    if account.requests > 0 {
      let statement = try database.cached("UPDATE account_total SET requests = requests + ?, cost = cost + ?")
      try statement.bind(1, account.requests)
      try statement.bind(2, account.cost.units)
      try statement.finish()
    }
  }

  private static func add(_ row: UsageRow, to key: Int64, _ database: Database) throws(StoreError) {
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

  private static func keep(
    _ place: JournalPlace, of loop: Int, run: String, _ database: Database
  ) throws(StoreError) {
    let statement = try database.cached("INSERT OR REPLACE INTO journal_places VALUES (?, ?, ?, ?, coalesce(?, x''))")
    try statement.bind(1, run)
    try statement.bind(2, Int64(loop))
    try statement.bind(3, place.position.number)
    try statement.bind(4, place.position.offset)
    let open = RecordBuffer(capacity: 8 * (place.open.count + 1))
    for position in place.open {
      let packed = UInt64(bitPattern: position.number << offsetBits | position.offset)
      open.word(UInt32(truncatingIfNeeded: packed))
      open.word(UInt32(truncatingIfNeeded: packed >> 32))
    }
    try statement.bind(5, borrowed: open.bytes)
    try statement.finish()
    withExtendedLifetime(open) {}
  }

  /// Bits of an offset in `journal_places.open`; no journal comes near 1 TiB.
  private static let offsetBits: Int64 = 40

  /// How far the journals of a run have been taken over.
  package func places(run: String) throws(StoreError) -> [Int: JournalPlace] {
    try read { database throws(StoreError) in
      let row = try database.prepare("SELECT loop, number, offset, open FROM journal_places WHERE run = ?")
      try row.bind(1, run)
      var places: [Int: JournalPlace] = [:]
      while try row.step() {
        places[Int(row.integer(0))] = JournalPlace(
          position: JournalPosition(number: row.integer(1), offset: row.integer(2)),
          open: SQLiteStore.positions(row.blob(3)))
      }
      return places
    }
  }

  private static func positions(_ bytes: [UInt8]) -> [JournalPosition] {
    bytes.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count / 8 * 8, by: 8).map { start in
        let packed = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Int64.self))
        return JournalPosition(number: packed >> offsetBits, offset: packed & (1 << offsetBits - 1))
      }
    }
  }

  /// Openings of a run that have not ended and whose files are done.
  package func openings(run: String) throws(StoreError) -> [String: [UInt8]] {
    try read { database throws(StoreError) in
      let row = try database.prepare("SELECT id, opening FROM journal_openings WHERE run = ?")
      try row.bind(1, run)
      var openings: [String: [UInt8]] = [:]
      while try row.step() { openings[row.text(0)] = row.blob(1) }
      return openings
    }
  }

  /// Forgets the places of a run whose journals are gone.
  package func forget(run: String) throws(StoreError) {
    try write { database throws(StoreError) in
      for table in ["journal_places", "journal_openings"] {
        let statement = try database.prepare("DELETE FROM \(table) WHERE run = ?")
        try statement.bind(1, run)
        try statement.finish()
      }
    }
  }
}

extension UsageRow {
  /// Adds a row.
  fileprivate mutating func add(_ row: UsageRow) {
    requests &+= row.requests
    cost.units &+= row.cost.units
  }
}
