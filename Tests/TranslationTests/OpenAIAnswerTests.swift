import Core
import JSON
import Ledger
import Testing
import Translation

/// Whole answers, and what providers say when they fail.
struct OpenAIAnswerTests {
  private func edit(_ text: String, _ operation: OpenAIOperation = .chat) throws -> String {
    let output = ByteBuffer()
    try Array(text.utf8).withUnsafeBytes { data in
      let answer = try OpenAIAnswerEditor(operation, data: data)
      let usage = answer.usage ?? .estimated(.init(promptTokens: 1, completionTokens: 1))
      answer.write(
        identity: AnswerIdentity(id: "gen-1", source: AnswerSource(model: "m/x", provider: "P")), usage: usage,
        cost: Money(units: 250_000_000_000), to: output)
    }
    return String(decoding: output.bytes, as: UTF8.self)
  }

  @Test("A whole answer keeps its bytes but for the gateway's edits")
  func editsInPlace() throws {
    #expect(
      try edit(
        #"{"id":"c","object":"chat.completion","usage":{"prompt_tokens":1,"completion_tokens":2},"model":"g","choices":[{"index":0,"message":{"content":"a\/b"},"finish_reason":"stop"}],"x":1.0}"#
      )
        == #"{"id":"gen-1","object":"chat.completion","model":"m/x","choices":[{"index":0,"message":{"content":"a\/b"},"finish_reason":"stop"}],"x":1.0,"provider":"P","usage":{"prompt_tokens":1,"completion_tokens":2,"cost":0.25}}"#
    )
  }

  @Test("Embeddings keep their vectors to the digit")
  func embeddings() throws {
    let text = try edit(
      #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.10,-1e-9]}],"model":"e","usage":{"prompt_tokens":4,"total_tokens":4}}"#,
      .embedding)
    #expect(text.contains("[0.10,-1e-9]") && text.contains(#""model":"m/x""#) && text.contains(#""cost":0.25"#))
  }

  @Test(
    "What is no answer is a failure of the provider",
    arguments: [
      "", "  \n", "<html>", "null", "[]", "{}", #"{"choices":[]}"#, #"{"choices":null}"#, #"{"error":{"message":"x"}}"#,
      #"{"choices":[{"index":0}]"#, #"{"error":{"message":"x"},"choices":[{"index":0}]}"#,
    ])
  func refusesNonAnswers(_ text: String) {
    let error = #expect(throws: GatewayError.self) { try edit(text) }
    #expect(error?.origin == .upstream && error?.kind.status == 502)
  }

  @Test(
    "A provider's status becomes ours by the contract's table",
    arguments: [
      (400, 400), (401, 502), (402, 502), (403, 502), (404, 502), (408, 504), (413, 400), (422, 400), (429, 429),
      (500, 502),
      (502, 502), (503, 503), (504, 504), (529, 503), (302, 502), (418, 502),
    ])
  func mapsStatuses(_ row: (theirs: Int, ours: Int)) {
    let body = Array(#"{"error":{"message":"why","code":"c1"}}"#.utf8)
    let error = body.withUnsafeBytes {
      OpenAIErrorBody.error(status: row.theirs, body: $0, retryAfterSeconds: 3, provider: "P", secrets: [])
    }
    #expect(error.kind.status == row.ours && error.retryAfterSeconds == 3)
  }

  @Test("Moderation is a 403 with its reasons, a context that is too long a 400 of its own kind")
  func specialRejections() {
    func error(_ status: Int, _ text: String) -> GatewayError {
      Array(text.utf8).withUnsafeBytes {
        OpenAIErrorBody.error(status: status, body: $0, retryAfterSeconds: nil, provider: "P", secrets: [])
      }
    }
    let moderated = error(403, #"{"error":{"message":"no","metadata":{"reasons":["violence"]}}}"#)
    #expect(moderated.kind == .moderated && moderated.metadata.contains { $0.name == "reasons" })
    #expect(error(400, #"{"error":{"message":"x","code":"context_length_exceeded"}}"#).kind == .contextLengthExceeded)
    #expect(
      error(400, #"{"error":{"message":"This model's maximum context length is 5"}}"#).kind == .contextLengthExceeded)
    #expect(error(400, #"[{"error":{"message":"in an array"}}]"#).message == "in an array")
    #expect(error(400, #"{"detail":"plain"}"#).message == "plain")
  }

  @Test("Credentials are taken out of everything an error holds, whatever they look like")
  func redacts() {
    let secret = "AIzaSyExampleExample1234"
    let error = OpenAIErrorBody.redacted(
      GatewayError(
        .providerFailed, "bad key \(secret)!", origin: .upstream,
        metadata: [MetadataField("a", .list([.object([MetadataField("b", .text("x\(secret)"))])]))],
        context: "key=\(secret)"), secrets: [Secret(secret)])
    #expect(!String(decoding: ErrorDocument.body(error), as: UTF8.self).contains(secret))
    #expect(error.context?.contains(secret) == false && error.message.contains("bad key"))
    let inStream = Array(#"{"error":{"message":"Incorrect key \#(secret)","code":401}}"#.utf8).withUnsafeBytes {
      OpenAIErrorBody.eventError($0)
    }
    #expect(!inStream.message.contains(secret))
  }

  @Test("Credentials never come back out of a provider's words", arguments: [400, 401, 403, 429, 500])
  func hidesSecrets(_ status: Int) {
    let secret = "sk-very-secret-123456"
    let body = Array(
      #"{"error":{"message":"bad key \#(secret) and sk-other-key-98765 x-abc\#(secret)","code":"\#(secret)"}}"#.utf8)
    let error = body.withUnsafeBytes {
      OpenAIErrorBody.error(status: status, body: $0, retryAfterSeconds: nil, provider: "P", secrets: [Secret(secret)])
    }
    let text = String(decoding: ErrorDocument.body(error), as: UTF8.self)
    #expect(!text.contains(secret) && !text.contains("sk-other-key"))
  }

  @Test("Tokens are counted by class, the parts of prompt and completion beside their wholes")
  func tokenClasses() throws {
    let text =
      #"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"#
      + #""completion_tokens":50,"prompt_tokens_details":{"cached_tokens":40,"cache_write_tokens":10,"audio_tokens":5},"#
      + #""completion_tokens_details":{"reasoning_tokens":20,"audio_tokens":7,"image_tokens":3}}}"#
    let usage = try Array(text.utf8).withUnsafeBytes { bytes in
      try OpenAIAnswerEditor(.chat, data: bytes).usage?.usage
    }
    #expect(
      usage
        == Usage(
          promptTokens: 100, completionTokens: 50, cachedTokens: 40, cacheWriteTokens: 10, reasoningTokens: 20,
          audioPromptTokens: 5, audioCompletionTokens: 7, imageCompletionTokens: 3))
  }
}
