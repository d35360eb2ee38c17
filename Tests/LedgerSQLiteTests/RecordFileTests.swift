import CSQLite
import Core
import Glibc
import Ledger
import LedgerSQLite
import TestSupport
import Testing

@Suite("Records beside the store")
struct RecordFileTests {
  /// The value of a query with one column in its first row.
  private func value(_ sql: String, _ path: String) -> Int64 {
    var handle: OpaquePointer?
    sqlite3_open(path, &handle)
    defer { sqlite3_close(handle) }
    var statement: OpaquePointer?
    sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
    defer { sqlite3_finalize(statement) }
    return sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1
  }

  private func run(_ sql: String, _ path: String) {
    var handle: OpaquePointer?
    sqlite3_open(path, &handle)
    #expect(sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK, "\(sql)")
    sqlite3_close(handle)
  }

  @Test("Small batches share segments, and every record is found, also among ids that look alike")
  func merges() throws {
    try withStore { store, path in
      var ids: [String] = []
      for index in 0..<600 {
        // The first eight characters and the last four are the same for many.
        let id = "gen-bcdefgh\(index % 3)-\(index)-\(["tail", "tial"][index % 2])"
        ids.append(id)
        try store.fold(makeBatch([makeRecord(id, key: Int64(index % 4))]))
      }
      for start in stride(from: 0, to: 600, by: 200) {
        let large = (0..<200).map { "gen-large-\(start + $0)" }
        try store.fold(makeBatch(large.map { makeRecord($0, cost: 5) }))
        ids += large
      }
      #expect(value("SELECT count(*) FROM record_segments", path) < 20)
      #expect(value("SELECT sum(records) FROM record_segments", path) == 1200)
      for id in ids { #expect(try store.generation(id)?.opening.id == id) }
      #expect(try store.generation("gen-bcdefgh0-1-tail") == nil)
      #expect(try store.generation("") == nil)
      let examination = try store.examine()
      #expect(examination.records == 1200)
      #expect(examination.faults.isEmpty)
      let other = try SQLiteStore.open(existing: path)
      #expect(try other.generation(ids[700])?.opening.id == ids[700], "another process finds it too")
    }
  }

  @Test("Segments of many seconds are searched by the time in the id")
  func searches() throws {
    try withStore { store, _ in
      let letters = Array("abcdefghijklmnopqrstuvwxyz234567")
      func id(_ second: Int, _ index: Int) -> String {
        "gen-bbb\(letters[second / 32])\(letters[second % 32])a\(letters[index])xyz"
      }
      for second in 0..<300 {
        let size = second % 50 == 49 ? 32 : 2
        try store.fold(makeBatch((0..<size).map { makeRecord(id(second, $0), at: Int64(second) * 2000) }))
      }
      for second in 0..<300 {
        for index in 0..<2 {
          #expect(try store.generation(id(second, index))?.opening.createdAt == Int64(second) * 2000)
        }
        #expect(try store.generation(id(second, 3)) != nil || second % 50 != 49)
      }
    }
  }

  @Test("A batch that fails at any of its steps leaves nothing behind, and is taken over once by whoever tries again")
  func isAtomic() throws {
    let steps = [
      "INSERT ON record_segments", "INSERT ON dimensions", "INSERT ON usage_daily", "INSERT ON key_totals",
      "UPDATE ON account_total", "INSERT ON journal_openings", "INSERT ON journal_places",
    ]
    for step in steps {
      for restarts in [false, true] {
        try withStore { store, path in
          let run = try JournalRun.begin(folder: JournalRun.folder(store: path))
          let journal = try Journal(folder: run.path, run: run.name, loop: 0, fileLimit: 2000)
          var fold = try JournalFold(store: store, run: run.name, path: run.path)
          try journal.append(makeRecord("gen-long").opening)
          try journal.append(makeRecord("gen-0").opening)
          try journal.append(makeRecord("gen-0").ending, of: "gen-0")
          try fold.step(limits: [0: journal.progress.position])
          for index in 1...40 {
            try journal.append(makeRecord("gen-\(index)", model: "new/model").opening)
            try journal.append(makeRecord("gen-\(index)", model: "new/model").ending, of: "gen-\(index)")
          }
          self.run("CREATE TRIGGER fails BEFORE \(step) BEGIN SELECT RAISE(ABORT, 'test'); END", path)
          for _ in 0..<2 {
            #expect(throws: StoreError.self, "\(step)") { try fold.step(limits: [0: journal.progress.position]) }
          }
          #expect(try store.examine().records == 1)
          #expect(try store.examine().faults.isEmpty)
          self.run("DROP TRIGGER fails", path)
          // What a crash leaves is what is on the disk.
          if restarts { fold = try JournalFold(store: store, run: run.name, path: run.path) }
          try fold.step(limits: [0: journal.progress.position])
          try journal.append(makeRecord("gen-long").ending, of: "gen-long")
          try fold.step(limits: [0: journal.progress.position])
          let examination = try store.examine()
          #expect(examination.records == 42, "\(step)")
          #expect(examination.open == 0)
          #expect(examination.faults.isEmpty)
          #expect(fold.report.damage.isEmpty)
          for index in 0...40 { #expect(try store.generation("gen-\(index)") != nil) }
        }
      }
    }
  }

  @Test("A changed byte among the records is found; the rest of the books can be read")
  func noticesDamage() throws {
    try withStore { store, path in
      // Two that are too long to become one.
      let size = 1000
      for batch in 0..<2 {
        try store.fold(makeBatch((0..<size).map { makeRecord("gen-\(batch)-\($0)") }))
      }
      #expect(try store.examine().faults.isEmpty)
      let file = path + ".records/1"
      var bytes = try FileContents.read(file, limit: 10_000_000)
      bytes[bytes.count / 4] ^= 1
      try FileContents.replace(file, with: bytes)
      #expect(throws: StoreError.self) { try store.generation("gen-0-7") }
      #expect(try store.generation("gen-1-7") != nil)
      let examination = try store.examine()
      #expect(examination.records == Int64(size))
      #expect(examination.faults.contains { $0.contains("1000 records are lost") })
      try FileContents.replace(file, with: Array(bytes.prefix(bytes.count / 3)))
      #expect(try store.examine().faults.contains { $0.contains("are not there") })
      unlink(file)
      #expect(try store.examine().faults.count >= 2)
      #expect(throws: StoreError.self) { try store.generation("gen-1-7") }
    }
  }

  @Test("Large batches, which pass the system's memory by, and small ones stand one behind the other")
  func mixesSizes() throws {
    for sync in [SQLiteStore.Sync.process, .power] {
      try TemporaryFolder.with { folder in
        let store = try SQLiteStore.open(path: folder + "/p.db", sync: sync)
        var count = 0
        for size in [1, 1000, 1500, 3, 900, 1, 1, 2000] {
          try store.fold(makeBatch((count..<(count + size)).map { makeRecord("gen-\($0)") }))
          count += size
        }
        let other = try SQLiteStore.open(existing: folder + "/p.db")
        let examination = try other.examine()
        #expect(examination.records == Int64(count))
        #expect(examination.faults.isEmpty)
        for index in stride(from: 0, to: count, by: 97) {
          #expect(try other.generation("gen-\(index)") == makeRecord("gen-\(index)"))
        }
      }
    }
  }

  @Test("The records can be read by their owner only, and survive with the store's file")
  func isPrivate() throws {
    for sync in [SQLiteStore.Sync.process, .power] {
      try TemporaryFolder.with { folder in
        let path = folder + "/p.db"
        do {
          let store = try SQLiteStore.open(path: path, sync: sync)
          try store.fold(makeBatch([makeRecord("gen-1")]))
        }
        var status = stat()
        #expect(stat(path + ".records", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
        #expect(stat(path + ".records/1", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(try SQLiteStore.open(existing: path).generation("gen-1") != nil)
      }
    }
  }

  @Test("The same id in two segments far apart is found twice by the examination")
  func findsDuplicates() throws {
    try withStore { store, _ in
      for batch in 0..<5 { try store.fold(makeBatch((0..<300).map { makeRecord("gen-\(batch)x\($0)") })) }
      #expect(try store.examine().faults.isEmpty)
      try store.fold(makeBatch([makeRecord("gen-0x17"), makeRecord("gen-4x17"), makeRecord("gen-9")]))
      let faults = try store.examine().faults
      #expect(
        faults == ["the generation gen-0x17 is in the books twice", "the generation gen-4x17 is in the books twice"])
    }
  }
}

@Suite("Pairing openings and endings")
struct PairingTests {
  @Test(
    "Whatever the files, the loops, the batches and the restarts, each request is in the books once",
    arguments: [false, true])
  func pairs(reusesFiles: Bool) throws {
    try withStore { store, path in
      let run = try JournalRun.begin(folder: JournalRun.folder(store: path))
      let journals = try (0..<3).map {
        try Journal(folder: run.path, run: run.name, loop: $0, fileLimit: 20_000, reusesFiles: reusesFiles)
      }
      var fold = try JournalFold(store: store, run: run.name, path: run.path, leavesSpares: reusesFiles)
      var limits: [Int: JournalPosition] {
        Dictionary(uniqueKeysWithValues: journals.enumerated().map { ($0.offset, $0.element.progress.position) })
      }
      var generator = SplitMix(state: 23)
      var open: [(loop: Int, id: String)] = []
      var ended: [String] = []
      for index in 0..<6000 {
        let loop = Int.random(in: 0..<3, using: &generator)
        try journals[loop].append(makeRecord("gen-\(index)").opening)
        open.append((loop, "gen-\(index)"))
        while open.count > (index % 1000 < 500 ? 700 : 5) {
          // Most requests are short, some stay open for long.
          let last = open.count - 1
          let picked =
            Int.random(in: 0..<10, using: &generator) == 0 ? Int.random(in: 0...last, using: &generator) : last
          let request = open.remove(at: picked)
          try journals[request.loop].append(makeRecord(request.id).ending, of: request.id)
          ended.append(request.id)
        }
        if index % 97 == 0 { try fold.step(limits: limits) }
        if index % 1000 == 999 {
          // Without its memory, as after a crash.
          fold = try JournalFold(store: store, run: run.name, path: run.path, leavesSpares: reusesFiles)
        }
      }
      try fold.step(limits: limits)
      #expect(fold.report.damage.isEmpty)
      var examination = try store.examine()
      #expect(examination.records == Int64(ended.count))
      #expect(examination.open == Int64(open.count))
      #expect(examination.faults.isEmpty)
      #expect(try JournalRun.files(run.path).count == 3, "an open request holds back no file")
      for id in ended.shuffled(using: &generator).prefix(300) {
        #expect(try store.generation(id) == makeRecord(id))
      }
      try fold.finish()
      examination = try store.examine()
      #expect(examination.records == 6000)
      #expect(examination.unknownCount == Int64(open.count))
      #expect(examination.open == 0)
      #expect(examination.faults.isEmpty)
      try fold.finish()
      #expect(try store.examine().records == 6000)
      try run.remove()
      #expect(try JournalRun.names(folder: JournalRun.folder(store: path)).isEmpty, "spare files go with their run")
    }
  }

