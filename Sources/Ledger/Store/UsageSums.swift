import Core

/// Sums of records by day, key, workspace and where they went, put together record by record. The texts are compared as
/// bytes and become strings only for the rows.
struct UsageSums {
  private struct Group {
    let hash: UInt64
    let day: Int64
    let key: Int64
    /// Where its texts stand in `texts`.
    let start: Int
    let middle: Int
    let end: Int
    /// The next group of the same bucket; -1: none.
    var next: Int32
  }

  private struct Sum {
    var requests: Int64 = 0
    var estimated: Int64 = 0
    var promptTokens: Int64 = 0
    var completionTokens: Int64 = 0
    var reasoningTokens: Int64 = 0
    var cachedTokens: Int64 = 0
    var cost: Int64 = 0

    /// Adds a record. Sums beyond 64 bits, which no sound record makes, begin anew instead of ending the program.
    mutating func add(_ ending: EndingFigures) {
      let usage = ending.usage.clamped
      requests &+= 1
      estimated &+= ending.usageSource == .estimated ? 1 : 0
      promptTokens &+= usage.promptTokens
      completionTokens &+= usage.completionTokens
      reasoningTokens &+= usage.reasoningTokens
      cachedTokens &+= usage.cachedTokens
      cost &+= ending.cost.units
    }
  }

  private var groups: [Group] = []
  /// The sums of the groups.
  private var sums: [Sum] = []
  /// The first group of each bucket, -1: none. A power of two of them.
  private var heads = [Int32](repeating: -1, count: 64)
  /// Workspaces and destinations of the groups, as records have them.
  private var texts = RecordBuffer(capacity: 1024)

  /// Whether there is nothing in it.
  var isEmpty: Bool { groups.isEmpty }

  /// Adds a record.
  mutating func add(
    opening: UnsafeRawBufferPointer, _ first: OpeningFigures, ending: UnsafeRawBufferPointer, _ second: EndingFigures
  ) {
    let workspace = first.workspace.bytes(in: opening)
    // Without an answer a record counts for the model that was asked for and for no provider.
    let destination = second.served.map { $0.bytes(in: ending) } ?? first.model.bytes(in: opening)
    let index = group(UTCDay.of(milliseconds: first.createdAt), first.keyID, workspace, destination)
    sums[index].add(second)
  }

  /// The sums as rows with all their texts.
  func rows() -> [UsageRow] { zip(groups, sums).map(row) }

  /// Forgets everything and keeps the memory.
  mutating func removeAll() {
    guard !groups.isEmpty else { return }
    groups.removeAll(keepingCapacity: true)
    sums.removeAll(keepingCapacity: true)
    texts.truncate(0)
    for index in heads.indices { heads[index] = -1 }
  }

  private mutating func group(
    _ day: Int64, _ key: Int64, _ workspace: UnsafeRawBufferPointer, _ destination: UnsafeRawBufferPointer
  ) -> Int {
    let number = UInt64(bitPattern: key &* 31 &+ day) &* 0x9E37_79B9_7F4A_7C15
    let hash = RecordID.hash(workspace) ^ (RecordID.hash(destination) &+ number)
    var index = heads[Int(truncatingIfNeeded: hash) & (heads.count - 1)]
    while index >= 0 {
      if isSame(groups[Int(index)], hash, day, key, workspace, destination) { return Int(index) }
      index = groups[Int(index)].next
    }
    return make(hash, day, key, workspace, destination)
  }

  private func isSame(
    _ group: Group, _ hash: UInt64, _ day: Int64, _ key: Int64, _ workspace: UnsafeRawBufferPointer,
    _ destination: UnsafeRawBufferPointer
  ) -> Bool {
    guard group.hash == hash, group.day == day, group.key == key else { return false }
    return texts.bytes[group.start..<group.middle].isSame(as: workspace)
      && texts.bytes[group.middle..<group.end].isSame(as: destination)
  }

  private mutating func make(
    _ hash: UInt64, _ day: Int64, _ key: Int64, _ workspace: UnsafeRawBufferPointer,
    _ destination: UnsafeRawBufferPointer
  ) -> Int {
    if groups.count == heads.count { growHeads() }
    let start = texts.count
    texts.raw(workspace)
    texts.raw(destination)
    let bucket = Int(truncatingIfNeeded: hash) & (heads.count - 1)
    groups.append(
      Group(
        hash: hash, day: day, key: key, start: start, middle: start + workspace.count, end: texts.count,
        next: heads[bucket]))
    sums.append(Sum())
    heads[bucket] = Int32(groups.count - 1)
    return groups.count - 1
  }

  private mutating func growHeads() {
    heads = [Int32](repeating: -1, count: heads.count * 2)
    for index in groups.indices {
      let bucket = Int(truncatingIfNeeded: groups[index].hash) & (heads.count - 1)
      groups[index].next = heads[bucket]
      heads[bucket] = Int32(index)
    }
  }

  private func row(_ group: Group, _ sum: Sum) -> UsageRow {
    var row = UsageRow()
    row.requests = sum.requests
    row.estimated = sum.estimated
    row.promptTokens = sum.promptTokens
    row.completionTokens = sum.completionTokens
    row.reasoningTokens = sum.reasoningTokens
    row.cachedTokens = sum.cachedTokens
    row.cost.units = sum.cost
    row.day = group.day
    row.key = group.key
    var workspace = RecordReader(UnsafeRawBufferPointer(rebasing: texts.bytes[group.start..<group.middle]))
    row.workspace = (try? workspace.text()) ?? ""
    var destination = RecordReader(UnsafeRawBufferPointer(rebasing: texts.bytes[group.middle..<group.end]))
    row.model = (try? destination.text()) ?? ""
    row.provider = (try? destination.text()) ?? ""
    row.providerName = (try? destination.text()) ?? ""
    row.endpoint = (try? destination.text()) ?? ""
    row.region = (try? destination.textIfAny()) ?? ""
    return row
  }
}
