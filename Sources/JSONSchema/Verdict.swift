/// What is known of a value under a schema, in Kleene's logic: what cannot be decided stays open through every
/// combination, so that only a certain no is ever reported.
enum Verdict: Int, Comparable {
  /// The value breaks the schema.
  case no
  /// A bound was reached, or the schema points to something that is not here.
  case open
  /// The value keeps the schema.
  case yes

  init(_ holds: Bool) { self = holds ? .yes : .no }

  static func < (left: Verdict, right: Verdict) -> Bool { left.rawValue < right.rawValue }

  /// The opposite; open stays open.
  static prefix func ! (verdict: Verdict) -> Verdict { Verdict(rawValue: 2 - verdict.rawValue) ?? .open }
}
