import JSON

/// One thing a schema demands. Other schemas are meant by their index among the compiled ones.
enum Rule: Sendable {
  /// Nothing is accepted.
  case never
  /// A reference to something that is not here.
  case unknown
  case reference(Int)
  case kinds(Kinds)
  case oneOfValues([JSONValue])
  case minimum(ExactNumber, isExclusive: Bool)
  case maximum(ExactNumber, isExclusive: Bool)
  case multipleOf(ExactNumber)
  /// Code points.
  case length(ClosedRange<Int>)
  /// Nil for a pattern that cannot be compiled.
  case pattern(ValuePattern?)
  case items(Int)
  case tuple([Int], rest: Int?)
  case contains(Int)
  case itemCount(ClosedRange<Int>)
  case uniqueItems
  case members([ExactName: Int], patterns: [(pattern: ValuePattern?, schema: Int)], rest: Int?)
  case names(Int)
  case memberCount(ClosedRange<Int>)
  case required([String])
  case dependentMembers(String, [String])
  case dependentSchema(String, Int)
  case all([Int])
  case any([Int])
  case exactlyOne([Int])
  case not(Int)
  case choice(Int, then: Int?, otherwise: Int?)
}

/// Kinds of values that `type` names.
struct Kinds: OptionSet, Sendable {
  let rawValue: UInt8

  init(rawValue: UInt8) { self.rawValue = rawValue }

  static let null = Kinds(rawValue: 1)
  static let boolean = Kinds(rawValue: 2)
  /// A number without a fraction, also written `1.0`.
  static let integer = Kinds(rawValue: 4)
  static let number = Kinds(rawValue: 8)
  static let string = Kinds(rawValue: 16)
  static let array = Kinds(rawValue: 32)
  static let object = Kinds(rawValue: 64)

  /// The kind of that name in a schema, or nil.
  init?(named name: String) {
    switch name {
    case "null": self = .null
    case "boolean": self = .boolean
    case "integer": self = .integer
    case "number": self = .number
    case "string": self = .string
    case "array": self = .array
    case "object": self = .object
    default: return nil
    }
  }

  /// Whether a value is of one of the kinds.
  func holds(_ value: JSONValue) -> Bool {
    switch value {
    case .null: contains(.null)
    case .bool: contains(.boolean)
    case .number(let text): contains(.number) || contains(.integer) && ExactNumber(text).isWhole
    case .string: contains(.string)
    case .array: contains(.array)
    case .object: contains(.object)
    }
  }
}
