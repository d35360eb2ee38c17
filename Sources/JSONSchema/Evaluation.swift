import JSON

/// One value held against a compiled schema, within bounds.
struct Evaluation {
  private let nodes: [[Rule]]
  private var steps = JSONSchema.stepLimit
  private var matches = JSONSchema.matchLimit
  private var depth = 0

  init(_ nodes: [[Rule]]) { self.nodes = nodes }

  /// What is known of the value under the schema of that index.
  mutating func verdict(_ node: Int, _ value: JSONValue) -> Verdict {
    guard depth < JSONSchema.depthLimit else { return .open }
    depth += 1
    defer { depth -= 1 }
    var verdict = Verdict.yes
    for rule in nodes[node] {
      guard spend(1) else { return .open }
      verdict = min(verdict, check(rule, value))
      if verdict == .no { return .no }
    }
    return verdict
  }

  /// Takes steps from what is left; false when nothing is.
  private mutating func spend(_ count: Int) -> Bool {
    steps -= count
    return steps >= 0
  }

  private mutating func check(_ rule: Rule, _ value: JSONValue) -> Verdict {
    switch rule {
    case .never: return .no
    case .unknown: return .open
    case .reference(let node): return verdict(node, value)
    case .kinds(let kinds): return Verdict(kinds.holds(value))
    case .oneOfValues(let values): return isOne(of: values, value)
    case .all(let nodes): return all(nodes, value)
    case .any(let nodes): return any(nodes, value)
    case .exactlyOne(let nodes): return exactlyOne(nodes, value)
    case .not(let node): return !verdict(node, value)
    case .choice(let condition, let then, let otherwise): return choice(condition, then, otherwise, value)
    default: break
    }
    switch value {
    case .number(let text): return number(rule, text)
    case .string(let text): return string(rule, text)
    case .array(let elements): return array(rule, elements)
    case .object(let members): return object(rule, members, value)
    case .null, .bool: return .yes
    }
  }

  // MARK: Combinations

  private mutating func all(_ nodes: [Int], _ value: JSONValue) -> Verdict {
    var verdict = Verdict.yes
    for node in nodes where verdict != .no { verdict = min(verdict, self.verdict(node, value)) }
    return verdict
  }

  private mutating func any(_ nodes: [Int], _ value: JSONValue) -> Verdict {
    var verdict = Verdict.no
    for node in nodes where verdict != .yes { verdict = max(verdict, self.verdict(node, value)) }
    return verdict
  }

  private mutating func exactlyOne(_ nodes: [Int], _ value: JSONValue) -> Verdict {
    var holding = 0
    var isOpen = false
    for node in nodes {
      switch verdict(node, value) {
      case .yes: holding += 1
      case .open: isOpen = true
      case .no: break
      }
      if holding > 1 { return .no }
    }
    return isOpen ? .open : Verdict(holding == 1)
  }

  private mutating func choice(_ condition: Int, _ then: Int?, _ otherwise: Int?, _ value: JSONValue) -> Verdict {
    switch verdict(condition, value) {
    case .yes: return verdict(then, value)
    case .no: return verdict(otherwise, value)
    case .open:
      let one = verdict(then, value)
      return one == verdict(otherwise, value) ? one : .open
    }
  }

  /// Nothing demands nothing.
  private mutating func verdict(_ node: Int?, _ value: JSONValue) -> Verdict {
    guard let node else { return .yes }
    return verdict(node, value)
  }

  private mutating func isOne(of values: [JSONValue], _ value: JSONValue) -> Verdict {
    var verdict = Verdict.no
    for candidate in values where verdict != .yes { verdict = max(verdict, equal(candidate, value)) }
    return verdict
  }

  // MARK: Scalars

  private func number(_ rule: Rule, _ text: String) -> Verdict {
    switch rule {
    case .minimum(let bound, let isExclusive):
      let number = ExactNumber(text)
      return Verdict(isExclusive ? bound < number : bound <= number)
    case .maximum(let bound, let isExclusive):
      let number = ExactNumber(text)
      return Verdict(isExclusive ? number < bound : number <= bound)
    case .multipleOf(let divisor): return ExactNumber(text).isMultiple(of: divisor)
    default: return .yes
    }
  }

  private mutating func string(_ rule: Rule, _ text: String) -> Verdict {
    switch rule {
    case .length(let range):
      guard spend(text.utf8.count / 64) else { return .open }
      return Verdict(range.contains(text.unicodeScalars.count))
    case .pattern(let pattern): return match(pattern, text)
    default: return .yes
    }
  }

  private mutating func match(_ pattern: ValuePattern?, _ text: String) -> Verdict {
    guard let pattern, text.utf8.count <= ValuePattern.Cost.textLimit else { return .open }
    for limit in [ValuePattern.Cost.first(text.utf8.count), ValuePattern.Cost.second] {
      guard matches >= limit else { return .open }
      matches -= limit
      let verdict = pattern.matches(text, limit: limit)
      if verdict != .open { return verdict }
    }
    return .open
  }

  // MARK: Arrays

