import COpenSSL

/// The SHA-256 of a key; the key itself is never kept.
package struct KeyHash: Hashable, Sendable {
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// Hashes a key.
  package init(_ key: some StringProtocol) {
    var key = String(key)
    var digest = [UInt8](repeating: 0, count: 32)
    key.withUTF8 { text in _ = SHA256(text.baseAddress, text.count, &digest) }
    self.init(words: digest)
  }

  /// Hashes the bytes of a key. Every request does this: OpenSSL's plain functions take a third of the time of its generic
  /// ones, which look the algorithm up by name.
  package init(hashing key: UnsafeRawBufferPointer) {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) { digest in
      var state = SHA256_CTX()
      SHA256_Init(&state)
      SHA256_Update(&state, key.baseAddress, key.count)
      SHA256_Final(digest.baseAddress?.assumingMemoryBound(to: UInt8.self), &state)
    }
    self.words = words
  }

  /// A hash that was computed before; nil unless it has 32 bytes.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.init(words: bytes)
  }

  /// A hash written as 64 hexadecimal digits in lower case; nil for anything else.
  package init?(hexadecimal text: some StringProtocol) {
    let digits = Array(text.utf8)
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      guard let high = KeyHash.value(digits[index]), let low = KeyHash.value(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    self.init(words: bytes)
  }

  private init(words bytes: [UInt8]) {
    words = bytes.withUnsafeBytes { $0.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self) }
  }

  /// The hash's 32 bytes.
  package var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

  /// The hash as 64 hexadecimal digits in lower case: what identifies a key in the administration.
  package var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Compares all 32 bytes whatever they are, so that the time says nothing about where two hashes differ.
  package static func == (a: KeyHash, b: KeyHash) -> Bool {
    (a.words.0 ^ b.words.0) | (a.words.1 ^ b.words.1) | (a.words.2 ^ b.words.2) | (a.words.3 ^ b.words.3) == 0
  }

  /// The hash is uniformly distributed; its first word is hash enough.
  package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 48...57: digit - 48
    case 97...102: digit - 87
    default: nil
    }
  }
}
