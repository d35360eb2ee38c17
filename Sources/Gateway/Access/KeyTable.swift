import COpenSSL
import Configuration
import Core

/// The SHA-256 digest of a key; the key itself is never kept.
package struct KeyDigest: Hashable, Sendable {
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// Hashes a key.
  package init(_ key: some StringProtocol) {
    var key = String(key)
    self = key.withUTF8 { KeyDigest(hashing: UnsafeRawBufferPointer($0)) }
  }

  /// Hashes the bytes of a key. Every request does this: OpenSSL's plain functions take a third of the time of its
  /// generic ones, which look the algorithm up by name.
  init(hashing key: UnsafeRawBufferPointer) {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) { digest in
      var state = SHA256_CTX()
      SHA256_Init(&state)
      SHA256_Update(&state, key.baseAddress, key.count)
      SHA256_Final(digest.baseAddress?.assumingMemoryBound(to: UInt8.self), &state)
    }
    self.words = words
  }

  /// A digest that was computed before, such as one from the store; nil unless it has 32 bytes.
  package init?(stored bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    words = bytes.withUnsafeBytes { $0.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self) }
  }

  /// The digest's 32 bytes, for the store.
  package var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

  /// Compares all 32 bytes whatever they are, so that the time says nothing about where two digests differ.
  package static func == (a: KeyDigest, b: KeyDigest) -> Bool {
    withUnsafeBytes(of: a.words) { left in
      withUnsafeBytes(of: b.words) { right in CRYPTO_memcmp(left.baseAddress, right.baseAddress, 32) == 0 }
    }
  }

  /// The digest is uniformly distributed; its first word is hash enough.
  package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// Who makes a request and what the key allows.
package struct Caller: Sendable {
  /// What a key is for.
  package enum Role: String, Sendable {
    /// May infer.
    case user
    /// May administer, not infer.
    case management
  }

  /// The key's name; `anonymous` where no key is needed.
  package let name: String
  /// What the key is for.
  package let role: Role
  /// Model patterns the key may use; nil: all.
  package let allowedModels: [String]?
  /// Providers the key may use; nil: all.
  package let allowedProviders: [String]?
  /// Whether the key reaches endpoints that retain nothing only.
  package let zdr: Bool

  /// A caller.
  package init(
    name: String, role: Role, allowedModels: [String]? = nil, allowedProviders: [String]? = nil, zdr: Bool = false
  ) {
    self.name = name
    self.role = role
    self.allowedModels = allowedModels
    self.allowedProviders = allowedProviders
    self.zdr = zdr
  }

  /// Whoever comes, where no key is needed.
  package static let anonymous = Caller(name: "anonymous", role: .user)
}

/// All keys by digest: one lookup by the full digest, whatever their number. Immutable.
package struct KeyTable: Sendable {
  private let callers: [KeyDigest: Caller]

  /// The configuration's keys and further ones, such as the store's.
  package init(_ access: AccessSettings, stored: [(digest: KeyDigest, caller: Caller)]) {
    var callers: [KeyDigest: Caller] = [:]
    for (digest, caller) in stored { callers[digest] = caller }
    for key in access.keys {
      callers[KeyDigest(key.key.reveal())] = Caller(
        name: key.name, role: .user, allowedModels: key.allowedModels, allowedProviders: key.allowedProviders,
        zdr: key.zdr)
    }
    for (index, key) in access.managementKeys.enumerated() {
      callers[KeyDigest(key.reveal())] = Caller(name: "management-\(index + 1)", role: .management)
    }
    self.callers = callers
  }

  /// Whether there is no key at all.
  package var isEmpty: Bool { callers.isEmpty }

  /// The caller behind a key, or nil.
  package func caller(_ key: some StringProtocol) -> Caller? { callers[KeyDigest(key)] }

  /// The caller behind the key that lies at `range` of `bytes`, or nil.
  func caller(bytes: [UInt8], _ range: Range<Int>) -> Caller? {
    bytes.withUnsafeBytes { callers[KeyDigest(hashing: UnsafeRawBufferPointer(rebasing: $0[range]))] }
  }
}
