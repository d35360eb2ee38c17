import CPosix
import Synchronization

/// Makes unguessable identifiers from the system's random generator.
package enum Identifier {
  /// Characters behind the prefix of every identifier. Each carries 5 random bits, so 28 carry 140; the
  /// contract asks for at least 24 unguessable ones.
  package static let randomCharacters = 28

  /// A generation id, `gen-` + 28 characters: the identity of one answer in responses, records and logs.
  package static func generation() -> String { "gen-" + random(randomCharacters) }

  /// A request id, `req-` + 28 characters, sent as `x-request-id` on every response.
  package static func request() -> String { "req-" + random(randomCharacters) }

  /// A key for callers, `sk-pb-v1-` + 48 characters (240 random bits).
  package static func key() -> String { "sk-pb-v1-" + random(48) }

  /// `count` characters of a-z and 2-7, each 5 random bits. Range: 1...64.
  package static func random(_ count: Int) -> String {
    precondition(count > 0 && count <= 64)
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { bytes in
      let random = pool.withLock { $0.take(count) }
      for index in 0..<count {
        let value = random[index] & 31
        bytes[index] = value < 26 ? 97 + value : 50 + (value - 26)
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// Random bytes of the system, fetched 4 KiB at a time: one system call for about 70 requests. Bytes are wiped as they
  /// are handed out.
  private struct Pool: ~Copyable {
    private static let size = 4096
    private let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: Pool.size)
    private var used = Pool.size

    mutating func take(_ count: Int) -> SIMD64<UInt8> {
      if Pool.size - used < count {
        guard pb_random(bytes, Pool.size) == 0 else {
          fatalError("the system's random generator failed; no identifier can be made safely")
        }
        used = 0
      }
      var taken = SIMD64<UInt8>()
      for index in 0..<count {
        taken[index] = bytes[used]
        bytes[used] = 0
        used += 1
      }
      return taken
    }
  }

  private static let pool = Mutex(Pool())
}
