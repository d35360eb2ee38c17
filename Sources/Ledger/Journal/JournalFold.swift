import Core
import Glibc

/// Takes one run's journals over into the store, batch by batch. One owner, one thread at a time, never a loop: it reads
/// files and waits for the store. A batch that the store refuses is offered again; nothing is lost or taken over twice.
package final class JournalFold {
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

  private let store: any LedgerStore
  private let path: String
  private let leavesSpares: Bool
  /// How far the journals have been read, by loop.
  private var positions: [Int: JournalPosition] = [:]
  /// What the store has been told of that.
  private var places: [Int: JournalPlace]
  private let open = OpeningTable()
  /// What has been read and the store does not have yet.
  private let batch: FoldBatch
  /// Whether there is something for the store.
  private var isChanged = false
  private var window: JournalWindow?
  /// Files that are kept because they could not be read to their end.
  private var damagedFiles: Set<String> = []
  /// What has been found so far.
  package private(set) var report = Report()

  /// A fold of the run `run`, whose files are in the folder `path`; goes on where the store stands. `leavesSpares`: whether
  /// the last file of a loop that is done is left for its journal to write again.
  package init(store: any LedgerStore, run: String, path: String, leavesSpares: Bool = false) throws(StoreError) {
    self.store = store
    self.path = path
    self.leavesSpares = leavesSpares
    batch = FoldBatch(run: run)
    places = try store.places(run: run)
    positions = places.mapValues(\.position)
    for bytes in try store.openings(run: run).values { takeStored(bytes) }
    for (loop, place) in places { readOpenings(place.open, loop: loop) }
  }

  /// Takes over what is there, up to `limits` for loops that still write, and removes files that are done. Throws the
  /// store's error; call it again later.
  package func step(limits: [Int: JournalPosition]) throws(StoreError) {
    let isQuiet = !isChanged && !limits.isEmpty && limits.allSatisfy { positions[$0.key] == $0.value }
    if isQuiet { return shrink() }
    removeFinished(try takeOver(limits))
  }

  /// Takes over a run that has ended, its open requests as `unknown`, for which `Docs/ledger.md` states the policy.
  package func finish() throws(StoreError) {
    _ = try takeOver([:])
    for index in open.oldestFirst() {
      close(index)
      report.unknown += 1
      if batch.isFull { try commit() }
    }
    try commit()
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

  // MARK: Reading

  /// Reads to the end or to `limits`; returns the files that are there.
  private func takeOver(_ limits: [Int: JournalPosition]) throws(StoreError) -> [JournalRun.File] {
    // What the store has refused comes first: it ends where the reading goes on.
    try commit()
    let files = listFiles()
    for file in files { try takeOver(file, limit: limits[file.loop]) }
    try commit()
    return files
  }

  private func listFiles() -> [JournalRun.File] {
    do throws(SystemFailure) {
      return try JournalRun.files(path)
    } catch {
      note("\(error)")
      return []
    }
  }

  private func takeOver(_ file: JournalRun.File, limit: JournalPosition?) throws(StoreError) {
    let position = positions[file.loop] ?? JournalPosition(number: 0, offset: 0)
    if file.number < position.number { return }
    if let limit, file.number > limit.number { return }
    let start = file.number == position.number ? position.offset : 0
    let end = limit.map { file.number == $0.number ? $0.offset : .max } ?? .max
    guard start < end, let reader = reader(file.path, from: start, to: end) else { return }
    repeat {
      fill(from: reader, loop: file.loop, number: file.number)
      if reader.offset > start || file.number > position.number {
        positions[file.loop] = JournalPosition(number: file.number, offset: reader.offset)
        isChanged = true
      }
      if batch.isFull { try commit() }
    } while reader.stop == nil
    if case .damaged(let reason)? = reader.stop {
      note(reason)
      damagedFiles.insert(file.path)
    }
  }

  private func reader(_ path: String, from start: Int64, to end: Int64 = .max) -> JournalReader? {
    let window = window ?? JournalWindow()
    self.window = window
    do throws(SystemFailure) {
      return try JournalReader(path: path, from: start, to: end, window: window)
    } catch {
      note("\(error)")
      return nil
    }
  }

  /// Reads until the batch is full or the reader stops.
  private func fill(from reader: JournalReader, loop: Int, number: Int64) {
    while !batch.isFull, let frame = reader.next() {
      if !take(frame, OpeningTable.Place(loop: loop, number: number, offset: frame.offset)) { reader.refuse(frame) }
    }
  }

  /// Pairs an ending with its opening; false when the frame is no record.
  private func take(_ frame: JournalReader.Frame, _ place: OpeningTable.Place) -> Bool {
    switch frame.kind {
    case .header: return true
    case .opening:
      guard let figures = OpeningFigures(frame.payload) else { return false }
      if !open.insert(frame.payload, figures, at: place) { note("two openings with one id in \(path)") }
    case .ending:
      var scanner = FieldScanner(frame.payload)
      let id = RecordSegment.text(scanner.text().bytes(in: frame.payload))
      let ending = UnsafeRawBufferPointer(rebasing: frame.payload[scanner.position...])
      guard scanner.isSound, let figures = EndingFigures(ending) else { return false }
      guard let index = open.find(id) else {
        note("an ending without its opening: \(String(decoding: id, as: UTF8.self))")
        return true
      }
      batch.add(opening: open.opening(index), open.figures(index), ending: ending, figures)
      remove(index)
    }
    return true
  }

  /// Takes an opening that the store keeps.
  private func takeStored(_ opening: [UInt8]) {
    opening.withUnsafeBytes { bytes in
      guard let figures = OpeningFigures(bytes), open.insert(bytes, figures, at: nil) else {
        return note("an opening that cannot be read in the store")
      }
    }
  }

  /// Reads openings again that the store knows to be without an ending.
  private func readOpenings(_ openings: [JournalPosition], loop: Int) {
    var reader: JournalReader?
    var number: Int64?
    for position in openings.sorted() {
      let file = "\(path)/\(Journal.fileName(loop: loop, number: position.number))"
      let place = OpeningTable.Place(loop: loop, number: position.number, offset: position.offset)
      if number != position.number {
        reader = self.reader(file, from: position.offset)
        number = position.number
      }
      guard let reader else { continue }
      reader.seek(to: position.offset)
      if let frame = reader.next(), frame.kind == .opening, take(frame, place) { continue }
      note("no opening at \(position.offset) in \(file), where one was")
    }
  }

  /// Puts an open request into the batch as one whose end nobody knows.
  private func close(_ index: Int) {
    var reader = RecordReader(open.opening(index))
    if let opening = try? Opening(&reader) {
      batch.add(GenerationRecord(unknown: opening))
    } else {
      note("an opening that cannot be read")
    }
    remove(index)
    isChanged = true
  }

  private func remove(_ index: Int) {
    if open.isStored(index) { batch.closed.append(open.id(index)) }
    open.remove(index)
  }

  // MARK: The store

  /// Hands the batch to the store. When that throws, the batch stays as it is, to be offered again.
  private func commit() throws(StoreError) {
    guard isChanged else { return }
    for index in open.leftBehind(positions) { batch.opened.append((open.id(index), Array(open.opening(index)))) }
    let open = open.positions()
    for (loop, position) in positions {
      let place = JournalPlace(position: position, open: open[loop] ?? [])
      batch.places[loop] = place == places[loop] ? nil : place
    }
    if !batch.isEmpty { try store.fold(batch) }
    isChanged = false
    places.merge(batch.places) { $1 }
    report.records += batch.records.count
    batch.removeAll()
  }

  /// Removes files that the store does not need any more: of the requests in them, it has the records or the openings.
  private func removeFinished(_ files: [JournalRun.File]) {
    for file in files {
      guard let place = places[file.loop], file.number < place.position.number, !damagedFiles.contains(file.path)
      else { continue }
      let spare = "\(path)/\(Journal.spareName(loop: file.loop))"
      if leavesSpares, rename(file.path, spare) == 0 { continue }
      unlink(file.path)
    }
  }

  /// In quiet times memory is given back.
  private func shrink() {
    window = nil
    batch.shrink()
    open.shrink()
  }

  /// Notes each damage once: the same place is met with every step.
  private func note(_ damage: String) {
    if !report.damage.contains(damage), report.damage.count < 100 { report.damage.append(damage) }
  }
}
