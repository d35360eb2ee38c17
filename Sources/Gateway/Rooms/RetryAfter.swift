import Core

/// Reads `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date.
enum RetryAfter {
  /// No hint beyond a day is believed. Unit: seconds.
  static let most = 86_400

  /// Seconds to wait, from 0 to `most`; nil when absent, negative or not understood.
  static func seconds(_ text: String?, now: Int64 = WallClock.seconds()) -> Int? {
    guard let text else { return nil }
    if !text.isEmpty, text.allSatisfy({ $0 >= "0" && $0 <= "9" }) { return min(Int(text) ?? most, most) }
    // Bounded before it becomes a whole number: "inf" and "1e300" are doubles too.
    if let value = Double(text) { return value >= 0 ? Int(min(value.rounded(.up), Double(most))) : nil }
    guard let date = Timestamp.seconds(imfFixdate: text) else { return nil }
    return min(max(0, Int(date - now)), most)
  }
}
