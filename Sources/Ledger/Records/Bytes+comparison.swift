import Glibc

extension UnsafeRawBufferPointer {
  /// Whether the bytes are the same.
  func isSame(as other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    guard let base = baseAddress, let otherBase = other.baseAddress, count > 0 else { return true }
    return memcmp(base, otherBase, count) == 0
  }
}

extension Slice where Base == UnsafeRawBufferPointer {
  /// Whether the bytes are the same.
  func isSame(as other: UnsafeRawBufferPointer) -> Bool { UnsafeRawBufferPointer(rebasing: self).isSame(as: other) }
}
