import Testing

@testable import Translation

/// What keeps the turns of one conversation together.
struct OpeningMessagesTests {
  private func hash(_ messages: String) -> UInt64? {
    var body = #"{"model":"m","stream":true,"messages":[\#(messages)],"temperature":1}"#
    return body.withUTF8 { OpeningMessages.hash(UnsafeRawBufferPointer($0)) }
  }

  private let system = #"{"role":"system","content":"Be brief."}"#
  private let hello = #"{"role":"user","content":"Hello"}"#
  private let answer = #"{"role":"assistant","content":"Hi"},{"role":"user","content":"More"}"#

  @Test("Later turns of a conversation have the number of the first one")
  func turns() {
    #expect(hash(hello) != nil)
    #expect(hash(hello) == hash("\(hello),\(answer)"))
    #expect(hash("\(system),\(hello)") == hash("\(system),\(hello),\(answer)"))
  }

  @Test("Another beginning is another number")
  func beginnings() {
    #expect(hash(hello) != hash("\(system),\(hello)"))
    #expect(hash(hello) != hash(#"{"role":"user","content":"Hullo"}"#))
    #expect(hash("\(system),\(hello)") != hash(#"{"role":"developer","content":"Be long."},\#(hello)"#))
  }

  @Test("Without messages there is none")
  func none() {
    #expect(hash("") == nil)
    var body = #"{"prompt":"x"}"#
    #expect(body.withUTF8 { OpeningMessages.hash(UnsafeRawBufferPointer($0)) } == nil)
  }
}
