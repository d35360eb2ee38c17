import Core
import Testing

@testable import Translation

/// Values that no provider has to be asked about.
struct OpenAIFieldTests {
  private static func objection(_ members: String) -> GatewayError? {
    let body = Array(#"{"model":"m","messages":[{"role":"user","content":"x"}],\#(members)}"#.utf8)
    return body.withUnsafeBytes { bytes in
      do throws(GatewayError) {
        _ = try OpenAIRequest(.chat, body: bytes)
        return nil
      } catch {
        return error
      }
    }
  }

  @Test(
    "A value outside the interface is a 400 that names the field",
    arguments: [
      (#""reasoning_effort":"bogus""#, "reasoning_effort"), (#""verbosity":"x""#, "verbosity"),
      (#""reasoning_effort":"low","reasoning":{"effort":"high"}"#, "reasoning_effort"),
      (#""tool_choice":"bogus""#, "tool_choice"), (#""metadata":{"a":1}"#, "metadata"),
      (#""metadata":{"a":"\#(String(repeating: "x", count: 513))"}"#, "metadata"),
      (#""metadata":{\#((0..<17).map { "\"k\($0)\":\"v\"" }.joined(separator: ","))}"#, "metadata"),
      (#""session_id":"\#(String(repeating: "s", count: 257))""#, "session_id"),
    ])
  func refuses(_ row: (members: String, field: String)) throws {
    let error = try #require(Self.objection(row.members))
    #expect(error.kind.status == 400 && error.message.contains("'\(row.field)'"))
  }

  @Test(
    "What is given twice within a member is named with its place",
    arguments: [
      (#""provider":{"max_price":{"prompt":1,"prompt":10}}"#, "provider.max_price.prompt"),
      (#""reasoning":{"effort":"low","effort":"high"}"#, "reasoning.effort"),
      (#""tools":[{"type":"function","function":{"name":"a","name":"b"}}]"#, "tools[0].function.name"),
      (#""response_format":{"type":"text","type":"json_object"}"#, "response_format.type"),
    ])
  func refusesTwice(_ row: (members: String, path: String)) throws {
    let error = try #require(Self.objection(row.members))
    #expect(error.kind.status == 400 && error.message.contains("'\(row.path)'"))
  }

  @Test(
    "What a message gives twice is refused, plain or not",
    arguments: [
      #"{"role":"user","content":"a","content":"b"}"#, #"{"role":"user","name":"a","name":"b","content":"x"}"#,
      #"{"role":"user","content":[{"type":"text","text":"a","text":"b"}]}"#,
      #"{"role":"assistant","content":null,"tool_calls":[{"id":"a","id":"b"}]}"#,
    ])
  func refusesInMessages(_ message: String) {
    let body = Array(#"{"model":"m","messages":[{"role":"user","content":"x"},\#(message)]}"#.utf8)
    let error = body.withUnsafeBytes { bytes in
      do throws(GatewayError) {
        _ = try OpenAIRequest(.chat, body: bytes)
        return nil as GatewayError?
      } catch {
        return error
      }
    }
    #expect(error?.message.contains("given twice") == true)
  }

  @Test(
    "What some provider takes goes through",
    arguments: [
      #""reasoning_effort":"default""#, #""reasoning_effort":"high","reasoning":{"effort":"high"}"#,
      #""tool_choice":"any""#, #""metadata":{"a":"b"}"#, #""session_id":"s""#, #""metadata":null"#, #""stop":["a"]"#,
    ])
  func accepts(_ members: String) { #expect(Self.objection(members) == nil) }

  @Test("Only what the model reads counts as the prompt")
  func counts() throws {
    func bytes(_ members: String) throws -> Int {
      let body = Array(#"{"model":"m","messages":[{"role":"user","content":"hi"}]\#(members)}"#.utf8)
      return try body.withUnsafeBytes { try OpenAIRequest(.chat, body: $0).textBytes }
    }
    let plain = try bytes("")
    #expect(plain == #"[{"role":"user","content":"hi"}]"#.utf8.count)
    #expect(
      try bytes(
        #","metadata":{"a":"\#(String(repeating: "x", count: 500))"},"user":"somebody"}"#.dropLast().description)
        == plain)
    #expect(try bytes(#","tools":[{"type":"function"}]"#) > plain)
  }
}