  @Test("A file that is damaged in the middle is taken over up to there and kept; the files behind it are read")
  func keepsDamagedFile() throws {
    try withStore { store, path in
      let run = try JournalRun.begin(folder: JournalRun.folder(store: path))
      let journal = try Journal(folder: run.path, run: run.name, loop: 0, fileLimit: 2000)
      var middle: Int64 = 0
      for index in 0..<30 {
        try journal.append(makeRecord("gen-\(index)").opening)
        try journal.append(makeRecord("gen-\(index)").ending, of: "gen-\(index)")
        if index == 2 { middle = journal.progress.position.offset }
      }
      let file = run.path + "/0-1.journal"
      var bytes = try FileContents.read(file, limit: 10_000_000)
      bytes[Int(middle) + 20] ^= 4
      try FileContents.replace(file, with: bytes)
      let fold = try JournalFold(store: store, run: run.name, path: run.path)
      try fold.step(limits: [0: journal.progress.position])
      #expect(fold.report.damage.contains { $0.contains("a checksum that does not fit") })
      for index in [0, 2, 28, 29] { #expect(try store.generation("gen-\(index)") != nil) }
      #expect(try store.generation("gen-3") == nil)
      #expect(FileContents.exists(file))
      #expect(try JournalRun.files(run.path).count == 2)
      let examination = try store.examine()
      #expect(examination.faults.isEmpty)
      #expect(examination.records == Int64(fold.report.records))
    }
  }

  @Test("An opening that the store knows of and the journal has lost is reported")
  func reportsLostOpening() throws {
    try withStore { store, path in
      let run = try JournalRun.begin(folder: JournalRun.folder(store: path))
      let journal = try Journal(folder: run.path, run: run.name, loop: 0)
      try journal.append(makeRecord("gen-1").opening)
      try journal.append(makeRecord("gen-2").opening)
      try JournalFold(store: store, run: run.name, path: run.path).step(limits: [0: journal.progress.position])
      #expect(try store.examine().open == 2)
      let file = run.path + "/0-1.journal"
      var bytes = try FileContents.read(file, limit: 10_000_000)
      bytes[Int(journal.progress.position.offset) - 5] ^= 4
      try FileContents.replace(file, with: bytes)
      let fold = try JournalFold(store: store, run: run.name, path: run.path)
      #expect(fold.report.damage.contains { $0.contains("no opening at") })
      try fold.finish()
      #expect(try store.generation("gen-1")?.ending.outcome == .unknown)
      #expect(try store.generation("gen-2") == nil)
      #expect(try store.examine().open == 0)
    }
  }
}
