import Ledger

/// A row of `record_segments`: a piece of a file of records, and what is in it.
struct StoredSegment {
  /// Segments that follow each other are made one up to this length: a lookup reads one as a whole. Unit: bytes.
  static let mergeLimit: Int64 = 128 * 1024

  static let columns =
    "number, file, start, length, checksum, records, free, lowest_id, highest_id, earliest_ms, latest_ms, tails"

  /// Its number; 0 before it is stored.
  var number: Int64 = 0
  var file: Int64
  var start: Int64
  var length: Int64 = 0
  /// The CRC-32 of its bytes.
  var checksum: Int64 = 0
  var records: Int64 = 0
  var free: Int64 = 0
  var lowestID = Int64.max
  var highestID = Int64.min
  var earliest = Int64.max
  var latest = Int64.min
  /// The `RecordID.tail` of each record, where they are asked for.
  var tails: [UInt8] = []

  /// A segment without records at a place.
  init(file: Int64, start: Int64) {
    self.file = file
    self.start = start
  }

  /// The segment in a row of `columns`. Without the tails, the rest of a long row is not even read.
  init(_ row: Statement, withTails: Bool = false) {
    if withTails { tails = row.blob(11) }
    number = row.integer(0)
    file = row.integer(1)
    start = row.integer(2)
    length = row.integer(3)
    checksum = row.integer(4)
    records = row.integer(5)
    free = row.integer(6)
    lowestID = row.integer(7)
    highestID = row.integer(8)
    earliest = row.integer(9)
    latest = row.integer(10)
  }

  /// The segment that takes `records` in, behind the last one that the store has: that one grown, or the next.
  static func following(_ last: StoredSegment?, _ records: RecordSegment) -> StoredSegment {
    guard let last else { return StoredSegment(file: 1, start: 0) }
    let end = last.start + last.length
    if end >= RecordFiles.fileLimit { return StoredSegment(file: last.file + 1, start: 0) }
    if last.length + Int64(records.bytes.count) <= mergeLimit { return last }
    return StoredSegment(file: last.file, start: end)
  }

  /// Adds records at its end.
  mutating func append(_ other: RecordSegment) {
    checksum = Int64(Checksum.crc32(other.bytes, after: UInt32(truncatingIfNeeded: checksum)))
    length += Int64(other.bytes.count)
    records += Int64(other.count)
    free += other.free
    lowestID = min(lowestID, other.lowestID)
    highestID = max(highestID, other.highestID)
    earliest = min(earliest, other.earliest)
    latest = max(latest, other.latest)
    tails += other.tails
  }

  /// Whether it may hold the record of an id with that `RecordID.tail`.
  func mayHold(_ tail: UInt32) -> Bool {
    tails.withUnsafeBytes { tails in
      stride(from: 0, to: tails.count / 4 * 4, by: 4).contains { start in
        UInt32(littleEndian: tails.loadUnaligned(fromByteOffset: start, as: UInt32.self)) == tail
      }
    }
  }

  /// Writes it into the table.
  func store(_ database: Database) throws(StoreError) {
    let statement = try database.cached(
      """
      INSERT INTO record_segments (\(StoredSegment.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (number) DO UPDATE SET length = excluded.length, checksum = excluded.checksum,
        records = excluded.records, free = excluded.free, lowest_id = excluded.lowest_id,
        highest_id = excluded.highest_id, earliest_ms = excluded.earliest_ms, latest_ms = excluded.latest_ms, tails = excluded.tails
      """)
    try statement.bind(1, ifAny: number == 0 ? nil : number)
    let values = [
      file, start, length, checksum, records, free, lowestID, highestID, earliest, latest,
    ]
    for (index, value) in values.enumerated() { try statement.bind(Int32(index) + 2, value) }
    try statement.bind(12, tails)
    try statement.finish()
  }

  /// Its bytes. Throws `damaged` when they are not there, or not those that were written.
  func bytes(_ database: Database) throws(StoreError) -> [UInt8] {
    let bytes = try database.records.read(file: file, at: start, count: Int(clamping: max(0, length)))
    guard bytes.withUnsafeBytes({ Int64(Checksum.crc32($0)) }) == checksum else {
      throw database.damaged("the records from \(start) on in file \(file) are not those that were written")
    }
    return bytes
  }
}
