import Ledger

extension SQLiteStore {
  /// The record of a generation. A request's id begins with its time, as do those of its neighbours: of the segments that
  /// are as new, few have the id in their range.
  package func generation(_ id: String) throws(StoreError) -> GenerationRecord? {
    try read { database throws(StoreError) in
      let order = RecordID.order(id)
      let tail = RecordID.tail(id)
      let row = try database.prepare(
        "SELECT \(StoredSegment.columns) FROM record_segments WHERE highest_id >= ?1 AND lowest_id <= ?1")
      try row.bind(1, order)
      var damage: StoreError?
      while try row.step() {
        let segment = StoredSegment(row, withTails: true)
        guard segment.mayHold(tail) else { continue }
        do throws(StoreError) {
          if let record = try SQLiteStore.record(id, in: try segment.bytes(database), database) { return record }
        } catch {
          damage = error
        }
      }
      if let damage { throw damage }
      return nil
    }
  }

  private static func record(
    _ id: String, in bytes: [UInt8], _ database: Database
  ) throws(StoreError) -> GenerationRecord? {
    let found: Result<GenerationRecord?, RecordDamage> = bytes.withUnsafeBytes { bytes in
      var records = RecordIterator(bytes)
      do throws(RecordDamage) {
        while let record = try records.next() {
          if record.id.elementsEqual(id.utf8) { return .success(try record.value()) }
        }
        return .success(nil)
      } catch {
        return .failure(error)
      }
    }
    switch found {
    case .success(let record): return record
    case .failure(let damage): throw database.damaged("a record in it has no \(damage.reason)")
    }
  }

  /// Requests for free variants. Segments are nearly in the order of their time: the search goes back from the newest and
  /// stops at the first that is older by an hour, which no request lasts.
  package func freeRequests(since milliseconds: Int64) throws(StoreError) -> Int64 {
    try read { database throws(StoreError) in
      let row = try database.prepare("SELECT \(StoredSegment.columns) FROM record_segments ORDER BY number DESC")
      var count: Int64 = 0
      while try row.step() {
        let segment = StoredSegment(row)
        if segment.latest < milliseconds - 3_600_000 { break }
        if segment.free == 0 || segment.latest < milliseconds { continue }
        count += segment.earliest >= milliseconds ? segment.free : try free(in: segment, since: milliseconds, database)
      }
      return count
    }
  }

  private func free(
    in segment: StoredSegment, since milliseconds: Int64, _ database: Database
  ) throws(StoreError) -> Int64 {
    let bytes = try segment.bytes(database)
    var count: Int64 = 0
    let damage = SQLiteStore.forEachRecord(in: bytes) { _, _, figures in
      if figures.isFree, figures.createdAt >= milliseconds { count += 1 }
    }
    if let damage { throw database.damaged("a record in it has no \(damage.reason)") }
    return count
  }

  /// Goes through a segment: `body` gets where a record begins, the record and its figures. Returns why it could not go on
  /// to the end, if so.
  static func forEachRecord(
    in bytes: [UInt8], _ body: (_ offset: Int, RecordIterator.Record, RecordFigures) -> Void
  ) -> RecordDamage? {
    bytes.withUnsafeBytes { bytes in
      var records = RecordIterator(bytes)
      do throws(RecordDamage) {
        var offset = 0
        while let record = try records.next() {
          body(offset, record, try record.figures())
          offset = records.offset
        }
        return nil
      } catch {
        return error
      }
    }
  }
}
