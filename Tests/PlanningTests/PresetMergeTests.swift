import Catalog
import Configuration
import Core
import JSON
import Planning
import Testing

/// How a request is laid over a preset.
@Suite("Preset merge")
struct PresetMergeTests {
  private static let preset = PresetSettings(
    slug: "mail", models: ["a/one", "a/two"], systemPrompt: "Be \"brief\".",
    parameters: [
      PresetParameter(name: "temperature", json: "0.2"),
      PresetParameter(
        name: "tools",
        json: #"[{"type":"function","function":{"name":"f","v":1}},{"type":"function","function":{"name":"g"}}]"#),
    ])

  private static let tools =
    #"[{"type":"function","function":{"name":"f","v":1}},{"type":"function","function":{"name":"g"}}]"#
  private static let system = #"{"role":"system","content":"Be \"brief\"."}"#

  private static func merge(_ body: String, model: String? = nil) throws -> String {
    let reference = try #require(try PresetReference.find(model: model, preset: "mail"))
    let buffer = ByteBuffer()
    try Array(body.utf8).withUnsafeBytes { try PresetMerge.apply(preset, reference, to: $0, into: buffer) }
    return String(decoding: buffer.bytes, as: UTF8.self)
  }

  @Test(
    "What the request sets stays as it was written, what it leaves out comes from the preset",
    arguments: [
      (
        #"{"model":"@preset/mail","messages":[{"role":"user","content":"x"}]}"#,
        #"{"model":"a/one","messages":[\#(system),{"role":"user","content":"x"}],"#
          + #""models":["a/two"],"temperature":0.2,"tools":\#(tools)}"#
      ),
      (
        #"{ "preset" : "mail", "temperature": 1.50 }"#,
        #"{ "temperature": 1.50,"model":"a/one","models":["a/two"],"tools":\#(tools) }"#
      ),
      (#"{"preset":"mail"}"#, #"{"model":"a/one","models":["a/two"],"temperature":0.2,"tools":\#(tools)}"#),
      (
        #"{"temperature":null,"preset":"mail","tools":[]}"#,
        #"{"temperature":null,"tools":\#(tools),"model":"a/one","models":["a/two"]}"#
      ),
      (
        #"{"temperature":0,"models":["x/y"],"tools":[{"type":"function","function":{"name":"f"}}],"preset":"mail"}"#,
        #"{"temperature":0,"models":["x/y"],"tools":[{"type":"function","function":{"name":"g"}},"#
          + #"{"type":"function","function":{"name":"f"}}],"model":"a/one"}"#
      ),
      (
        #"{"messages":[{"role":"developer","content":"mine"}],"temperature":0,"tools":null,"preset":"mail"}"#,
        #"{"messages":[{"role":"developer","content":"mine"}],"temperature":0,"tools":null,"#
          + #""model":"a/one","models":["a/two"]}"#
      ),
    ])
  func merges(_ row: (body: String, merged: String)) throws {
    let merged = try Self.merge(row.body)
    #expect(merged == row.merged)
    #expect(throws: Never.self) { try JSONValue.parse(Array(merged.utf8)) }
  }

  @Test("The request's own model wins over the preset's")
  func ownModel() throws {
    let merged = try Self.merge(
      #"{"model":"b/three@preset/mail","temperature":1,"tools":null}"#, model: "b/three@preset/mail")
    #expect(merged == #"{"model":"b/three","temperature":1,"tools":null}"#)
  }

  @Test("A body that is no object is a 400", arguments: ["[]", "{", "", #"{"a":1}x"#])
  func refuses(_ body: String) {
    let error = #expect(throws: GatewayError.self) { try Self.merge(body) }
    #expect(error?.kind == .invalidRequest)
  }

  @Test(
    "References are found wherever they may stand",
    arguments: [
      ("@preset/mail", nil, nil, "mail"), ("a/b@preset/mail", nil, "a/b", "mail"), ("a/b", "mail", "a/b", "mail"),
      (nil, "@preset/mail", nil, "mail"), ("a/b@preset/mail", "mail", "a/b", "mail"),
    ] as [(String?, String?, String?, String)])
  func references(_ row: (model: String?, preset: String?, name: String?, slug: String)) throws {
    let reference = try #require(try PresetReference.find(model: row.model, preset: row.preset))
    #expect(reference.model == row.name && reference.slug == row.slug)
    #expect(try reference.settings([Self.preset]).slug == "mail")
  }

  @Test("Two different presets, and one that does not exist, are a 400 that names the field")
  func wrongReferences() throws {
    #expect(try PresetReference.find(model: "a/b", preset: nil) == nil)
    let two = #expect(throws: GatewayError.self) { try PresetReference.find(model: "@preset/a", preset: "b") }
    #expect(two?.kind == .invalidRequest)
    let reference = try #require(try PresetReference.find(model: nil, preset: "mial"))
    let unknown = #expect(throws: GatewayError.self) { try reference.settings([Self.preset]) }
    #expect(unknown?.message.contains("'mail'") == true)
  }

  @Test("Preferences add up: deny lists and data policies from everywhere, the rest from the nearest")
  func preferences() throws {
    func members(_ text: String) throws -> PreferenceMembers {
      try PreferenceMembers(JSONValue.parse(Array(text.utf8)))
    }
    let lower = try members(
      #"{"zdr":true,"ignore":["A"],"only":["b","c"],"sort":"price","order":["b"],"quantizations":["fp8"]}"#)
    let upper = try members(#"{"zdr":false,"ignore":["D"],"only":["c"],"sort":"latency","data_collection":"deny"}"#)
    let merged = ProviderPreferences(upper.over(lower))
    #expect(merged.requiresZDR && merged.deniesCollection)
    #expect(Set(merged.ignore) == ["a", "d"] && merged.only == [["b", "c"], ["c"]])
    #expect(merged.sort == .latency && merged.order.isEmpty && merged.quantizations == ["fp8", "mxfp8"])
    #expect(ProviderPreferences().isNeutral && !merged.isNeutral)
  }
}
