import Core
import JSON
import Ledger

/// The members of a request of the administration, read one by one. A member that is there with a wrong type or value is a
/// 400 that names it; members nobody asks for are ignored, as OpenRouter's clients expect.
struct RequestMembers {
  /// What stands at a name.
  enum Presence<Value> {
    /// Nothing: leave it as it is.
    case absent
    /// `null`: clear it.
    case null
    case value(Value)

    /// The value, or nil when it is absent or null.
    var value: Value? {
      if case .value(let value) = self { value } else { nil }
    }
  }

  private let document: JSONValue

  /// The members of an object. Throws for anything else, and where a member stands twice.
  init(_ document: JSONValue) throws(GatewayError) {
    guard case .object(let members) = document else {
      throw .caller(.invalidRequest, "The body must be a JSON object.")
    }
    var seen: Set<String> = []
    for (name, _) in members where !seen.insert(name).inserted {
      throw .field(name, "'\(name.prefix(80))' stands in the body more than once.")
    }
    self.document = document
  }

  /// What must be there. `meaning` tells whoever left it out what it is.
  func required<Value>(
    _ name: String, _ presence: Presence<Value>, _ meaning: String
  ) throws(GatewayError) -> Value {
    guard let value = presence.value else { throw .field(name, "'\(name)' is missing: \(meaning).") }
    return value
  }

  /// What may be left out, but not be null.
  func optional<Value>(_ name: String, _ presence: Presence<Value>) throws(GatewayError) -> Value? {
    if case .null = presence { throw .field(name, "'\(name)' must not be null; leave it out to leave it as it is.") }
    return presence.value
  }

  /// A text of 1 to `limit` characters; of none, too, where it `mayBeEmpty`.
  func text(_ name: String, limit: Int = 200, mayBeEmpty: Bool = false) throws(GatewayError) -> Presence<String> {
    let least = mayBeEmpty ? 0 : 1
    return try read(name, "a text of \(least) to \(limit) characters") { value in
      value.stringValue.flatMap { (least...limit).contains($0.count) ? $0 : nil }
    }
  }

  /// The name of a workspace in addresses.
  func slug(_ name: String) throws(GatewayError) -> Presence<String> {
    try read(name, "groups of a-z and 0-9 with single hyphens between them, at most 50 characters") { value in
      value.stringValue.flatMap { Workspace.isSlug($0) ? $0 : nil }
    }
  }

  /// A flag.
  func flag(_ name: String) throws(GatewayError) -> Presence<Bool> { try read(name, "true or false", \.boolValue) }

  /// An amount in USD, exact to 10⁻¹².
  func amount(_ name: String) throws(GatewayError) -> Presence<Money> {
    try read(name, "an amount in USD, not negative and with at most 12 decimals") { value in
      value.numberText.flatMap { Money(decimal: $0) }
    }
  }

  /// An amount in USD that may be negative, but not zero.
  func signedAmount(_ name: String) throws(GatewayError) -> Presence<Money> {
    try read(name, "an amount in USD other than 0, with at most 12 decimals; negative: taken back") { value in
      guard let text = value.numberText else { return nil }
      let isNegative = text.hasPrefix("-")
      guard let amount = Money(decimal: isNegative ? text.dropFirst() : text[...]), amount != .zero else { return nil }
      return isNegative ? Money(units: -amount.units) : amount
    }
  }

  /// A whole number.
  func count(_ name: String, in range: ClosedRange<Int64>) throws(GatewayError) -> Presence<Int64> {
    try read(name, "a whole number from \(range.lowerBound) to \(range.upperBound)") { value in
      value.integerValue.flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// One of a few words.
  func word<Value>(_ name: String, _ known: [String], _ make: (String) -> Value?) throws(GatewayError) -> Presence<
    Value
  > {
    try read(name, "one of \(known.joined(separator: ", "))") { $0.stringValue.flatMap(make) }
  }

  /// Texts, at least one.
  func texts(_ name: String) throws(GatewayError) -> Presence<[String]> {
    try read(name, "a list of at least one text without line ends") { value in
      guard let texts = value.arrayValue?.map(\.stringValue), !texts.isEmpty else { return nil }
      let valid = texts.compactMap { $0 }.filter { !$0.isEmpty && !$0.unicodeScalars.contains { $0.value < 32 } }
      return valid.count == texts.count ? valid : nil
    }
  }

  /// An instant as ISO 8601 in UTC, such as `2026-12-31T23:59:59Z`. Unit: seconds since 1970.
  func instant(_ name: String) throws(GatewayError) -> Presence<Int64> {
    try read(name, "an instant in UTC such as \"2026-12-31T23:59:59Z\"") {
      $0.stringValue.flatMap(RequestMembers.seconds)
    }
  }

  private func read<Value>(
    _ name: String, _ expected: String, _ make: (JSONValue) -> Value?
  ) throws(GatewayError) -> Presence<Value> {
    guard let member = document[name] else { return .absent }
    if member.isNull { return .null }
    guard let value = make(member) else { throw .field(name, "'\(name)' must be \(expected).") }
    return .value(value)
  }

  private static func seconds(_ text: String) -> Int64? {
    guard text.utf8.count >= 20, text.utf8.count <= 30, text.hasSuffix("Z") || text.hasSuffix("+00:00"),
      let day = UTCDay.parse(text.prefix(10)), text.dropFirst(10).first == "T"
    else { return nil }
    let clock = text.dropFirst(11).prefix { $0 != "Z" && $0 != "+" && $0 != "." }
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
      let hour = Int64(parts[0]), let minute = Int64(parts[1]), let second = Int64(parts[2]), hour < 24, minute < 60,
      second < 61
    else { return nil }
    return day * UTCDay.seconds + hour * 3600 + minute * 60 + second
  }
}
