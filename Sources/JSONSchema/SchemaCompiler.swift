import JSON

/// Turns a schema's document into rules. References are compiled once for each target, from a list of what is still to
/// do, so that neither a chain nor a ring of them deepens the stack.
struct SchemaCompiler {
  private let index: SchemaIndex
  private var nodes: [[Rule]] = []
  private var targets: [String: Int] = [:]
  private var pending: [(node: Int, schema: JSONValue, base: SchemaAddress)] = []

  /// The compiled schemas; the first one is the whole.
  static func compile(_ schema: JSONValue) throws(SchemaProblem) -> [[Rule]] {
    var compiler = SchemaCompiler(index: SchemaIndex(schema))
    _ = try compiler.reserve(schema, SchemaAddress.root)
    while let next = compiler.pending.popLast() {
      compiler.nodes[next.node] = try compiler.rules(next.schema, next.base)
    }
    return compiler.nodes
  }

  private init(index: SchemaIndex) { self.index = index }

  /// A place for a schema that is compiled later.
  private mutating func reserve(_ schema: JSONValue, _ base: SchemaAddress) throws(SchemaProblem) -> Int {
    guard nodes.count < JSONSchema.nodeLimit else { throw .tooLarge }
    nodes.append([])
    pending.append((nodes.count - 1, schema, base))
    return nodes.count - 1
  }

  private mutating func reserve(
    each schemas: [JSONValue], _ base: SchemaAddress
  ) throws(SchemaProblem) -> [Int] {
    var nodes: [Int] = []
    for schema in schemas { nodes.append(try reserve(schema, base)) }
    return nodes
  }

  private mutating func reserve(_ schema: JSONValue?, _ base: SchemaAddress) throws(SchemaProblem) -> Int? {
    guard let schema else { return nil }
    return try reserve(schema, base) as Int
  }

  // MARK: One schema

  private mutating func rules(_ schema: JSONValue, _ base: SchemaAddress) throws(SchemaProblem) -> [Rule] {
    if let flag = schema.boolValue { return flag ? [] : [.never] }
    guard case .object = schema else { throw .malformed }
    let keywords = SchemaKeywords(schema)
    // Beside a reference nothing counts.
    if let reference = try keywords.text("$ref") { return [try self.reference(reference, base)] }
    let base = base.within(schema)
    var rules = try scalarRules(keywords)
    try appendArrayRules(keywords, base, &rules)
    try appendObjectRules(keywords, base, &rules)
    try appendCombinations(keywords, base, &rules)
    return rules
  }

  private mutating func reference(_ text: String, _ base: SchemaAddress) throws(SchemaProblem) -> Rule {
    let address = base.resolving(text)
    if let node = targets[address.text] { return .reference(node) }
    guard let target = index.target(of: address) else { return .unknown }
    let node: Int = try reserve(target.schema, target.base)
    targets[address.text] = node
    return .reference(node)
  }

  private func scalarRules(_ keywords: SchemaKeywords) throws(SchemaProblem) -> [Rule] {
    var rules: [Rule] = []
    if let kinds = try keywords.kinds() { rules.append(.kinds(kinds)) }
    if let values = try keywords.array("enum") { rules.append(.oneOfValues(values)) }
    if let value = keywords["const"] { rules.append(.oneOfValues([value])) }
    if let bound = try keywords.number("minimum") { rules.append(.minimum(bound, isExclusive: false)) }
    if let bound = try keywords.number("exclusiveMinimum") { rules.append(.minimum(bound, isExclusive: true)) }
    if let bound = try keywords.number("maximum") { rules.append(.maximum(bound, isExclusive: false)) }
    if let bound = try keywords.number("exclusiveMaximum") { rules.append(.maximum(bound, isExclusive: true)) }
    if let divisor = try keywords.number("multipleOf") {
      guard divisor.isPositive else { throw .malformed }
      rules.append(.multipleOf(divisor))
    }
    if let range = try keywords.range("minLength", "maxLength") { rules.append(.length(range)) }
    if let pattern = try keywords.text("pattern") { rules.append(.pattern(ValuePattern(pattern))) }
    return rules
  }

  private mutating func appendArrayRules(
    _ keywords: SchemaKeywords, _ base: SchemaAddress, _ rules: inout [Rule]
  ) throws(SchemaProblem) {
    if let range = try keywords.range("minItems", "maxItems") { rules.append(.itemCount(range)) }
    let rest = try reserve(keywords["additionalItems"], base)
    if let items = keywords["items"]?.arrayValue {
      rules.append(.tuple(try reserve(each: items, base), rest: rest))
    } else if let items = try reserve(keywords["items"], base) {
      rules.append(.items(items))
    }
    if let node = try reserve(keywords["contains"], base) { rules.append(.contains(node)) }
    if try keywords.flag("uniqueItems") { rules.append(.uniqueItems) }
  }

  private mutating func appendObjectRules(
    _ keywords: SchemaKeywords, _ base: SchemaAddress, _ rules: inout [Rule]
  ) throws(SchemaProblem) {
    if let range = try keywords.range("minProperties", "maxProperties") { rules.append(.memberCount(range)) }
    if let names = try keywords.names("required") { rules.append(.required(names)) }
    try appendMembers(keywords, base, &rules)
    if let node = try reserve(keywords["propertyNames"], base) { rules.append(.names(node)) }
    for (name, value) in try keywords.object("dependencies") ?? [] {
      if case .array = value {
        rules.append(.dependentMembers(name, try SchemaKeywords.names(value)))
      } else {
        rules.append(.dependentSchema(name, try reserve(value, base)))
      }
    }
  }

  private mutating func appendMembers(
    _ keywords: SchemaKeywords, _ base: SchemaAddress, _ rules: inout [Rule]
  ) throws(SchemaProblem) {
    var named: [ExactName: Int] = [:]
    for (name, schema) in try keywords.object("properties") ?? [] {
      named[ExactName(name)] = try reserve(schema, base) as Int
    }
    var patterns: [(pattern: ValuePattern?, schema: Int)] = []
    for (pattern, schema) in try keywords.object("patternProperties") ?? [] {
      patterns.append((ValuePattern(pattern), try reserve(schema, base)))
    }
    let rest = try reserve(keywords["additionalProperties"], base)
    if named.isEmpty, patterns.isEmpty, rest == nil { return }
    rules.append(.members(named, patterns: patterns, rest: rest))
  }

  private mutating func appendCombinations(
    _ keywords: SchemaKeywords, _ base: SchemaAddress, _ rules: inout [Rule]
  ) throws(SchemaProblem) {
    if let schemas = try keywords.schemas("allOf") { rules.append(.all(try reserve(each: schemas, base))) }
    if let schemas = try keywords.schemas("anyOf") { rules.append(.any(try reserve(each: schemas, base))) }
    if let schemas = try keywords.schemas("oneOf") { rules.append(.exactlyOne(try reserve(each: schemas, base))) }
    if let node = try reserve(keywords["not"], base) { rules.append(.not(node)) }
    let condition = try reserve(keywords["if"], base)
    let then = try reserve(keywords["then"], base)
    let otherwise = try reserve(keywords["else"], base)
    if let condition { rules.append(.choice(condition, then: then, otherwise: otherwise)) }
  }
}