  private mutating func array(_ rule: Rule, _ elements: [JSONValue]) -> Verdict {
    switch rule {
    case .items(let node): return each(elements[...], node)
    case .tuple(let nodes, let rest):
      var verdict = Verdict.yes
      for (node, element) in zip(nodes, elements) where verdict != .no {
        verdict = min(verdict, self.verdict(node, element))
      }
      guard verdict != .no, let rest else { return verdict }
      return min(verdict, each(elements.dropFirst(nodes.count), rest))
    case .contains(let node):
      var verdict = Verdict.no
      for element in elements where verdict != .yes {
        guard spend(1) else { return .open }
        verdict = max(verdict, self.verdict(node, element))
      }
      return verdict
    case .itemCount(let range): return Verdict(range.contains(elements.count))
    case .uniqueItems: return areUnique(elements)
    default: return .yes
    }
  }

  private mutating func each(_ elements: ArraySlice<JSONValue>, _ node: Int) -> Verdict {
    var verdict = Verdict.yes
    for element in elements {
      guard spend(1) else { return .open }
      verdict = min(verdict, self.verdict(node, element))
      if verdict == .no { return .no }
    }
    return verdict
  }

  private mutating func areUnique(_ elements: [JSONValue]) -> Verdict {
    var verdict = Verdict.yes
    for index in elements.indices {
      for other in elements[..<index] {
        verdict = min(verdict, !equal(elements[index], other))
        if verdict == .no || steps < 0 { return verdict }
      }
    }
    return verdict
  }

  // MARK: Objects

  private mutating func object(
    _ rule: Rule, _ members: [(key: String, value: JSONValue)], _ value: JSONValue
  ) -> Verdict {
    switch rule {
    case .members(let named, let patterns, let rest): return each(members, named, patterns, rest)
    case .names(let node):
      var verdict = Verdict.yes
      for member in members where verdict != .no { verdict = min(verdict, self.verdict(node, .string(member.key))) }
      return verdict
    case .memberCount(let range): return Verdict(range.contains(members.count))
    case .required(let names): return hasAll(names, members)
    case .dependentMembers(let name, let names):
      return has(name, members) == .no ? .yes : hasAll(names, members)
    case .dependentSchema(let name, let node):
      return has(name, members) == .no ? .yes : verdict(node, value)
    default: return .yes
    }
  }

  private mutating func each(
    _ members: [(key: String, value: JSONValue)], _ named: [ExactName: Int],
    _ patterns: [(pattern: ValuePattern?, schema: Int)], _ rest: Int?
  ) -> Verdict {
    var verdict = Verdict.yes
    for member in members {
      guard spend(1) else { return .open }
      var covered = Verdict.no
      if let node = named[ExactName(member.key)] {
        covered = .yes
        verdict = min(verdict, self.verdict(node, member.value))
      }
      for (pattern, node) in patterns {
        let isMeant = match(pattern, member.key)
        covered = max(covered, isMeant)
        if isMeant != .no { verdict = min(verdict, max(!isMeant, self.verdict(node, member.value))) }
      }
      if let rest, covered != .yes { verdict = min(verdict, max(covered, self.verdict(rest, member.value))) }
      if verdict == .no { return .no }
    }
    return verdict
  }

  private mutating func hasAll(_ names: [String], _ members: [(key: String, value: JSONValue)]) -> Verdict {
    var verdict = Verdict.yes
    for name in names where verdict != .no { verdict = min(verdict, has(name, members)) }
    return verdict
  }

  private mutating func has(_ name: String, _ members: [(key: String, value: JSONValue)]) -> Verdict {
    guard spend(members.count / 8 + 1) else { return .open }
    return Verdict(members.contains { $0.key.isExactly(name) })
  }

  // MARK: Equality

  /// Whether two values are the same: numbers by value, texts by code points, objects in any order.
  private mutating func equal(_ left: JSONValue, _ right: JSONValue) -> Verdict {
    guard spend(1) else { return .open }
    switch (left, right) {
    case (.null, .null): return .yes
    case (.bool(let one), .bool(let other)): return Verdict(one == other)
    case (.number(let one), .number(let other)):
      guard spend(max(one.utf8.count, other.utf8.count) / 32) else { return .open }
      return Verdict(ExactNumber(one) == ExactNumber(other))
    case (.string(let one), .string(let other)):
      guard spend(min(one.utf8.count, other.utf8.count) / 64) else { return .open }
      return Verdict(one.isExactly(other))
    case (.array(let one), .array(let other)):
      guard one.count == other.count else { return .no }
      var verdict = Verdict.yes
      for (left, right) in zip(one, other) where verdict != .no { verdict = min(verdict, equal(left, right)) }
      return verdict
    case (.object(let one), .object(let other)): return equal(one, other)
    default: return .no
    }
  }

  private mutating func equal(
    _ one: [(key: String, value: JSONValue)], _ other: [(key: String, value: JSONValue)]
  ) -> Verdict {
    guard one.count == other.count else { return .no }
    guard spend(one.count) else { return .open }
    let table = Dictionary(other.map { (ExactName($0.key), $0.value) }) { _, last in last }
    var verdict = Verdict.yes
    for (key, value) in one where verdict != .no {
      guard let match = table[ExactName(key)] else { return .no }
      verdict = min(verdict, equal(value, match))
    }
    return verdict
  }
}
