import Core
import Ledger

/// The books against a provider's usage file, by day and model. Pure.
struct UsageComparison {
  /// Why a file cannot be compared.
  struct Problem: Error {
    let reason: String
  }

  /// What a provider says of a day and a model.
  struct Row: Hashable {
    var day: Int64
    var model: String
    var promptTokens: Int64?
    var completionTokens: Int64?
    var cost: Money?
  }

  /// Sums that are compared; what one side does not say is nil.
  fileprivate struct Sums {
    var prompt: Int64?
    var completion: Int64?
    var cost: Money?
  }

  /// What differs, in plain words.
  private(set) var differences: [String] = []
  /// Days and models that were compared.
  private(set) var compared = 0

  /// Amounts of a provider are rounded to this. Unit: 10⁻¹² USD; a hundredth of a cent.
  private static let roundedTo: Int64 = 100_000_000

  /// Compares a provider's rows with ours. A model of theirs is one of ours when ours is its name behind the author, with
  /// or without a date behind it: `gpt-4o-2024-08-06` is `openai/gpt-4o`.
  init(theirs: [Row], ours: [UsageRow]) {
    var left: [String: Sums] = [:]
    var right: [String: Sums] = [:]
    let names = Set(ours.compactMap(\.model)).sorted { $0.utf8.count > $1.utf8.count }
    for row in theirs {
      let model = names.first { UsageComparison.isSame($0, row.model) } ?? row.model
      left["\(UTCDay.text(row.day)) \(model)", default: Sums()].add(row.promptTokens, row.completionTokens, row.cost)
    }
    for row in ours {
      let key = "\(UTCDay.text(row.day ?? 0)) \(row.model ?? "")"
      right[key, default: Sums()].add(row.promptTokens, row.completionTokens, row.cost)
    }
    compared = Set(left.keys).union(right.keys).count
    for key in Set(left.keys).union(right.keys).sorted() {
      guard let theirs = left[key] else { differences.append("\(key): only in our books"); continue }
      guard let ours = right[key] else { differences.append("\(key): only in the file"); continue }
      differences += UsageComparison.differences(theirs, ours).map { "\(key): \($0)" }
    }
  }

  private static func isSame(_ ours: String, _ theirs: String) -> Bool {
    let name = ours.split(separator: "/").last.map(String.init) ?? ours
    guard theirs != ours, theirs != name else { return true }
    return theirs.hasPrefix(name + "-") && theirs.dropFirst(name.count + 1).allSatisfy { $0.isNumber || $0 == "-" }
  }

  private static func differences(_ theirs: Sums, _ ours: Sums) -> [String] {
    var found: [String] = []
    for (name, left, right) in [
      ("prompt tokens", theirs.prompt, ours.prompt), ("completion tokens", theirs.completion, ours.completion),
    ] {
      if let left, let right, left != right { found.append("\(left) \(name) in the file, \(right) in our books") }
    }
    if let left = theirs.cost, let right = ours.cost, abs(left.units - right.units) > roundedTo {
      found.append("\(left.dollars) USD in the file, \(right.dollars) in our books")
    }
    return found
  }

  /// Reads a provider's file. The columns are found by their names, which providers choose differently.
  static func read(_ text: String) throws(Problem) -> [Row] {
    var lines = CSVLines(text)
    guard let heading = lines.next()?.map({ $0.lowercased() }) else { throw Problem(reason: "it is empty") }
    func column(_ names: [String]) -> Int? { names.lazy.compactMap { heading.firstIndex(of: $0) }.first }
    guard
      let date = column(["date", "day", "usage_date", "usage_date_utc", "timestamp", "start_time_iso", "created_at"])
    else { throw Problem(reason: "it has no column for the date, such as 'date'") }
    guard let model = column(["model", "model_version", "model_id", "snapshot_id", "model_permaslug"]) else {
      throw Problem(reason: "it has no column 'model'")
    }
    let prompt = column(["prompt_tokens", "input_tokens", "n_context_tokens_total", "tokens_prompt"])
    let completion = column(["completion_tokens", "output_tokens", "n_generated_tokens_total", "tokens_completion"])
    let cost = column(["usd", "cost", "cost_usd", "amount", "amount_value", "usage", "cost_total"])
    if prompt == nil, completion == nil, cost == nil {
      throw Problem(reason: "it has no column for tokens or costs, such as 'prompt_tokens' or 'cost'")
    }
    var rows: [Row] = []
    var number = 1
    while let line = lines.next() {
      number += 1
      func field(_ index: Int?) -> String? { index.flatMap { $0 < line.count && !line[$0].isEmpty ? line[$0] : nil } }
      guard let text = field(date), let day = UTCDay.parse(text.prefix(10)), let name = field(model) else {
        throw Problem(reason: "line \(number) has no date like 2026-11-20 or no model")
      }
      let amount = field(cost).flatMap { Money(rounded: $0.filter { $0 != "$" }) }
      rows.append(
        Row(
          day: day, model: name, promptTokens: field(prompt).flatMap { Int64($0) },
          completionTokens: field(completion).flatMap { Int64($0) }, cost: amount))
    }
    return rows
  }
}

extension UsageComparison.Sums {
  fileprivate mutating func add(_ prompt: Int64?, _ completion: Int64?, _ cost: Money?) {
    if let prompt { self.prompt = (self.prompt ?? 0) + prompt }
    if let completion { self.completion = (self.completion ?? 0) + completion }
    if let cost { self.cost = (self.cost ?? .zero).adding(cost) }
  }
}

extension Money {
  /// An amount that may be written more finely than money is counted, as providers do; rounded down.
  fileprivate init?(rounded text: String) {
    if let exact = Money(decimal: text) {
      self = exact
    } else {
      guard let value = Double(text), value >= 0, value < 9_000_000 else { return nil }
      self.init(units: Int64(value * 1e12))
    }
  }
}

/// The lines of comma-separated values (RFC 4180): quoted fields may hold commas, line ends and doubled quotes.
private struct CSVLines {
  private var rest: Substring.UnicodeScalarView

  init(_ text: String) {
    rest = text.unicodeScalars[...]
    if rest.first == "\u{FEFF}" { rest.removeFirst() }
  }

  /// The next line that is not empty.
  mutating func next() -> [String]? {
    while let first = rest.first, first == "\n" || first == "\r" { rest.removeFirst() }
    guard !rest.isEmpty else { return nil }
    var fields: [String] = []
    var field = String.UnicodeScalarView()
    var isQuoted = false
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\"" where isQuoted && rest.first == "\"": field.append(rest.removeFirst())
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        fields.append(String(field))
        field = String.UnicodeScalarView()
      case "\n" where !isQuoted: return fields + [String(field)]
      case "\r" where !isQuoted && rest.first == "\n": continue
      default: field.append(scalar)
      }
    }
    return fields + [String(field)]
  }
}
