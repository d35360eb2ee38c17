import Core

/// What a store takes over from a journal at once, with the place up to which it was read: both or neither, so that a
/// record gets into the books exactly once. One owner, one thread; the memory is kept from batch to batch.
package final class FoldBatch {
  /// Most records of a batch: one transaction of some milliseconds.
  package static let limit = 2000
  /// A batch with more bytes takes no further record.
  package static let byteLimit = 512 * 1024

  /// The run whose journals were read.
  package let run: String
  /// Requests that have ended.
  package let records = RecordSegment()
  private var usage = UsageSums()
  /// Openings without an ending that the store is to keep from now on, because their file is done.
  package var opened: [(id: String, bytes: [UInt8])] = []
  /// Ids of openings that the store keeps and that have ended now.
  package var closed: [String] = []
  /// How far each loop's journal has been read, for loops where this has changed.
  package var places: [Int: JournalPlace] = [:]

  /// An empty batch.
  package init(run: String) { self.run = run }

  /// Whether there is nothing in it.
  package var isEmpty: Bool { records.count == 0 && opened.isEmpty && closed.isEmpty && places.isEmpty }

  /// Whether it is to be handed to the store before more is read.
  var isFull: Bool { records.count >= FoldBatch.limit || records.bytes.count >= FoldBatch.byteLimit }

  /// What its records add to the sums: by day, key, workspace and where they went. Two rows may have the same of these.
  package var sums: [UsageRow] { usage.rows() }

  /// Adds a request that has ended, by its halves as `Opening` and `Ending` write them. Throws when they are something else.
  package func add(opening: UnsafeRawBufferPointer, ending: UnsafeRawBufferPointer) throws(RecordDamage) {
    guard let first = OpeningFigures(opening), let second = EndingFigures(ending) else {
      throw RecordDamage(reason: "the members of its version")
    }
    add(opening: opening, first, ending: ending, second)
  }

  /// Adds a request that has ended, as a value.
  package func add(_ record: GenerationRecord) {
    let opening = RecordBuffer()
    let ending = RecordBuffer()
    record.opening.write(to: opening)
    record.ending.write(to: ending)
    if let first = OpeningFigures(opening.bytes), let second = EndingFigures(ending.bytes) {
      add(opening: opening.bytes, first, ending: ending.bytes, second)
    }
    withExtendedLifetime((opening, ending)) {}
  }

  /// Adds a request that has ended.
  func add(
    opening: UnsafeRawBufferPointer, _ first: OpeningFigures, ending: UnsafeRawBufferPointer, _ second: EndingFigures
  ) {
    records.append(opening: opening, first, ending: ending)
    usage.add(opening: opening, first, ending: ending, second)
  }

  /// Empties it, once the store has it.
  func removeAll() {
    records.removeAll()
    usage.removeAll()
    opened.removeAll()
    closed.removeAll()
    places.removeAll()
  }

  /// Gives memory back that large batches needed, when it is empty.
  func shrink() { records.shrink() }
}

/// How far a loop's journal has been taken over.
package struct JournalPlace: Sendable, Hashable {
  /// Everything before it is in the store,
  package var position: JournalPosition
  /// except for the openings that begin here, whose endings have not been read.
  package var open: [JournalPosition]

  /// A place in a journal.
  package init(position: JournalPosition, open: [JournalPosition] = []) {
    self.position = position
    self.open = open
  }
}
