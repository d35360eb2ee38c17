import Core

/// Records as a store keeps them: one after the other. A record is four bytes of its opening's length, four of its
/// ending's, one of the opening's version, one of the ending's, two zeros, then both as the journal has them; numbers
/// lowest byte first. Segments that follow each other are one segment.
package final class RecordSegment {
  /// Bytes before each record.
  package static let headerSize = 12

  private static let capacity = 16 * 1024

  private var buffer = RecordBuffer(capacity: RecordSegment.capacity)
  private var tailBuffer = RecordBuffer(capacity: 256)
  private var largest = 0
  /// Records in it.
  package private(set) var count = 0
  /// The lowest and the highest `RecordID.order` in it. Means nothing without records.
  package private(set) var lowestID = Int64.max
  package private(set) var highestID = Int64.min
  /// When the first and the last of its requests were admitted. Unit: milliseconds since 1970. Means nothing without
  /// records.
  package private(set) var earliest = Int64.max
  package private(set) var latest = Int64.min
  /// Requests in it for free variants.
  package private(set) var free: Int64 = 0

  /// A segment without records.
  init() {}

  /// Its records as bytes; valid until the next change.
  package var bytes: UnsafeRawBufferPointer { buffer.bytes }

  /// The `RecordID.tail` of each record, four bytes each, lowest first; valid until the next change.
  package var tails: UnsafeRawBufferPointer { tailBuffer.bytes }

  /// Appends a record.
  func append(
    opening: UnsafeRawBufferPointer, _ figures: OpeningFigures, ending: UnsafeRawBufferPointer
  ) {
    RecordSegment.write(opening, ending, to: buffer)
    let id = RecordSegment.text(figures.id.bytes(in: opening))
    tailBuffer.word(RecordID.tail(id))
    let order = RecordID.order(id)
    lowestID = min(lowestID, order)
    highestID = max(highestID, order)
    earliest = min(earliest, figures.createdAt)
    latest = max(latest, figures.createdAt)
    free &+= figures.isFree ? 1 : 0
    count += 1
  }

  private static func write(
    _ opening: UnsafeRawBufferPointer, _ ending: UnsafeRawBufferPointer, to buffer: RecordBuffer
  ) {
    buffer.word(UInt32(opening.count))
    buffer.word(UInt32(ending.count))
    buffer.word(UInt32(Opening.version) | UInt32(Ending.version) << 8)
    buffer.raw(opening)
    buffer.raw(ending)
  }

  /// Forgets all records and keeps the memory.
  func removeAll() {
    largest = max(largest, buffer.count)
    buffer.truncate(0)
    tailBuffer.truncate(0)
    count = 0
    lowestID = .max
    highestID = .min
    earliest = .max
    latest = .min
    free = 0
  }

  /// Gives memory back, when there is no record in it.
  func shrink() {
    guard count == 0, largest > RecordSegment.capacity else { return }
    buffer = RecordBuffer(capacity: RecordSegment.capacity)
    tailBuffer = RecordBuffer(capacity: 256)
    largest = 0
  }

  /// A text without its length before it; empty when it is none.
  static func text(_ span: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var scanner = FieldScanner(span)
    _ = scanner.number()
    return UnsafeRawBufferPointer(rebasing: span[scanner.position...])
  }
}

/// Goes through the records of a segment's bytes.
package struct RecordIterator {
  /// A record's bytes; valid as long as the segment's.
  package struct Record {
    /// Its opening.
    package let opening: UnsafeRawBufferPointer
    /// Its ending.
    package let ending: UnsafeRawBufferPointer

    /// The record, with everything in it. Throws when it is none.
    package func value() throws(RecordDamage) -> GenerationRecord {
      var first = RecordReader(opening)
      var second = RecordReader(ending)
      return GenerationRecord(opening: try Opening(&first), ending: try Ending(&second))
    }

    /// The generation id; empty when there is none.
    package var id: UnsafeRawBufferPointer {
      var scanner = FieldScanner(opening)
      return RecordSegment.text(scanner.text().bytes(in: opening))
    }

    /// What an examination needs. Throws when it is no record.
    package func figures() throws(RecordDamage) -> RecordFigures {
      guard let first = OpeningFigures(opening), let second = EndingFigures(ending) else {
        throw RecordDamage(reason: "the members of its version")
      }
      return RecordFigures(
        createdAt: first.createdAt, key: first.keyID, isFree: first.isFree, outcome: second.outcome,
        isEstimated: second.usageSource == .estimated, cost: second.cost,
        exceedsHold: second.cost > first.hold && second.outcome != .unknown)
    }
  }

  private let bytes: UnsafeRawBufferPointer
  /// Where the next record begins.
  package private(set) var offset = 0

  /// Begins at the first of `bytes`, which must outlive it.
  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The next record; nil at the end. Throws where the bytes are cut short or of a version that is not known.
  package mutating func next() throws(RecordDamage) -> Record? {
    let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
    if rest.isEmpty { return nil }
    guard rest.count >= RecordSegment.headerSize else { throw RecordDamage(reason: "a whole head") }
    let opening = Int(UInt32(littleEndian: rest.loadUnaligned(fromByteOffset: 0, as: UInt32.self)))
    let ending = Int(UInt32(littleEndian: rest.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
    guard rest[8] == Opening.version, rest[9] == Ending.version else { throw RecordDamage(reason: "a known version") }
    let end = RecordSegment.headerSize + opening + ending
    guard end <= rest.count else { throw RecordDamage(reason: "all of its bytes") }
    offset += end
    let middle = RecordSegment.headerSize + opening
    return Record(
      opening: UnsafeRawBufferPointer(rebasing: rest[RecordSegment.headerSize..<middle]),
      ending: UnsafeRawBufferPointer(rebasing: rest[middle..<end]))
  }
}

/// What an examination of the books needs of a record.
package struct RecordFigures: Sendable, Hashable {
  /// When it was admitted. Unit: milliseconds since 1970.
  package let createdAt: Int64
  /// The store's number of the key.
  package let key: Int64
  /// Whether the model is a free variant.
  package let isFree: Bool
  /// How it ended.
  package let outcome: Outcome
  /// Whether an estimate made its counts.
  package let isEstimated: Bool
  /// What the caller is charged.
  package let cost: Money
  /// Whether the charge was higher than what was held for it.
  package let exceedsHold: Bool
}
