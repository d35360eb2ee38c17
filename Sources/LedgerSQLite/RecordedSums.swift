import Core
import Ledger

/// What an examination sums up of all records.
struct RecordedSums {
  /// Requests and their cost.
  struct Sum: Equatable, CustomStringConvertible {
    var requests: Int64 = 0
    /// Unit: 10⁻¹² USD.
    var cost: Int64 = 0

    /// `3 requests for 0.5 USD`.
    var description: String { "\(requests) requests for \(Money(units: cost).dollars) USD" }

    mutating func add(_ cost: Int64) {
      requests &+= 1
      self.cost &+= cost
    }
  }

  /// The newest ids of a kind, and how many there are.
  struct Newest {
    private var ids: [(number: Int64, offset: Int, id: String)] = []
    private(set) var count: Int64 = 0

    mutating func add(_ id: UnsafeRawBufferPointer, number: Int64, offset: Int) {
      count += 1
      ids.append((number, offset, String(decoding: id, as: UTF8.self)))
      if ids.count >= 4 * BooksExamination.listed { cut() }
    }

    private mutating func cut() {
      ids.sort { ($0.number, $0.offset) > ($1.number, $1.offset) }
      ids.removeSubrange(min(BooksExamination.listed, ids.count)...)
    }

    /// The newest first, at most `BooksExamination.listed`.
    var list: [String] {
      var newest = self
      newest.cut()
      return newest.ids.map(\.id)
    }
  }

  private(set) var keys: [Int64: Sum] = [:]
  private(set) var total = Sum()
  private var estimated = Newest()
  private var unknown = Newest()
  private var overruns = Newest()
  /// Records that could not be read, in plain words.
  var faults: [String] = []

  /// Adds the record at `offset` in the segment `number`.
  mutating func add(_ figures: RecordFigures, _ record: RecordIterator.Record, number: Int64, offset: Int) {
    keys[figures.key, default: Sum()].add(figures.cost.units)
    total.add(figures.cost.units)
    if figures.outcome == .unknown {
      unknown.add(record.id, number: number, offset: offset)
    } else if figures.isEstimated {
      estimated.add(record.id, number: number, offset: offset)
    }
    if figures.exceedsHold { overruns.add(record.id, number: number, offset: offset) }
  }

  /// Puts what was found into an examination.
  func report(to result: inout BooksExamination) {
    result.records = total.requests
    result.cost = Money(units: total.cost)
    (result.estimatedCount, result.estimated) = (estimated.count, estimated.list)
    (result.unknownCount, result.unknown) = (unknown.count, unknown.list)
    (result.overrunCount, result.overruns) = (overruns.count, overruns.list)
  }
}
