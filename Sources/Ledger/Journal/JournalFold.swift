import Core
import Glibc

/// Takes one run's journals over into the store, batch by batch. One owner, one thread at a time, never a loop: it reads
/// files and waits for the store. A batch that the store refuses is offered again; nothing is lost or taken over twice.
package final class JournalFold {
  /// Most records of a batch: one transaction of some milliseconds.
  package static let batchLimit = 2000

  /// What was found while folding.
  package struct Report: Sendable, Hashable {
    /// Records that got into the books.
    package var records = 0
    /// Of these, requests whose end nobody knows.
    package var unknown = 0
    /// What could not be read, in plain words.
    package var damage: [String] = []

    /// Nothing folded yet.
    package init() {}

    /// Adds what another fold has found.
    package mutating func add(_ other: Report) {
      records += other.records
      unknown += other.unknown
      damage += other.damage
    }
  }

  /// A request whose ending has not been read.
  private final class Open {
    let opening: Opening
    let bytes: [UInt8]
    /// Whether the store has it.
    var isStored: Bool

    init(opening: Opening, bytes: [UInt8], isStored: Bool) {
      self.opening = opening
      self.bytes = bytes
      self.isStored = isStored
    }
  }

  private let store: any LedgerStore
  private let run: String
  private let path: String
  private var positions: [Int: JournalPosition]
  private var open: [String: Open] = [:]
  private var refused: FoldBatch?
  /// What has been found so far.
  package private(set) var report = Report()

  /// A fold of the run `run`, whose files are in the folder `path`; goes on where the store stands.
  package init(store: any LedgerStore, run: String, path: String) throws(StoreError) {
    self.store = store
    self.run = run
    self.path = path
    positions = try store.positions(run: run)
    for (id, bytes) in try store.openings(run: run) {
      if let opening = JournalFold.opening(bytes) { open[id] = Open(opening: opening, bytes: bytes, isStored: true) }
    }
  }

  private static func opening(_ bytes: [UInt8]) -> Opening? {
    bytes.withUnsafeBytes { bytes in
      var reader = RecordReader(bytes)
      return try? Opening(&reader)
    }
  }

  /// Takes over what is there, up to `limits` for loops that still write, and removes files that are done. Throws the
  /// store's error; call it again later.
  package func step(limits: [Int: JournalPosition]) throws(StoreError) {
    while try foldBatch(limits) {}
    removeFinished()
  }

  /// Takes over a run that has ended, its open requests as `unknown`, for which `Docs/ledger.md` states the policy.
  package func finish() throws(StoreError) {
    while try foldBatch([:]) {}
    let left = open.sorted { $0.value.opening.createdAt < $1.value.opening.createdAt }
    for start in stride(from: 0, to: left.count, by: JournalFold.batchLimit) {
      var batch = FoldBatch(run: run)
      for (id, request) in left[start..<min(left.count, start + JournalFold.batchLimit)] {
        let record = GenerationRecord(unknown: request.opening)
        let buffer = RecordBuffer()
        record.ending.write(to: buffer)
        batch.records.append(
          FoldBatch.Record(record: record, opening: request.bytes, ending: Array(buffer.bytes)))
        if request.isStored { batch.closed.append(id) }
      }
      // What is neither stored nor behind a stored position would be read again after a crash; here both are.
      try store.fold(batch)
      for (id, _) in left[start..<min(left.count, start + JournalFold.batchLimit)] { open[id] = nil }
      report.records += batch.records.count
      report.unknown += batch.records.count
    }
  }

  /// Folds one batch; false when nothing is left to fold.
  private func foldBatch(_ limits: [Int: JournalPosition]) throws(StoreError) -> Bool {
    let batch = refused ?? read(limits)
    guard !batch.isEmpty else { return false }
    refused = batch
    try store.fold(batch)
    refused = nil
    positions.merge(batch.positions) { $1 }
    for (id, _) in batch.opened { open[id]?.isStored = true }
    report.records += batch.records.count
    return true
  }

  /// Reads up to a batch; the openings and endings in it are paired on the way.
  private func read(_ limits: [Int: JournalPosition]) -> FoldBatch {
    var batch = FoldBatch(run: run)
    var opened: Set<String> = []
    do throws(SystemFailure) {
      for file in try JournalRun.files(path) {
        let position = batch.positions[file.loop] ?? positions[file.loop] ?? JournalPosition(number: 0, offset: 0)
        let limit = limits[file.loop]
        if file.number < position.number { continue }
        if let limit, file.number > limit.number { continue }
        let start = file.number == position.number ? position.offset : 0
        let end = limit.map { file.number == $0.number ? $0.offset : .max } ?? .max
        if start >= end { continue }
        let reader = try JournalReader(path: file.path, from: start, to: end)
        while batch.records.count < JournalFold.batchLimit, opened.count < 4 * JournalFold.batchLimit,
          let entry = try reader.next()
        {
          take(entry, into: &batch, opened: &opened)
        }
        if reader.offset > start || file.number > position.number {
          batch.positions[file.loop] = JournalPosition(number: file.number, offset: reader.offset)
        }
        if case .damaged(let reason)? = reader.stop { note(reason) }
        if reader.stop == nil { break }
      }
    } catch {
      note("\(error)")
    }
    for id in opened { if let request = open[id] { batch.opened.append((id, request.bytes)) } }
    return batch
  }

  private func take(_ entry: JournalReader.Entry, into batch: inout FoldBatch, opened: inout Set<String>) {
    switch entry {
    case .header: break
    case .opening(let opening, let bytes):
      open[opening.id] = Open(opening: opening, bytes: bytes, isStored: false)
      opened.insert(opening.id)
    case .ending(let id, let ending, let bytes):
      guard let request = open.removeValue(forKey: id) else { return note("an ending without its opening: \(id)") }
      opened.remove(id)
      if request.isStored { batch.closed.append(id) }
      batch.records.append(
        FoldBatch.Record(
          record: GenerationRecord(opening: request.opening, ending: ending), opening: request.bytes, ending: bytes))
    }
  }

  /// Notes each damage once: the same place is met with every step.
  private func note(_ damage: String) {
    if !report.damage.contains(damage), report.damage.count < 100 { report.damage.append(damage) }
  }

  /// Files before the one being read are in the store to their end.
  private func removeFinished() {
    guard let files = try? JournalRun.files(path) else { return }
    for file in files {
      if let position = positions[file.loop], file.number < position.number { unlink(file.path) }
    }
  }

  /// Takes over the runs in `folder` whose process has ended and removes their journals: the first thing at a start, before
  /// the gateway is ready. A run with damage is taken over as far as it can be read; its files are kept, renamed to
  /// `RUN.damaged`, for whoever wants to look.
  package static func recover(folder: String, into store: any LedgerStore) throws -> Report {
    var report = Report()
    for run in try JournalRun.leftBehind(folder: folder) {
      let fold = try JournalFold(store: store, run: run.name, path: run.path)
      try fold.finish()
      report.add(fold.report)
      if fold.report.damage.isEmpty {
        try run.remove()
        try store.forget(run: run.name)
      } else {
        try run.setAside()
      }
    }
    return report
  }
}
