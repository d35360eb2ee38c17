import Ledger

/// Looks for ids that stand in the books twice, with memory for some of them only: segments come from the highest ids
/// down, so that what is above the highest id of the next one cannot come again.
struct DuplicateSearch {
  private struct Entry {
    let order: Int64
    let hash: UInt64
    let number: Int64
    let offset: Int
  }

  /// So many entries are put together before the settled ones among them are looked at.
  private static let portion = 200_000

  private var entries: [Entry] = []
  private var unsettled = 0
  private var suspects: [(Entry, Entry)] = []

  /// Adds the id of the record at `offset` in the segment `number`.
  mutating func add(_ id: UnsafeRawBufferPointer, number: Int64, offset: Int) {
    entries.append(
      Entry(order: RecordID.order(id), hash: RecordID.hash(id), number: number, offset: offset))
  }

  /// No id above `order` comes any more.
  mutating func goDown(to order: Int64) {
    guard order == .min || entries.count >= unsettled + DuplicateSearch.portion else { return }
    entries.sort { ($0.order, $0.hash) < ($1.order, $1.hash) }
    let first = entries.firstIndex { $0.order > order } ?? entries.count
    let settled = order == .min ? entries[...] : entries[first...]
    for (one, other) in zip(settled, settled.dropFirst()) where one.order == other.order && one.hash == other.hash {
      suspects.append((one, other))
    }
    entries.removeSubrange(settled.indices)
    unsettled = entries.count
  }

  /// The ids that stand there twice.
  func ids(_ database: Database) throws(StoreError) -> [String] {
    var ids: Set<String> = []
    for (one, other) in suspects {
      let id = try DuplicateSearch.id(one, database)
      if id == (try DuplicateSearch.id(other, database)) { ids.insert(id) }
    }
    return ids.sorted()
  }

  private static func id(_ entry: Entry, _ database: Database) throws(StoreError) -> String {
    let row = try database.prepare("SELECT \(StoredSegment.columns) FROM record_segments WHERE number = ?")
    try row.bind(1, entry.number)
    guard try row.step() else { return "" }
    let bytes = try StoredSegment(row).bytes(database)
    return bytes.withUnsafeBytes { bytes in
      var records = RecordIterator(UnsafeRawBufferPointer(rebasing: bytes[min(entry.offset, bytes.count)...]))
      let record = try? records.next()
      return record.map { String(decoding: $0.id, as: UTF8.self) } ?? ""
    }
  }
}
