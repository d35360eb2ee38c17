import CSQLite
import Core
import Ledger
import LedgerSQLite
import TestSupport
import Testing

@Suite("Folding journals into the store")
struct FoldingTests {
  @Test("A record comes back by its id, and its sums stand everywhere")
  func folds() throws {
    try withStore { store, _ in
      let day: Int64 = 86_400_000
      let now: Int64 = 1_795_196_148_123
      try store.fold(
        makeBatch([
          makeRecord("gen-a", at: now, key: 1, cost: 1000),
          makeRecord("gen-b", at: now, key: 2, model: "c/d", cost: 50),
          makeRecord("gen-c", at: now - day, key: 1, cost: 7, source: .estimated),
          makeRecord("gen-d", at: now - 40 * day, key: 1, cost: 100),
        ]))
      try store.fold(makeBatch([makeRecord("gen-e", at: now, key: 1, cost: 3)]))
      #expect(
        try store.generation("gen-c") == makeRecord("gen-c", at: now - day, key: 1, cost: 7, source: .estimated))
      #expect(try store.generation("gen-x") == nil)
      let spending = try store.keySpending(at: now / 1000)
      // The 20th of November 2026 is a Friday.
      #expect(
        spending[1]
          == Spending(
            total: Money(units: 1110), daily: Money(units: 1003), weekly: Money(units: 1010),
            monthly: Money(units: 1010)))
      #expect(try store.workspaceSpending(at: now / 1000)["w"]?.total.units == 1160)
      #expect(try store.workspaceSpending(at: now / 1000)["w"]?.daily.units == 1053)
      #expect(try store.accountSpending().units == 1160)
      let byModel = try store.usage(UsageQuery([.model]))
      #expect(byModel.map(\.model) == ["a/b", "c/d"])
      #expect(byModel[0].requests == 4)
      #expect(byModel[0].estimated == 1)
      #expect(byModel[0].promptTokens == 40)
      #expect(byModel[0].cachedTokens == 16)
      let today = UTCDay.of(milliseconds: now)
      #expect(try store.usage(UsageQuery([.day, .key], days: today...today, key: 1)).map(\.cost.units) == [1003])
      #expect(try store.usage(UsageQuery([], workspace: "w")).map(\.requests) == [5])
      #expect(try store.usage(UsageQuery([.provider, .endpoint, .region]))[0].region == "eu")
      #expect(try store.examine().faults.isEmpty)
    }
  }

  @Test("The examination lists what is estimated, unknown or above its hold, and finds sums that do not agree")
  func examines() throws {
    try withStore { store, path in
      try store.fold(
        makeBatch([
          makeRecord("gen-a"), makeRecord("gen-b", source: .estimated),
          makeRecord("gen-c", outcome: .unknown, source: .estimated), makeRecord("gen-d", cost: 20, hold: 10),
        ]))
      let examination = try store.examine()
      #expect(examination.records == 4)
      #expect(examination.cost.units == 3020)
      #expect(examination.estimated == ["gen-b"])
      #expect(examination.unknown == ["gen-c"])
      #expect(examination.overruns == ["gen-d"])
      #expect(examination.faults.isEmpty)
      var handle: OpaquePointer?
      sqlite3_open(path, &handle)
      defer { sqlite3_close(handle) }
      sqlite3_exec(handle, "UPDATE key_totals SET cost = cost + 1", nil, nil, nil)
      #expect(try store.examine().faults.count == 1)
      sqlite3_exec(handle, "UPDATE account_total SET requests = 0", nil, nil, nil)
      #expect(try store.examine().faults.count == 2)
      try store.fold(makeBatch([makeRecord("gen-a")]))
      #expect(try store.examine().faults.contains { $0.contains("gen-a is in the books twice") })
    }
  }

  @Test("Free requests are counted from an instant on")
  func countsFree() throws {
    try withStore { store, _ in
      try store.fold(
        makeBatch([
          makeRecord("gen-1", at: 1_000_000, isFree: true), makeRecord("gen-2", at: 5_000_000, isFree: true),
          makeRecord("gen-3", at: 5_000_001), makeRecord("gen-4", at: 4_999_999, isFree: true),
        ]))
      #expect(try store.freeRequests(since: 5_000_000) == 1)
      #expect(try store.freeRequests(since: 4_999_999) == 2)
    }
  }

  @Test("A live journal is taken over up to where it is written, each record once, whatever the batches")
  func foldsLive() throws {
    try withStore { store, path in
      let run = try JournalRun.begin(folder: JournalRun.folder(store: path))
      let journal = try Journal(folder: run.path, run: run.name, loop: 0, fileLimit: 3000)
      let fold = try JournalFold(store: store, run: run.name, path: run.path)
      var expected: Int64 = 0
      for round in 0..<20 {
        for index in 0..<10 { try journal.append(makeRecord("gen-\(round)-\(index)").opening) }
        if round % 3 == 0 { try fold.step(limits: [0: journal.progress.position]) }
        for index in 0..<10 where index != round % 10 {
          try journal.append(makeRecord("gen-\(round)-\(index)").ending, of: "gen-\(round)-\(index)")
          expected += 1
        }
        try fold.step(limits: [0: journal.progress.position])
        #expect(try store.examine().records == expected)
        #expect(try store.examine().open == Int64(round + 1))
      }
      #expect(try store.examine().faults.isEmpty)
      #expect(fold.report.damage.isEmpty)
      #expect(try JournalRun.files(run.path).count == 1, "files that are done are gone")
    }
  }

  @Test("After a crash every whole record is in the books once, what was open is unknown, and the journal is gone")
  func recovers() throws {
    try withStore { store, path in
      let folder = JournalRun.folder(store: path)
      // A copy of the run as it was at each moment of its life is what a crash at that moment leaves.
      for crash in 0...6 {
        var run: JournalRun? = try JournalRun.begin(folder: folder)
        let name = try #require(run?.name)
        let runPath = try #require(run?.path)
        let journal = try Journal(folder: runPath, run: name, loop: 0)
        let fold = try JournalFold(store: store, run: name, path: runPath)
        var ended = 0
        var opened = 0
        for step in 0..<crash {
          if step % 2 == 0 {
            try journal.append(makeRecord("gen-\(crash)-\(step)").opening)
            opened += 1
          } else if step != 3 {
            try journal.append(makeRecord("gen-\(crash)-\(step - 1)").ending, of: "gen-\(crash)-\(step - 1)")
            ended += 1
          }
          if step == 2 { try fold.step(limits: [0: journal.progress.position]) }
        }
        let before = try store.examine().records
        run = nil
        let report = try JournalFold.recover(folder: folder, into: store)
        #expect(report.unknown == opened - ended)
        #expect(try store.examine().records == before + Int64(report.records))
        #expect(try JournalRun.names(folder: folder).isEmpty)
        #expect(try JournalFold.recover(folder: folder, into: store).records == 0)
      }
      let examination = try store.examine()
      #expect(examination.faults.isEmpty)
      #expect(examination.open == 0)
      #expect(examination.unknownCount == 6)
    }
  }

  @Test("A journal that ends in a torn record is taken over up to there, and kept for whoever wants to look")
  func recoversTorn() throws {
    try withStore { store, path in
      let folder = JournalRun.folder(store: path)
      var run: JournalRun? = try JournalRun.begin(folder: folder)
      let runPath = try #require(run?.path)
      let journal = try Journal(folder: runPath, run: "r", loop: 0)
      try journal.append(makeRecord("gen-1").opening)
      try journal.append(makeRecord("gen-1").ending, of: "gen-1")
      try journal.append(makeRecord("gen-2").opening)
      let end = Int(journal.progress.position.offset)
      run = nil
      let file = runPath + "/0-1.journal"
      let whole = try FileContents.read(file, limit: 10_000_000)
      try FileContents.replace(file, with: Array(whole.prefix(end - 3)))
      let report = try JournalFold.recover(folder: folder, into: store)
      #expect(report.records == 1)
      #expect(report.damage.count == 1)
      #expect(FileContents.exists(runPath + ".damaged/0-1.journal"))
      #expect(try JournalFold.recover(folder: folder, into: store).records == 0)
    }
  }

  @Test("A batch that the store refuses is offered again, and then taken over once")
  func retries() throws {
    try withStore { store, path in
      let run = try JournalRun.begin(folder: JournalRun.folder(store: path))
      let journal = try Journal(folder: run.path, run: run.name, loop: 0)
      let fold = try JournalFold(store: store, run: run.name, path: run.path)
      try journal.append(makeRecord("gen-1").opening)
      var handle: OpaquePointer?
      sqlite3_open(path, &handle)
      sqlite3_exec(handle, "BEGIN IMMEDIATE", nil, nil, nil)
      store.waitsForOthers(milliseconds: 10)
      #expect(throws: StoreError.busy) { try fold.step(limits: [0: journal.progress.position]) }
      try journal.append(makeRecord("gen-1").ending, of: "gen-1")
      #expect(throws: StoreError.busy) { try fold.step(limits: [0: journal.progress.position]) }
      sqlite3_exec(handle, "COMMIT", nil, nil, nil)
      sqlite3_close(handle)
      try fold.step(limits: [0: journal.progress.position])
      let examination = try store.examine()
      #expect(examination.records == 1)
      #expect(examination.open == 0)
    }
  }
}
