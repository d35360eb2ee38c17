import COpenSSL

/// SHA-256 of bytes, and the keyed hash made of it (HMAC, RFC 2104).
struct SHA256Digest {
  /// Unit: bytes.
  static let size = 32
  /// The block that SHA-256 works on. Unit: bytes.
  private static let block = 64

  /// The digest's 32 bytes.
  let bytes: [UInt8]

  /// Hashes bytes.
  init(_ bytes: UnsafeRawBufferPointer) {
    self.init { context in SHA256Digest.update(&context, bytes) }
  }

  /// Hashes a text.
  init(_ text: String) {
    self.init { context in SHA256Digest.update(&context, text) }
  }

  /// The keyed hash of a text: HMAC-SHA256. OpenSSL's own HMAC looks its hash function up anew in every call, which is
  /// nine tenths of 1.1 µs; a signature needs five.
  init(_ text: String, key: [UInt8]) {
    let short = key.count > SHA256Digest.block ? key.withUnsafeBytes { SHA256Digest($0).bytes } : key
    let inner = SHA256Digest { context in
      SHA256Digest.update(&context, short, mask: 0x36)
      SHA256Digest.update(&context, text)
    }
    self.init { context in
      SHA256Digest.update(&context, short, mask: 0x5c)
      inner.bytes.withUnsafeBytes { SHA256Digest.update(&context, $0) }
    }
  }

  private init(_ feed: (inout SHA256_CTX) -> Void) {
    var context = SHA256_CTX()
    SHA256_Init(&context)
    feed(&context)
    bytes = [UInt8](unsafeUninitializedCapacity: SHA256Digest.size) { digest, count in
      SHA256_Final(digest.baseAddress, &context)
      count = SHA256Digest.size
    }
  }

  private static func update(_ context: inout SHA256_CTX, _ bytes: UnsafeRawBufferPointer) {
    if !bytes.isEmpty { SHA256_Update(&context, bytes.baseAddress, bytes.count) }
  }

  private static func update(_ context: inout SHA256_CTX, _ text: String) {
    var text = text
    text.withUTF8 { update(&context, UnsafeRawBufferPointer($0)) }
  }

  /// A key, filled up with zeros to a block, under a mask.
  private static func update(_ context: inout SHA256_CTX, _ key: [UInt8], mask: UInt8) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: block) { padded in
      for index in 0..<block { padded[index] = (index < key.count ? key[index] : 0) ^ mask }
      update(&context, UnsafeRawBufferPointer(padded))
    }
  }

  /// 64 hexadecimal digits in lower case.
  var hexadecimal: String {
    String(unsafeUninitializedCapacity: 2 * SHA256Digest.size) { text in
      for (index, byte) in bytes.enumerated() {
        text[2 * index] = SHA256Digest.digit(byte >> 4)
        text[2 * index + 1] = SHA256Digest.digit(byte & 15)
      }
      return 2 * SHA256Digest.size
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }
}
