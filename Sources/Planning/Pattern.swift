/// Patterns with `*`, as in `anthropic/*`.
enum Pattern {
  /// Whether `text` matches; case is ignored, `*` stands for any run of characters. Linear in both lengths for one star,
  /// and never worse than their product.
  static func matches(_ pattern: String, _ text: String) -> Bool {
    let pattern = Array(pattern.lowercased().utf8)
    let text = Array(text.lowercased().utf8)
    var p = 0
    var t = 0
    var star: (pattern: Int, text: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = (p, t)
        p += 1
      } else if p < pattern.count, pattern[p] == text[t] {
        p += 1
        t += 1
      } else if let last = star {
        p = last.pattern + 1
        t = last.text + 1
        star = (last.pattern, t)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
