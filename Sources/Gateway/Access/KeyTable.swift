import Ledger

/// All keys by hash: one lookup by the full hash, whatever their number. A value; loops hold one that never changes.
package struct KeyTable: Sendable {
  private var callers: [KeyHash: Caller] = [:]

  /// No key.
  package init() {}

  /// Whether there is no key at all.
  package var isEmpty: Bool { callers.isEmpty }

  /// The caller behind a hash, or nil.
  package subscript(hash hash: KeyHash) -> Caller? {
    get { callers[hash] }
    set { callers[hash] = newValue }
  }

  /// The caller behind the key that lies at `range` of `bytes`, or nil.
  func caller(bytes: [UInt8], _ range: Range<Int>) -> Caller? {
    bytes.withUnsafeBytes { callers[KeyHash(hashing: UnsafeRawBufferPointer(rebasing: $0[range]))] }
  }
}
