/// Ids for formats that bound their length.
enum ShortID {
  /// Longest id that OpenAI's Responses and Bedrock take (their specifications, October 2026). Unit: characters.
  private static let limit = 64

  /// An id as it may be sent, once it is `written` in the characters that are allowed; the same for the same id, and
  /// another for another one.
  static func fitted(_ id: String, as written: String) -> String {
    if written.utf8.count <= limit { return written }
    return String(written.prefix(limit - 17)) + "_" + hash(id)
  }

  /// 16 hexadecimal digits of FNV-1a.
  private static func hash(_ text: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
