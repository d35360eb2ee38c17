import Core

/// Requests whose opening was read from a journal and whose ending was not, by id. Their bytes stand together in one piece
/// of memory, so that a request that begins and ends costs no allocation. One owner, one thread.
final class OpeningTable {
  /// Where an opening begins in a run's journals.
  struct Place {
    let loop: Int
    let number: Int64
    let offset: Int64
  }

  private struct Request {
    let hash: UInt64
    let figures: OpeningFigures
    /// Nil: the store keeps the opening.
    var place: Place?
    var start: Int
    /// The opening's length; -1: nothing is here.
    var count: Int32
    /// The next one of the same bucket, or the next that is free; -1: none.
    var next: Int32
  }

  private static let smallest = 64

  private let hash: (UnsafeRawBufferPointer) -> UInt64
  private var requests: [Request] = []
  private var heads = [Int32](repeating: -1, count: OpeningTable.smallest)
  private var free: Int32 = -1
  private var bytes = RecordBuffer(capacity: 4096)
  /// Bytes of those that are open.
  private var used = 0
  /// Requests that are open.
  private(set) var count = 0
  /// Bytes that openings occupy, ended ones among them.
  var memory: Int { bytes.count }

  /// An empty table. `hash` makes numbers of ids; whatever it makes, requests are told apart by their ids.
  init(hash: @escaping (UnsafeRawBufferPointer) -> UInt64 = RecordID.hash) { self.hash = hash }

  /// Adds a request by its opening, which stands at `place`, or in the store when that is nil; false when one with its id is
  /// open already.
  func insert(_ opening: UnsafeRawBufferPointer, _ figures: OpeningFigures, at place: Place?) -> Bool {
    let id = RecordSegment.text(figures.id.bytes(in: opening))
    let hash = hash(id)
    if find(id, hash) != nil { return false }
    if count == heads.count { growHeads() }
    if bytes.count - used > max(used, OpeningTable.garbage) { compact() }
    let start = bytes.count
    bytes.raw(opening)
    used += opening.count
    count += 1
    let bucket = self.bucket(hash)
    let request = Request(
      hash: hash, figures: figures, place: place, start: start, count: Int32(truncatingIfNeeded: opening.count),
      next: heads[bucket])
    heads[bucket] = put(request)
    return true
  }

  /// Bytes of requests that have ended are tolerated up to here. Unit: bytes.
  private static let garbage = 128 * 1024

  /// The index of the request with an id; nil when none is open.
  func find(_ id: UnsafeRawBufferPointer) -> Int? { find(id, hash(id)) }

  private func find(_ id: UnsafeRawBufferPointer, _ hash: UInt64) -> Int? {
    var index = Int(heads[bucket(hash)])
    while index >= 0 {
      if requests[index].hash == hash, idBytes(index).isSame(as: id) { return index }
      index = Int(requests[index].next)
    }
    return nil
  }

  /// What is known of an open request.
  func figures(_ index: Int) -> OpeningFigures { requests[index].figures }

  /// Its opening; valid until the next insertion.
  func opening(_ index: Int) -> UnsafeRawBufferPointer {
    let start = requests[index].start
    return UnsafeRawBufferPointer(rebasing: bytes.bytes[start..<(start + Int(requests[index].count))])
  }

  /// The request has ended.
  func remove(_ index: Int) {
    let bucket = bucket(requests[index].hash)
    let next = requests[index].next
    if Int(heads[bucket]) == index {
      heads[bucket] = next
    } else {
      var before = Int(heads[bucket])
      while Int(requests[before].next) != index { before = Int(requests[before].next) }
      requests[before].next = next
    }
    used -= Int(requests[index].count)
    count -= 1
    requests[index].count = -1
    requests[index].next = free
    free = Int32(truncatingIfNeeded: index)
    if count == 0 { bytes.truncate(0) }
  }

  /// Whether the store keeps the opening of a request.
  func isStored(_ index: Int) -> Bool { requests[index].place == nil }

  /// Where the openings of those that are open begin, by loop; without those that the store keeps.
  func positions() -> [Int: [JournalPosition]] {
    var positions: [Int: [JournalPosition]] = [:]
    if count == 0 { return positions }
    for request in requests where request.count >= 0 {
      guard let place = request.place else { continue }
      positions[place.loop, default: []].append(JournalPosition(number: place.number, offset: place.offset))
    }
    return positions
  }

  /// Those whose opening stands in a file before the one that is read now: it is for the store to keep, from now on, or a
  /// request that stays open would hold back the file.
  func leftBehind(_ read: [Int: JournalPosition]) -> [Int] {
    if count == 0 { return [] }
    let indices = requests.indices.filter { index in
      guard requests[index].count >= 0, let place = requests[index].place, let now = read[place.loop] else {
        return false
      }
      return place.number < now.number
    }
    for index in indices { requests[index].place = nil }
    return indices
  }

  /// The indices of those that are open, the oldest first.
  func oldestFirst() -> [Int] {
    requests.indices.filter { requests[$0].count >= 0 }.sorted {
      (requests[$0].figures.createdAt, $0) < (requests[$1].figures.createdAt, $1)
    }
  }

  /// Gives memory back when nothing is open.
  func shrink() {
    guard count == 0, requests.count > OpeningTable.smallest else { return }
    requests = []
    free = -1
    heads = [Int32](repeating: -1, count: OpeningTable.smallest)
    bytes = RecordBuffer(capacity: 4096)
  }

  /// The id of an open request.
  func id(_ index: Int) -> String { String(decoding: idBytes(index), as: UTF8.self) }

  private func idBytes(_ index: Int) -> UnsafeRawBufferPointer {
    RecordSegment.text(requests[index].figures.id.bytes(in: opening(index)))
  }

  private func bucket(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (heads.count - 1) }

  private func put(_ request: Request) -> Int32 {
    guard free >= 0 else {
      requests.append(request)
      return Int32(truncatingIfNeeded: requests.count - 1)
    }
    let index = free
    free = requests[Int(index)].next
    requests[Int(index)] = request
    return index
  }

  private func growHeads() {
    heads = [Int32](repeating: -1, count: heads.count * 2)
    for index in requests.indices where requests[index].count >= 0 {
      let bucket = bucket(requests[index].hash)
      requests[index].next = heads[bucket]
      heads[bucket] = Int32(truncatingIfNeeded: index)
    }
  }

  /// Puts the openings of those that are open together.
  private func compact() {
    let fresh = RecordBuffer(capacity: used + OpeningTable.garbage)
    for index in requests.indices where requests[index].count >= 0 {
      let start = fresh.count
      fresh.raw(opening(index))
      requests[index].start = start
    }
    bytes = fresh
  }
}
