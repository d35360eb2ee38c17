import Core
import Ledger

extension Section {
  /// A scalar with its references replaced.
  func scalar(_ key: String) -> Scalar? {
    guard let node = node(key) else { return nil }
    return context.scalar(node, path: path(key))
  }

  /// A text that is not empty and has no control characters.
  func text(_ key: String) -> String? {
    guard let scalar = scalar(key) else { return nil }
    return checkedText(scalar, path: path(key))
  }

  /// A list of texts.
  func texts(_ key: String) -> [String]? {
    list(key).map { items in
      items.enumerated().compactMap { index, node in
        let path = "\(path(key))[\(index)]"
        return context.scalar(node, path: path).flatMap { checkedText($0, path: path) }
      }
    }
  }

  private func checkedText(_ scalar: Scalar, path: String) -> String? {
    if scalar.text.isEmpty {
      context.report(scalar.position, "'\(path)' is empty", "give it a value, or remove it")
      return nil
    }
    if scalar.text.utf8.contains(where: { ($0 < 32 && $0 != 10 && $0 != 9) || $0 == 127 }) {
      context.report(scalar.position, "'\(path)' contains a control character", "remove it")
      return nil
    }
    return scalar.text
  }

  /// A whole number within `range`.
  func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
    guard let scalar = scalar(key) else { return nil }
    let remedy = "write a whole number from \(range.lowerBound) to \(range.upperBound)"
    guard scalar.isPlain, let value = Int(scalar.text) else {
      report(
        key, "is \(scalar.shown), which is not a whole number", remedy + (scalar.isQuoted ? " without quotes" : ""))
      return nil
    }
    guard range.contains(value) else {
      report(key, "is \(scalar.shown), which is out of range", remedy)
      return nil
    }
    return value
  }

  /// Two whole numbers within `range`, the smaller one first.
  func integerRange(_ key: String, in range: ClosedRange<Int>) -> ClosedRange<Int>? {
    guard let items = list(key) else { return nil }
    let numbers = items.compactMap { node -> Int? in
      guard let scalar = context.scalar(node, path: path(key)), scalar.isPlain else { return nil }
      return Int(scalar.text)
    }
    guard items.count == 2, numbers.count == 2, numbers[0] <= numbers[1], range.contains(numbers[0]),
      range.contains(numbers[1])
    else {
      report(
        key, "must be two whole numbers, the smaller one first",
        "write it as [a, b] with numbers from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return numbers[0]...numbers[1]
  }

  /// A number from 0 to 1.
  func fraction(_ key: String) -> Double? {
    guard let scalar = scalar(key) else { return nil }
    guard scalar.isPlain, let value = Double(scalar.text), value >= 0, value <= 1 else {
      report(key, "is \(scalar.shown), which is not a number from 0 to 1", "write it as 0.97")
      return nil
    }
    return value
  }

  /// `true` or `false`.
  func flag(_ key: String) -> Bool? {
    guard let scalar = scalar(key) else { return nil }
    switch scalar.isPlain ? scalar.text : "" {
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    default:
      report(key, "is \(scalar.shown), which is neither true nor false", "write true or false without quotes")
      return nil
    }
  }

  /// One of a set of words.
  func choice(_ key: String, from words: [String]) -> String? {
    guard let scalar = scalar(key) else { return nil }
    if words.contains(scalar.text) { return scalar.text }
    let near = scalar.isInterpolated ? nil : NearestName.find(scalar.text, among: words)
    let remedy = near.map { "did you mean '\($0)'?" } ?? "write one of: \(words.joined(separator: ", "))"
    report(key, "is \(scalar.shown), which is not a known value", remedy)
    return nil
  }

  /// A choice as a value of an enumeration.
  func choice<Value: CaseIterable & RawRepresentable<String>>(_ key: String, of type: Value.Type) -> Value? {
    choice(key, from: Value.allCases.map(\.rawValue)).flatMap(Value.init(rawValue:))
  }

  /// A price in USD, scaled by 10^`exponent`: -6 for a price per million tokens that becomes one per token. `below` are the
  /// words and the remedy for a number below 0.
  func money(
    _ key: String, exponent: Int,
    below: (words: String, remedy: String) = (
      "but a price is never negative", "leave pricing out when it is unknown"
    )
  ) -> Money? {
    guard let scalar = scalar(key) else { return nil }
    if scalar.isPlain, let money = Money(decimal: scalar.text, exponent: exponent) { return money }
    let finest = exponent == -6 ? "0.000001 USD per million tokens" : "0.000000000001 USD"
    if !scalar.isPlain || Double(scalar.text) == nil {
      report(key, "is \(scalar.shown), which is not a number", "write it as 2.50 without quotes or a currency")
    } else if scalar.text.hasPrefix("-") {
      report(key, "is \(scalar.shown), \(below.words)", below.remedy)
    } else {
      report(key, "is \(scalar.shown), which is too large or too fine", "the finest step is \(finest)")
    }
    return nil
  }
}
