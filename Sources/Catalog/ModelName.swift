/// How the names that callers write are compared.
enum ModelName {
  /// Longest name that is looked up. Unit: bytes.
  static let lengthLimit = 512

  /// A name in the form in which case does not matter and `.` is `-`: people write `claude-sonnet-4-6` as well as
  /// `Claude-Sonnet-4.6`.
  static func folded(_ name: some StringProtocol) -> String {
    String(unsafeUninitializedCapacity: name.utf8.count) { buffer in
      var count = 0
      for byte in name.utf8 {
        let isUpper = byte >= 65 && byte <= 90
        buffer[count] = isUpper ? byte | 32 : byte == UInt8(ascii: ".") ? UInt8(ascii: "-") : byte
        count += 1
      }
      return count
    }
  }

  /// The part behind the author; the whole name when it has none.
  static func bare(_ id: String) -> Substring {
    guard let slash = id.utf8.firstIndex(of: UInt8(ascii: "/")) else { return id[...] }
    return id[id.index(after: slash)...]
  }

  /// The part before the name, with its slash; empty when there is none.
  static func author(_ id: String) -> Substring {
    id[..<bare(id).startIndex]
  }
}
