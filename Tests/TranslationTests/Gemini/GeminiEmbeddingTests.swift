import Core
import JSON
import Testing
import Translation

@Suite("Embeddings in Google's format")
struct GeminiEmbeddingTests {
  private func request(_ text: String, isBatch: Bool) throws -> EmbeddingRequest {
    try Array(text.utf8).withUnsafeBytes {
      try GeminiEmbeddingCaller.request($0, model: "a/b", isBatch: isBatch)
    }
  }

  private func answer(_ text: String, isBatch: Bool) throws -> String {
    try Array(text.utf8).withUnsafeBytes {
      let output = ByteBuffer()
      try GeminiEmbeddingCaller.answer($0, isBatch: isBatch, to: output)
      return String(decoding: output.bytes, as: UTF8.self)
    }
  }

  private func rooms(_ request: EmbeddingRequest) -> String {
    String(decoding: OpenAIEmbeddingWriter.encode(request).copyBytes(), as: UTF8.self)
  }

  @Test("A request becomes one of OpenAI's, with all its texts")
  func requests() throws {
    let single = try request(
      #"{"model":"models/x","content":{"parts":[{"text":"a"},{"text":"b"}]},"taskType":"RETRIEVAL_QUERY","title":"t","outputDimensionality":256}"#,
      isBatch: false)
    #expect(single.inputs == [EmbeddingInput(.text("a\nb"), title: "t")])
    #expect(rooms(single) == #"{"model":"a/b","input":"a\nb","dimensions":256,"input_type":"search_query"}"#)
    let batch = try request(
      #"{"requests":[{"content":{"parts":[{"text":"a"}]},"embed_content_config":{"output_dimensionality":9}},{"content":{"parts":{"text":"b"}},"outputDimensionality":9}],"provider":{"only":["x"]}}"#,
      isBatch: true)
    #expect(rooms(batch) == #"{"model":"a/b","input":["a","b"],"dimensions":9,"provider":{"only":["x"]}}"#)
    #expect(batch.extras.isEmpty)
  }

  @Test(
    "What OpenAI's format cannot say is refused",
    arguments: [
      ("requests", #"{"requests":[]}"#), ("requests[0].content", #"{"requests":[{}]}"#),
      ("requests[0].content.parts", #"{"requests":[{"content":{"parts":[{"inlineData":{"data":"AA"}}]}}]}"#),
      (
        "requests",
        #"{"requests":[{"content":{"parts":[{"text":"a"}]},"taskType":"x"},{"content":{"parts":[{"text":"a"}]}}]}"#
      ),
      ("outputDimensionality", #"{"requests":[{"content":{"parts":[{"text":"a"}]},"outputDimensionality":true}]}"#),
    ])
  func refuses(_ row: (field: String, body: String)) {
    let error = #expect(throws: GatewayError.self) { try request(row.body, isBatch: true) }
    #expect(error?.field == row.field)
  }

  @Test("Vectors come in the order of the texts")
  func answers() throws {
    let text =
      #"{"data":[{"index":1,"embedding":[2.50]},{"index":0,"embedding":[1e-3]}],"usage":{"prompt_tokens":7}}"#
    #expect(
      try answer(text, isBatch: true)
        == #"{"embeddings":[{"values":[1e-3]},{"values":[2.50]}],"usageMetadata":{"promptTokenCount":7,"totalTokenCount":7}}"#
    )
    #expect(
      try answer(#"{"data":[{"embedding":[1]}]}"#, isBatch: false) == #"{"embedding":{"values":[1]}}"#)
    #expect(
      try answer(#"{"data":[{"embedding":"AACAPwAAAMA="}]}"#, isBatch: false) == #"{"embedding":{"values":[1.0,-2.0]}}"#
    )
    #expect(throws: GatewayError.self) { try answer(#"{"data":[{}]}"#, isBatch: true) }
    #expect(throws: GatewayError.self) { try answer(#"{"data":[{"embedding":"AACAfw=="}]}"#, isBatch: true) }
  }
}

extension GatewayError {
  /// The request's field that it is about.
  var field: String? {
    guard case .text(let field)? = metadata.first(where: { $0.name == "field" })?.value else { return nil }
    return field
  }
}
