import Core

/// The query of a request of the administration, read one by one. A parameter that is asked for and has a wrong value, or
/// stands there twice, is a 400 that names it; others are ignored, empty ones count as absent.
struct QueryItems {
  private let items: [(name: String, value: String)]

  /// Decoded parameters.
  init(_ items: [(name: String, value: String)]) { self.items = items.filter { !$0.value.isEmpty } }

  /// A text, or nil.
  func text(_ name: String) throws(GatewayError) -> String? {
    let values = items.filter { $0.name == name }
    guard values.count <= 1 else { throw .field(name, "'\(name)' stands in the query more than once.") }
    return values.first?.value
  }

  /// A whole number, or nil.
  func integer(_ name: String, in range: ClosedRange<Int>) throws(GatewayError) -> Int? {
    guard let text = try text(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      let most =
        range.upperBound == .max ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      throw .field(name, "'\(name)' must be a whole number \(most).")
    }
    return number
  }

  /// `true` or `false`; absent: false.
  func flag(_ name: String) throws(GatewayError) -> Bool {
    switch try text(name) {
    case nil, "false", "0": return false
    case "true", "1": return true
    default: throw .field(name, "'\(name)' must be true or false.")
    }
  }

  /// One of a few words, or nil.
  func word<Value>(_ name: String, _ known: [String], _ make: (String) -> Value?) throws(GatewayError) -> Value? {
    guard let text = try text(name) else { return nil }
    guard let value = make(text) else {
      throw .field(name, "'\(name)' must be one of \(known.joined(separator: ", ")).")
    }
    return value
  }
}

/// The part of a list that is asked for: `offset` and `limit`.
struct Page {
  /// Rows before it.
  let offset: Int
  /// Most rows in it.
  let limit: Int

  /// Reads `offset` (from 0) and `limit` (1 to 100).
  init(_ query: QueryItems, standard: Int = 50) throws(GatewayError) {
    offset = try query.integer("offset", in: 0...Int.max) ?? 0
    limit = try query.integer("limit", in: 1...100) ?? standard
  }

  /// The rows of the page.
  func of<Row>(_ rows: [Row]) -> [Row] { Array(rows.dropFirst(offset).prefix(limit)) }
}
