import CPosix
import Synchronization

/// Makes unguessable identifiers from the system's random generator.
package enum Identifier {
  /// Characters behind the prefix of every identifier. Each carries 5 random bits, so 28 carry 140; the
  /// contract asks for at least 24 unguessable ones.
  package static let randomCharacters = 28

  /// A generation id, `gen-` + 30 characters: the identity of one answer in responses, records and logs. The first six say
  /// when it was made, in steps of two seconds, so that a store's index over ids grows at its end instead of everywhere;
  /// 24 are random (120 bits), as the contract asks.
  package static func generation() -> String { make("gen-", timeCharacters + 24, isTimed: true) }

  /// Whether a text could be a generation id.
  package static func isGeneration(_ text: String) -> Bool {
    text.hasPrefix("gen-") && text.utf8.count == 4 + timeCharacters + 24
      && text.utf8.dropFirst(4).allSatisfy { (97...122).contains($0) || (50...55).contains($0) }
  }

  /// 30 bits: steps of two seconds for 68 years, then the count begins anew, which only the index notices.
  private static let timeCharacters = 6

  /// A request id, `req-` + 28 characters, sent as `x-request-id` on every response.
  package static func request() -> String { make("req-", randomCharacters) }

  /// A key for callers, `sk-pb-v1-` + 48 characters (240 random bits).
  package static func key() -> String { make("sk-pb-v1-", 48) }

  /// A random UUID (RFC 9562, version 4) in lower case.
  package static func uuid() -> String {
    var bytes = [UInt8](repeating: 0, count: 16)
    let (high, low) = pool.withLock { ($0.next(), $0.next()) }
    for index in 0..<8 {
      bytes[index] = UInt8(truncatingIfNeeded: high >> (8 * UInt64(index)))
      bytes[index + 8] = UInt8(truncatingIfNeeded: low >> (8 * UInt64(index)))
    }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
      text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// `count` characters of a-z and 2-7, each 5 random bits. Range: 1...64.
  package static func random(_ count: Int) -> String { make("", count) }

  /// Two are made for every request: the prefix and the characters are written where the text will stay.
  private static func make(_ prefix: StaticString, _ count: Int, isTimed: Bool = false) -> String {
    precondition(count > 0 && count <= 64)
    let start = prefix.utf8CodeUnitCount
    return String(unsafeUninitializedCapacity: start + count) { bytes in
      for index in 0..<start { bytes[index] = prefix.utf8Start[index] }
      fill(UnsafeMutableBufferPointer(rebasing: bytes[start..<start + count]))
      if isTimed { setTime(UnsafeMutableBufferPointer(rebasing: bytes[start..<start + timeCharacters])) }
      return start + count
    }
  }

  private static let alphabet: StaticString = "abcdefghijklmnopqrstuvwxyz234567"

  /// The time in steps of two seconds, five bits a character, the highest first.
  private static func setTime(_ target: UnsafeMutableBufferPointer<UInt8>) {
    var steps = WallClock.seconds() >> 1
    for index in stride(from: target.count - 1, through: 0, by: -1) {
      target[index] = alphabet.utf8Start[Int(truncatingIfNeeded: steps & 31)]
      steps >>= 5
    }
  }

  private static func fill(_ target: UnsafeMutableBufferPointer<UInt8>) {
    let letters = alphabet.utf8Start
    pool.withLock { pool in
      var index = 0
      while index < target.count {
        var word = pool.next()
        for _ in 0..<min(charactersPerWord, target.count - index) {
          target[index] = letters[Int(truncatingIfNeeded: word & 31)]
          word >>= 5
          index += 1
        }
      }
    }
  }

  /// 60 of a word's 64 bits are used.
  private static let charactersPerWord = 12

  /// Random words of the system, 4 KiB at a time: one system call for about 80 requests. A word is wiped as it is taken.
  private struct Pool: ~Copyable {
    private static let size = 512
    private let words = UnsafeMutablePointer<UInt64>.allocate(capacity: Pool.size)
    private var used = Pool.size

    mutating func next() -> UInt64 {
      if used == Pool.size {
        guard pb_random(words, Pool.size * 8) == 0 else {
          fatalError("the system's random generator failed; no identifier can be made safely")
        }
        used = 0
      }
      defer {
        words[used] = 0
        used += 1
      }
      return words[used]
    }
  }

  private static let pool = Mutex(Pool())
}
