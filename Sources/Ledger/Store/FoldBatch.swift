import Core

/// What a store takes over from a journal at once, with the place up to which it was read: both or neither, so that a
/// record gets into the books exactly once.
package struct FoldBatch: Sendable {
  /// A finished record with its bytes, as the journal holds them. A class, because a copy of a record is some thirty
  /// reference counts.
  package final class Record: Sendable {
    /// The record.
    package let record: GenerationRecord
    /// The opening's bytes.
    package let opening: [UInt8]
    /// The ending's bytes.
    package let ending: [UInt8]

    /// A record.
    package init(record: GenerationRecord, opening: [UInt8], ending: [UInt8]) {
      self.record = record
      self.opening = opening
      self.ending = ending
    }
  }

  /// The run whose journals were read.
  package var run: String
  /// Requests that have ended.
  package var records: [Record] = []
  /// Openings whose ending has not been read yet, by generation id.
  package var opened: [(id: String, bytes: [UInt8])] = []
  /// Ids of openings that an earlier batch kept and that have ended now.
  package var closed: [String] = []
  /// How far each loop's journal has been read.
  package var positions: [Int: JournalPosition] = [:]

  /// An empty batch.
  package init(run: String) { self.run = run }

  /// Whether there is nothing in it.
  package var isEmpty: Bool { records.isEmpty && opened.isEmpty && closed.isEmpty && positions.isEmpty }
}
