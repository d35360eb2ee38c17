import CPosix

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

  /// `count` characters of a-z and 2-7, each 5 random bits. Range: 1...64. One system call.
  package static func random(_ count: Int) -> String {
    precondition(count > 0 && count <= 64)
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { bytes in
      guard let base = bytes.baseAddress, pb_random(base, count) == 0 else {
        fatalError("the system's random generator failed; no identifier can be made safely")
      }
      for index in 0..<count {
        let value = bytes[index] & 31
        bytes[index] = value < 26 ? 97 + value : 50 + (value - 26)
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
