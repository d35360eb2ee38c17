import JSON
import Testing

@testable import JSONSchema

/// A schema, values that keep it and values that break it, all as JSON texts.
struct SchemaCase: CustomTestStringConvertible {
  let schema: String
  let good: [String]
  let bad: [String]

  init(_ schema: String, good: [String] = [], bad: [String] = []) {
    self.schema = schema
    self.good = good
    self.bad = bad
  }

  var testDescription: String { schema }

  /// Holds every value against the schema.
  func check() throws {
    let compiled = try #require(SchemaCase.compile(schema))
    for (values, isGood) in [(good, true), (bad, false)] {
      for value in values {
        #expect(try compiled.accepts(.parse(Array(value.utf8))) == isGood, "\(value)")
      }
    }
  }

  static func compile(_ text: String) -> JSONSchema? { Array(text.utf8).withUnsafeBytes { JSONSchema($0) } }
}

/// Draft 7, keyword by keyword.
struct JSONSchemaTests {
  private static let anything = ["null", "true", "1", "1.5", "\"a\"", "[]", "[1]", "{}", #"{"a":1}"#]

  @Test(
    "Kinds, values and boolean schemas",
    arguments: [
      SchemaCase("{}", good: anything), SchemaCase("true", good: anything), SchemaCase("false", bad: anything),
      SchemaCase(
        #"{"type":"integer"}"#, good: ["1", "1.0", "-3", "1e3", "10e-1"], bad: ["1.1", "\"1\"", "null", "1e-1"]),
      SchemaCase(#"{"type":"number"}"#, good: ["1", "1.5", "1e400"], bad: ["\"1\"", "true"]),
      SchemaCase(#"{"type":"string"}"#, good: ["\"\""], bad: ["1", "null"]),
      SchemaCase(#"{"type":"boolean"}"#, good: ["true", "false"], bad: ["0", "\"true\"", "null"]),
      SchemaCase(#"{"type":"null"}"#, good: ["null"], bad: ["false", "0", "\"\""]),
      SchemaCase(#"{"type":["array","object"]}"#, good: ["[]", "{}"], bad: ["1", "null"]),
      SchemaCase(
        #"{"enum":[1,"a",null,{"b":[2,{"c":0}]},[false]]}"#,
        good: ["1", "1.0", "\"a\"", "null", #"{"b":[2.0,{"c":-0}]}"#, "[false]"],
        bad: ["2", "\"A\"", "[0]", "[true]", "{}", #"{"b":[{"c":0},2]}"#, "false"]),
      SchemaCase(#"{"enum":[]}"#, bad: ["1", "null"]),
      SchemaCase(#"{"const":{"a":1,"b":2}}"#, good: [#"{"b":2,"a":1}"#], bad: [#"{"a":1}"#, #"{"a":1,"b":2,"c":3}"#]),
      SchemaCase(#"{"const":null}"#, good: ["null"], bad: ["0"]),
      SchemaCase(#"{"const":0}"#, good: ["0", "0.0", "-0", "0e9"], bad: ["false", "\"\"", "null"]),
      SchemaCase(#"{"const":"é"}"#, good: [#""\u00e9""#], bad: [#""e\u0301""#]),
      SchemaCase(#"{"const":9007199254740993}"#, good: ["9007199254740993"], bad: ["9007199254740992"]),
    ])
  func values(_ row: SchemaCase) throws { try row.check() }

  @Test(
    "Numbers are compared exactly",
    arguments: [
      SchemaCase(
        #"{"minimum":1.1}"#, good: ["1.1", "1.10", "2", "\"x\"", "11e-1"], bad: ["1.09999999999999999999", "-2"]),
      SchemaCase(#"{"maximum":-2}"#, good: ["-2", "-3", "-2.0"], bad: ["-1.9", "0", "2"]),
      SchemaCase(
        #"{"exclusiveMinimum":0}"#, good: ["0.0000000000000000000001", "1e-999"], bad: ["0", "-0.0", "-1e-9"]),
      SchemaCase(#"{"exclusiveMaximum":3}"#, good: ["2.99", "-5"], bad: ["3", "3.0", "4"]),
      SchemaCase(#"{"maximum":18446744073709551615}"#, good: ["18446744073709551615"], bad: ["18446744073709551616"]),
      SchemaCase(#"{"maximum":1e308}"#, good: ["1e308", "9e307"], bad: ["1e309", "2e308"]),
      SchemaCase(#"{"minimum":-1e400}"#, good: ["-1e399", "0"], bad: ["-1e401"]),
      SchemaCase(#"{"multipleOf":2}"#, good: ["0", "-4", "1e3", "\"a\""], bad: ["7", "1.5", "1e-3"]),
      SchemaCase(#"{"multipleOf":0.01}"#, good: ["4.35", "0.07", "1", "19.99", "-1.1"], bad: ["0.075", "1e-3"]),
      SchemaCase(#"{"multipleOf":1.5}"#, good: ["0", "4.5", "3e2"], bad: ["35", "1"]),
      SchemaCase(#"{"multipleOf":0.0001}"#, good: ["0.0075"], bad: ["0.00751"]),
      SchemaCase(#"{"multipleOf":7}"#, good: ["7e100", "100000000000000000000000000000000002"], bad: ["1e100"]),
      SchemaCase(#"{"multipleOf":1e2}"#, good: ["500", "5e2", "0"], bad: ["50", "5e1"]),
    ])
  func numbers(_ row: SchemaCase) throws { try row.check() }

  @Test(
    "Texts are measured in code points and searched for patterns",
    arguments: [
      SchemaCase(
        #"{"minLength":2}"#, good: ["\"ab\"", "1", "\"\u{1F600}\u{1F600}\""], bad: ["\"a\"", "\"\u{1F600}\""]),
      SchemaCase(
        #"{"maxLength":2.0}"#, good: ["\"ab\"", "\"\u{1F1E9}\u{1F1EA}\""], bad: ["\"abc\"", "\"e\u{301}e\""]),
      SchemaCase(#"{"minLength":3,"maxLength":2}"#, good: ["1"], bad: ["\"\"", "\"abc\""]),
      SchemaCase(#"{"pattern":"^a*$"}"#, good: ["\"\"", "\"aaa\"", "{}"], bad: ["\"ab\"", #""a\n""#]),
      SchemaCase(#"{"pattern":"b+"}"#, good: ["\"aabbc\""], bad: ["\"\"", "\"ac\""]),
      SchemaCase(#"{"pattern":"a|b$"}"#, good: ["\"xa\"", "\"xyb\"", "\"ax\""], bad: ["\"bx\""]),
      SchemaCase(#"{"pattern":"^\\d{3}-\\w+$"}"#, good: ["\"123-a_9\""], bad: ["\"123-é\"", "\"١٢٣-a\""]),
      SchemaCase(#"{"pattern":"^\\u00e9.$"}"#, good: ["\"éx\"", "\"é\u{1F600}\""], bad: ["\"e\u{301}\"", #""é\n""#]),
      SchemaCase(#"{"pattern":"^\\p{L}+$"}"#, good: ["\"aß漢\""], bad: ["\"a1\""]),
      SchemaCase(#"{"pattern":"(a)\\1"}"#, good: ["\"xaa\""], bad: ["\"xab\""]),
      SchemaCase(#"{"pattern":"(?=.*\\d)(?=.*[a-z])^.{4,}$"}"#, good: ["\"abc1\""], bad: ["\"abcd\"", "\"a1\""]),
      SchemaCase(#"{"pattern":"^[^]$"}"#, good: [#""\n""#], bad: ["\"\""]),
      SchemaCase(#"{"pattern":"(unclosed"}"#, good: ["\"\"", "\"x\""]),
      SchemaCase(#"{"pattern":"(*LIMIT_MATCH=1)a"}"#, good: ["\"b\"", "\"a\""]),
      SchemaCase(#"{"format":"email"}"#, good: ["\"no address\""]),
    ])
  func texts(_ row: SchemaCase) throws { try row.check() }

  @Test(
    "Arrays",
    arguments: [
      SchemaCase(#"{"items":{"type":"integer"}}"#, good: ["[]", "[1,2]", #"{"length":1}"#], bad: ["[1,\"x\"]"]),
      SchemaCase(#"{"items":true}"#, good: ["[1]"]), SchemaCase(#"{"items":false}"#, good: ["[]"], bad: ["[1]"]),
      SchemaCase(
        #"{"items":[{"type":"integer"},{"type":"string"}]}"#, good: ["[]", "[1]", "[1,\"a\",null]"], bad: ["[\"a\",1]"]),
      SchemaCase(
        #"{"items":[true],"additionalItems":{"type":"integer"}}"#, good: ["[null,2,3]"], bad: ["[null,2,\"x\"]"]),
      SchemaCase(#"{"items":[true,true],"additionalItems":false}"#, good: ["[]", "[1,2]"], bad: ["[1,2,3]"]),
      SchemaCase(#"{"items":{},"additionalItems":false}"#, good: ["[1,2,3]"]),
      SchemaCase(#"{"additionalItems":false}"#, good: ["[1,2,3]"]),
      SchemaCase(#"{"contains":{"minimum":5}}"#, good: ["[3,5]", "{}"], bad: ["[]", "[2,3]"]),
      SchemaCase(#"{"contains":false}"#, good: ["\"x\""], bad: ["[]", "[1]"]),
      SchemaCase(#"{"minItems":1,"maxItems":2}"#, good: ["[1]", "[1,2]", "\"\""], bad: ["[]", "[1,2,3]"]),
      SchemaCase(
        #"{"uniqueItems":true}"#,
        good: ["[]", "[1,true]", "[0,false]", #"[{"a":1},{"a":2}]"#, "[[1],[true]]", #"["a","A"]"#, #"[1,"1"]"#],
        bad: ["[1,1.0]", #"[{"a":1,"b":2},{"b":2,"a":1}]"#, "[[1],[1]]", "[null,1,null]", #"["é","\u00e9"]"#]),
      SchemaCase(#"{"uniqueItems":false}"#, good: ["[1,1]"]),
    ])
  func arrays(_ row: SchemaCase) throws { try row.check() }

  @Test(
    "Objects",
    arguments: [
      SchemaCase(
        #"{"properties":{"a":{"type":"integer"},"b":false}}"#, good: ["{}", #"{"a":1,"c":2}"#, "[]"],
        bad: [#"{"a":"x"}"#, #"{"b":1}"#]),
      SchemaCase(#"{"required":["a","b"]}"#, good: [#"{"a":null,"b":1}"#, "1"], bad: [#"{"a":1}"#, "{}"]),
      SchemaCase(#"{"required":[]}"#, good: ["{}"]),
      SchemaCase(#"{"required":["é"]}"#, good: [#"{"\u00e9":1}"#], bad: [#"{"e\u0301":1}"#]),
      SchemaCase(
        #"{"properties":{"é":{"type":"integer"},"e\u0301":{"type":"string"}}}"#, good: [#"{"é":1,"e\u0301":"x"}"#],
        bad: [#"{"é":"x"}"#]),
      SchemaCase(
        #"{"patternProperties":{"f.*o":{"type":"integer"},"^x":false}}"#, good: [#"{"foo":1,"a":"b"}"#],
        bad: [#"{"foo":"bar"}"#, #"{"xy":1}"#]),
      SchemaCase(
        #"{"properties":{"a":{}},"patternProperties":{"^v":{}},"additionalProperties":false}"#,
        good: [#"{"a":1,"vroom":2}"#], bad: [#"{"a":1,"quux":2}"#]),
      SchemaCase(#"{"additionalProperties":{"type":"boolean"}}"#, good: [#"{"a":true}"#], bad: [#"{"a":1}"#]),
      SchemaCase(
        #"{"patternProperties":{"(bad":{"type":"integer"}},"additionalProperties":false}"#, good: [#"{"a":"x"}"#]),
      SchemaCase(#"{"propertyNames":{"maxLength":3}}"#, good: [#"{"f":1}"#, "{}"], bad: [#"{"foobar":1}"#]),
      SchemaCase(#"{"minProperties":1,"maxProperties":2}"#, good: [#"{"a":1}"#], bad: ["{}", #"{"a":1,"b":2,"c":3}"#]),
      SchemaCase(
        #"{"dependencies":{"bar":["foo"],"baz":{"required":["qux"]},"no":false}}"#,
        good: ["{}", #"{"foo":1}"#, #"{"foo":1,"bar":2}"#, #"{"baz":1,"qux":2}"#, "\"x\""],
        bad: [#"{"bar":2}"#, #"{"baz":1}"#, #"{"no":1}"#]),
    ])
  func objects(_ row: SchemaCase) throws { try row.check() }

  @Test(
    "Combinations",
    arguments: [
      SchemaCase(#"{"allOf":[{"minimum":1},{"maximum":3}]}"#, good: ["2", "\"x\""], bad: ["0", "4"]),
      SchemaCase(#"{"anyOf":[{"type":"integer"},{"minimum":2}]}"#, good: ["1", "2.5"], bad: ["1.5"]),
      SchemaCase(#"{"oneOf":[{"type":"integer"},{"minimum":2}]}"#, good: ["1", "2.5"], bad: ["3", "1.5"]),
      SchemaCase(#"{"oneOf":[true,true]}"#, bad: ["1"]), SchemaCase(#"{"not":{}}"#, bad: ["1"]),
      SchemaCase(#"{"not":{"type":"integer"}}"#, good: ["\"x\"", "1.1"], bad: ["1"]),
      SchemaCase(
        #"{"if":{"exclusiveMaximum":0},"then":{"minimum":-10},"else":{"multipleOf":2}}"#, good: ["-1", "4"],
        bad: ["-100", "3"]),
      SchemaCase(#"{"if":{"const":0},"then":{"const":1}}"#, good: ["1"], bad: ["0"]),
      SchemaCase(#"{"then":{"const":0},"else":{"const":1}}"#, good: ["5"]),
      SchemaCase(#"{"if":false,"then":false}"#, good: ["1"]),
    ])
  func combinations(_ row: SchemaCase) throws { try row.check() }

  @Test(
    "References within the schema are followed",
    arguments: [
      SchemaCase(
        ##"{"properties":{"foo":{"$ref":"#"}},"additionalProperties":false}"##,
        good: [#"{"foo":{"foo":{}}}"#, #"{"foo":false}"#], bad: [#"{"bar":1}"#, #"{"foo":{"bar":1}}"#]),
      SchemaCase(
        ##"{"definitions":{"a":{"type":"integer"},"b":{"$ref":"#/definitions/a"}},"$ref":"#/definitions/b"}"##,
        good: ["5"], bad: ["\"a\""]),
      SchemaCase(##"{"items":[{"type":"integer"},{"$ref":"#/items/0"}]}"##, good: ["[1,2]"], bad: ["[1,\"x\"]"]),
      SchemaCase(
        ##"{"definitions":{"a~b/c%d":{"type":"integer"}},"items":{"$ref":"#/definitions/a~0b~1c%25d"}}"##,
        good: ["[1]"],
        bad: ["[null]"]),
      // Beside a reference nothing counts.
      SchemaCase(
        ##"{"definitions":{"r":{"type":"array"}},"items":{"$ref":"#/definitions/r","maxItems":0}}"##, good: ["[[1]]"],
        bad: ["[1]"]),
      SchemaCase(##"{"properties":{"$ref":{"type":"string"}}}"##, good: [##"{"$ref":"a"}"##], bad: [##"{"$ref":2}"##]),
      SchemaCase(
        ##"{"$id":"http://x.test/root.json","items":{"$ref":"#foo"},"definitions":{"A":{"$id":"#foo","type":"integer"}}}"##,
        good: ["[1]"], bad: ["[\"a\"]"]),
      SchemaCase(
        ##"{"$id":"http://x.test/root.json","items":{"$ref":"sub/item.json"},"definitions":{"A":{"$id":"sub/item.json","$ref":"x"},"B":{"$id":"http://x.test/sub/item.json","type":"integer"}}}"##,
        good: ["[1]"], bad: ["[\"a\"]"]),
      SchemaCase(
        ##"{"$id":"http://x.test/a/","definitions":{"in":{"$id":"in/b.json","definitions":{"c":{"type":"null"}},"items":{"$ref":"#/definitions/c"}}},"$ref2":0,"allOf":[{"$ref":"in/b.json"}]}"##,
        good: ["[null]"], bad: ["[1]"]),
      SchemaCase(
        ##"{"definitions":{"n":{"$id":"http://x.test/t","properties":{"next":{"$ref":"#"}},"required":["v"]}},"$ref":"#/definitions/n"}"##,
        good: [#"{"v":1,"next":{"v":2}}"#], bad: [#"{"v":1,"next":{}}"#]),
      SchemaCase(
        ##"{"const":{"$ref":"#/definitions/a"},"definitions":{"a":false}}"##, good: [##"{"$ref":"#/definitions/a"}"##],
        bad: ["1"]),
      SchemaCase(
        ##"{"properties":{"a":{"$ref":"#/definitions/never"}},"definitions":{"never":false}}"##, good: ["{}"],
        bad: [#"{"a":1}"#]),
    ])
  func references(_ row: SchemaCase) throws { try row.check() }

  @Test(
    "What lies elsewhere stays open through every combination",
    arguments: [
      SchemaCase(#"{"$ref":"http://elsewhere.test/x"}"#, good: anything),
      SchemaCase(##"{"$ref":"#/definitions/missing"}"##, good: anything),
      SchemaCase(##"{"$ref":"#anchor"}"##, good: anything),
      SchemaCase(#"{"not":{"$ref":"http://elsewhere.test/x"}}"#, good: anything),
      SchemaCase(#"{"oneOf":[true,{"$ref":"http://elsewhere.test/x"}]}"#, good: ["1"]),
      SchemaCase(#"{"oneOf":[true,true,{"$ref":"http://elsewhere.test/x"}]}"#, bad: ["1"]),
      SchemaCase(#"{"anyOf":[false,{"$ref":"http://elsewhere.test/x"}],"type":"string"}"#, good: ["\"a\""], bad: ["1"]),
      SchemaCase(#"{"if":{"$ref":"x.json"},"then":false,"else":{"minimum":3}}"#, good: ["3"]),
      SchemaCase(#"{"if":{"$ref":"x.json"},"then":{"minimum":5},"else":{"minimum":3}}"#, good: ["3", "6"], bad: ["1"]),
      SchemaCase(#"{"contains":{"$ref":"x.json"}}"#, good: ["[1]"], bad: ["[]"]),
    ])
  func unknown(_ row: SchemaCase) throws { try row.check() }

  @Test(
    "What is no schema of Draft 7 does not compile",
    arguments: [
      "1", "[]", "null", "{", #"{"type":1}"#, #"{"type":"int"}"#, #"{"type":[]}"#, #"{"type":["string","string"]}"#,
      #"{"enum":1}"#, #"{"minimum":"1"}"#, #"{"exclusiveMinimum":true}"#, #"{"multipleOf":0}"#, #"{"multipleOf":-1}"#,
      #"{"minLength":-1}"#, #"{"minLength":1.5}"#, #"{"pattern":1}"#, #"{"items":1}"#, #"{"items":[1]}"#,
      #"{"uniqueItems":1}"#, #"{"required":true}"#, #"{"required":["a","a"]}"#, #"{"properties":[]}"#,
      #"{"properties":{"a":1}}"#, #"{"additionalProperties":1}"#, #"{"dependencies":{"a":1}}"#, #"{"allOf":[]}"#,
      #"{"anyOf":{}}"#, #"{"not":1}"#, #"{"if":1}"#, #"{"$ref":1}"#,
    ])
  func malformed(_ text: String) { #expect(SchemaCase.compile(text) == nil) }

  @Test("Keywords of later drafts and unknown ones are ignored")
  func laterDrafts() throws {
    try SchemaCase(
      #"{"$schema":"https://json-schema.org/draft/2020-12/schema","prefixItems":[{"type":"string"}],"unevaluatedProperties":false,"dependentRequired":{"a":["b"]},"minContains":2,"nullable":true,"x":[1]}"#,
      good: ["[1]", #"{"a":1}"#]
    ).check()
  }
}
