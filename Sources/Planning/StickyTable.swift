import Catalog
import Core
import Synchronization

/// What keeps the requests of one conversation at one endpoint, where its prompt is cached: a caller, a model, and what
/// they talk about, as one number (reference section 3.9).
package struct StickyKey: Sendable, Hashable {
  /// A hash under the process's own random seed; two conversations with the same one would only share a preference.
  let value: UInt64
  /// Whether a session id was given: then any success is remembered, else only one that used a cache.
  package let isExplicit: Bool
}

/// Which endpoint a conversation went to last. Shared by all loops: shards with a lock each, held for one look-up, and only
/// for requests that can be sticky at all.
package final class StickyTable: Sendable {
  /// How long an entry lives without a success. Unit: nanoseconds. Source: reference section 3.9, 10 minutes.
  private static let lifetime: Int64 = 600_000_000_000
  private static let shardCount = 16

  private struct Entry {
    var endpoint: UInt64
    var until: Int64
  }

  private final class Shard: Sendable {
    let entries = Mutex<[UInt64: Entry]>([:])
  }

  private let shards: [Shard]
  private let shardCapacity: Int

  /// A table for at most `capacity` conversations; about 40 bytes each.
  package init(capacity: Int = 100_000) {
    shards = (0..<StickyTable.shardCount).map { _ in Shard() }
    shardCapacity = max(1, capacity / StickyTable.shardCount)
  }

  /// The `identityHash` of the endpoint of a conversation; nil when there is none or its time is over.
  func endpoint(_ key: StickyKey, now: MonotonicTime) -> UInt64? {
    shard(key).entries.withLock { entries in
      guard let entry = entries[key.value], entry.until > now.nanoseconds else { return nil }
      return entry.endpoint
    }
  }

  /// Notes that a conversation was answered by an endpoint. To be called after a success: always when the key is explicit,
  /// else when the provider reported cached tokens.
  package func remember(_ key: StickyKey, _ endpoint: CatalogEndpoint, now: MonotonicTime) {
    let entry = Entry(endpoint: endpoint.identityHash, until: now.nanoseconds + StickyTable.lifetime)
    shard(key).entries.withLock { entries in
      if entries[key.value] == nil, entries.count >= shardCapacity { makeRoom(in: &entries, now) }
      entries[key.value] = entry
    }
  }

  /// How many conversations it holds, some of which may be over.
  package var count: Int { shards.reduce(0) { $0 + $1.entries.withLock(\.count) } }

  /// Forgets what is over; when that is nothing, some entry or other.
  private func makeRoom(in entries: inout [UInt64: Entry], _ now: MonotonicTime) {
    entries = entries.filter { $0.value.until > now.nanoseconds }
    // An eighth at once, so that the pass above is paid for by many calls.
    let excess = entries.count - shardCapacity + max(1, shardCapacity / 8)
    guard excess > 0 else { return }
    for key in Array(entries.keys.prefix(excess)) { entries[key] = nil }
  }

  private func shard(_ key: StickyKey) -> Shard { shards[Int(key.value >> 60)] }
}
