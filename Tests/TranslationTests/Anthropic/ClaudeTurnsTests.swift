import Core
import JSON
import Testing
import Translation

@Suite("Turns as Anthropic and Bedrock take them")
struct ClaudeTurnsTests {
  private static let model = "anthropic.claude-sonnet-4-5-v1:0"
  private static let picture = Part(.image(ImageContent(.data(type: "image/png", base64: "QQ=="))))
  private static let document = Part(.file(FileContent(.data(type: "application/pdf", base64: "QQ=="), name: "d")))

  /// The turns that both write, each as its role and what its blocks are.
  private func turns(_ messages: [Message]) throws -> (turns: [[String]], dropped: [RequestField]) {
    let conversation = Conversation(.openAI, model: "m", messages: messages)
    let own = try AnthropicDialect().encode(conversation, for: ProviderTarget(model: ClaudeTurnsTests.model))
    let bedrock = try BedrockDialect().encode(conversation, for: ProviderTarget(model: ClaudeTurnsTests.model))
    let written = try turns(own) { $0["text"]?.stringValue ?? $0["type"]?.stringValue ?? "" }
    let converse = try turns(bedrock) {
      $0["text"]?.stringValue ?? $0.objectValue?.first?.key.replacing("toolUse", with: "tool_use") ?? ""
    }
    #expect(converse.map { $0.map { $0.replacing("toolResult", with: "tool_result") } } == written)
    #expect(bedrock.dropped == own.dropped)
    return (written, own.dropped.fields)
  }

  private func turns(_ request: EncodedRequest, _ word: (JSONValue) -> String) throws -> [[String]] {
    try #require(try JSONValue.parse(request.body.bytes)["messages"]?.arrayValue).map { turn in
      let content = turn["content"]?.stringValue.map { [$0] } ?? turn["content"]?.arrayValue?.map(word) ?? []
      return [turn["role"]?.stringValue ?? ""] + content
    }
  }

  @Test("Turns of one role on both sides of one that says nothing are one turn")
  func alternation() throws {
    let foreign = Part(.reasoning(Reasoning(.text("t"), signature: "s", format: .gemini)))
    let (turns, dropped) = try turns([
      Message(.user, [.text("a")]), Message(.assistant, [.text("")]), Message(.user, [.text("b")]),
      Message(.assistant, [foreign]), Message(.user, [.text("c")]),
    ])
    #expect(turns == [["user", "a", "b", "c"]] && dropped == [.reasoningHistory])
  }

  @Test("Instructions alone are followed by a turn, as without one there is no request")
  func instructionsAlone() throws {
    #expect(try turns([Message(.system, [.text("Say hi.")])]).turns == [["user", "Go on."]])
    #expect(
      try turns([Message(.system, [.text("Say hi.")]), Message(.user, [.text("")])]).turns == [["user", "Go on."]])
  }

  @Test("Media of the model's turns go on in the user's next one")
  func media() throws {
    let picture = ClaudeTurnsTests.picture
    let document = ClaudeTurnsTests.document
    var (turns, dropped) = try turns([
      Message(.user, [.text("draw")]), Message(.assistant, [.text("here"), picture, document]),
      Message(.user, [.text("bigger")]), Message(.assistant, [picture]), Message(.user, [.text("thanks")]),
    ])
    #expect(
      turns == [
        ["user", "draw"], ["assistant", "here"], ["user", "image", "document", "bigger", "image", "thanks"],
      ])
    #expect(dropped.isEmpty)
    // Results of calls stand first.
    (turns, dropped) = try self.turns([
      Message(.user, [.text("draw")]),
      Message(.assistant, [picture, Part(.toolCall(ToolCall(id: "c", name: "f", arguments: "{}")))]),
      Message(.user, [Part(.toolResult(ToolResult(callID: "c", parts: [.text("r")])))]),
    ])
    #expect(turns == [["user", "draw"], ["assistant", "tool_use"], ["user", "tool_result", "image"]])
    #expect(dropped.isEmpty)
  }

  @Test("Media that no turn of a user's follows are dropped and named")
  func lastMedia() throws {
    let (turns, dropped) = try turns([
      Message(.user, [.text("draw")]),
      Message(.assistant, [.text("here"), ClaudeTurnsTests.picture, ClaudeTurnsTests.document]),
    ])
    #expect(turns == [["user", "draw"], ["assistant", "here"]] && dropped == [.image, .file])
  }
}
