import JSON
import Testing

@testable import JSONSchema

/// Hostile schemas and values end within counted bounds, and what they leave open is accepted.
struct BoundsTests {
  private static func nested(_ count: Int, _ before: String, _ inside: String, _ after: String) -> String {
    String(repeating: before, count: count) + inside + String(repeating: after, count: count)
  }

  @Test(
    "Rings of references end",
    arguments: [
      ##"{"$ref":"#"}"##, ##"{"allOf":[{"$ref":"#"}]}"##, ##"{"allOf":[{"$ref":"#"},{"$ref":"#"},{"$ref":"#"}]}"##,
      ##"{"not":{"$ref":"#"}}"##, ##"{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}"##,
      ##"{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}}}"##,
    ])
  func rings(_ schema: String) throws {
    try SchemaCase(schema, good: ["1", "{}"]).check()
  }

  @Test("A no beside a ring is a no")
  func ringWithRefusal() throws {
    try SchemaCase(##"{"type":"string","allOf":[{"$ref":"#"}]}"##, good: ["\"a\""], bad: ["1"]).check()
  }

  @Test("Deep values are followed as far as the bound, and no stack is exhausted")
  func depth() throws {
    let schema = ##"{"type":["array","string"],"items":{"$ref":"#"}}"##
    for depth in [1, 40, 90] {
      try SchemaCase(
        schema, good: [Self.nested(depth, "[", "\"a\"", "]")], bad: [Self.nested(depth, "[", "1", "]")]
      ).check()
    }
    try SchemaCase(schema, good: [Self.nested(127, "[", "1", "]")]).check()
    let deep = Self.nested(60, #"{"items":"#, "false", "}")
    try SchemaCase(deep, good: [Self.nested(59, "[", "[]", "]")], bad: [Self.nested(60, "[", "1", "]")]).check()
  }

  @Test("A chain of a thousand references is one of depth, not of the compiler's stack")
  func chain() throws {
    let links = (0..<1000).map { ##""d\##($0)":{"$ref":"#/definitions/d\##($0 + 1)"}"## }.joined(separator: ",")
    try SchemaCase(##"{"$ref":"#/definitions/d0","definitions":{\##(links),"d1000":false}}"##, good: ["1"]).check()
  }

  @Test("Work that doubles at every level ends")
  func doubling() throws {
    let links = (0..<40).map {
      ##""d\##($0)":{"anyOf":[{"$ref":"#/definitions/d\##($0 + 1)"},{"$ref":"#/definitions/d\##($0 + 1)"}]}"##
    }.joined(separator: ",")
    try SchemaCase(##"{"$ref":"#/definitions/d0","definitions":{\##(links),"d40":false}}"##, good: ["1"]).check()
  }

  @Test("Many elements compared with each other end")
  func unique() throws {
    let different = "[" + (0..<20_000).map(String.init).joined(separator: ",") + ",0]"
    try SchemaCase(#"{"uniqueItems":true}"#, good: [different], bad: ["[0,0" + different.dropFirst(2)]).check()
  }

  /// Each of these takes PCRE2 longer than the age of the world when it may.
  @Test(
    "Patterns that backtrack without end are left open, however many texts there are",
    arguments: [
      #"^(a+)+$"#, #"(x+x+)+y"#, #"^(([a-z])+.)+[A-Z]([a-z])+$"#, #"(.*.*.*.*.*.*)*=$"#, #"((a{1,40}){1,40}){1,40}b"#,
      #"(?:a?){200}a{200}$"#, #"(a|a)*c"#, #"\\b(\\w+\\s?)*$!"#, #"(?=(a+))+a*b+\\1$"#,
    ])
  func patterns(_ pattern: String) throws {
    let text = "\"" + String(repeating: "a", count: 3000) + "x!\""
    let many = "[" + Array(repeating: text, count: 80).joined(separator: ",") + "]"
    let schema = try #require(SchemaCase.compile(#"{"items":{"pattern":"\#(pattern)"}}"#))
    _ = try schema.accepts(.parse(Array(many.utf8)))
    try SchemaCase(#"{"type":"integer","pattern":"\#(pattern)"}"#, good: ["1"], bad: [text]).check()
  }

  @Test("A simple pattern decides about thousands of texts and a long one")
  func manyTexts() throws {
    let names = (0..<3000).map { "\"name-\($0)\"" }.joined(separator: ",")
    let schema = #"{"items":{"pattern":"^name-\\d+$"}}"#
    try SchemaCase(schema, good: ["[\(names)]"], bad: ["[\(names),\"name\"]"]).check()
    let long = String(repeating: "lorem ipsum ", count: 5000)
    try SchemaCase(#"{"pattern":"dolor"}"#, good: ["\"\(long)dolor\""], bad: ["\"\(long)\""]).check()
    try SchemaCase(#"{"pattern":"dolor"}"#, good: ["\"\(long)\(long)\""]).check()
  }

  @Test("Too large a schema does not compile")
  func sizes() throws {
    let padding = String(repeating: " ", count: JSONSchema.sizeLimit)
    #expect(SchemaCase.compile("{}" + padding) == nil)
    let many = #"{"anyOf":["# + Array(repeating: "{}", count: JSONSchema.nodeLimit).joined(separator: ",") + "]}"
    #expect(SchemaCase.compile(many) == nil)
    #expect(SchemaCase.compile(many.replacing("[{},", with: "[")) != nil)
  }

  @Test("Numbers of any length and exponent are compared")
  func numbers() throws {
    let digits = String(repeating: "9", count: 1000)
    try SchemaCase(#"{"maximum":\#(digits)}"#, good: [digits, "-1e999999999999"], bad: ["1e999999999999", "1e1000"])
      .check()
  }
}
