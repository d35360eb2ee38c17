import Core
import JSON
import Ledger
import TestSupport
import Testing
import Translation

@Suite("Embeddings between dialects")
struct EmbeddingTests {
  private func read(_ text: String) throws -> EmbeddingRequest {
    try Array(text.utf8).withUnsafeBytes { try OpenAIEmbeddingReader.request($0) }
  }

  private func encode(
    _ request: EmbeddingRequest, _ dialect: any ProviderDialect, model: String = "m", lists: Set<String> = []
  ) throws -> (body: JSONValue, dropped: [String]) {
    let encoded = try #require(dialect.embeddings).encode(
      request, for: ProviderTarget(model: model, supportedParameters: lists))
    return (try JSONValue.parse(encoded.body.bytes), encoded.dropped.fields.map(\.openAIName))
  }

  /// What the rooms get of a provider's answer.
  private func answer(
    _ text: String, _ dialect: any ProviderDialect, count: Int = 1, as encoding: EmbeddingEncoding = .float,
    model: String = "m", promptTokens: Int64? = nil
  ) throws -> JSONValue {
    var request = EmbeddingRequest(.openAI, model: "m")
    request.inputs = Array(repeating: EmbeddingInput(.text("x")), count: count)
    request.encoding = encoding
    let context = AnswerContext(
      id: "gen-1", created: 1, model: model, embedding: EmbeddingForm(request), promptTokens: promptTokens)
    let output = ByteBuffer()
    try Array(text.utf8).withUnsafeBytes { try WholeEmbedding.fromProvider($0, dialect, context, to: output) }
    return try JSONValue.parse(output.bytes)
  }

  // MARK: Requests

  @Test("Texts, lists of them, tokens and OpenRouter's parts are read, and written again as they were")
  func inputs() throws {
    for (input, isSingle, count) in [
      (#""a""#, true, 1), (#"["a"]"#, false, 1), (#"["a","b"]"#, false, 2), ("[1,2]", true, 1),
      ("[[1,2],[3]]", false, 2), (#"["a",[3]]"#, false, 2),
    ] {
      let request = try read(#"{"model":"m","input":\#(input)}"#)
      #expect(request.isSingle == isSingle && request.inputs.count == count, "\(input)")
      let written = String(decoding: OpenAIEmbeddingWriter.encode(request).copyBytes(), as: UTF8.self)
      // A single list of tokens is one input, and stays the list that it was.
      #expect(written == #"{"model":"m","input":\#(input)}"#)
    }
    let parts = try read(
      #"{"input":[{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"content":"c"}]}"#)
    #expect(parts.inputs.map(\.content) == [.text("a\nb"), .text("c")])
  }

  @Test(
    "What is wrong in a request is named",
    arguments: [
      ("input", #"{"model":"m"}"#), ("input", #"{"input":[]}"#), ("input", #"{"input":7}"#),
      ("input", #"{"input":[1,"a"]}"#), ("input[1]", #"{"input":["a",null]}"#), ("input[0]", #"{"input":[[1.5]]}"#),
      ("input[0]", #"{"input":[[-1]]}"#), ("input[0].content", #"{"input":[{}]}"#),
      ("input[0].content[0]", #"{"input":[{"content":[{"type":"image_url","image_url":{"url":"x"}}]}]}"#),
      ("dimensions", #"{"input":"a","dimensions":"x"}"#),
      ("encoding_format", #"{"input":"a","encoding_format":"int8"}"#),
      ("input_type", #"{"input":"a","input_type":1}"#), ("truncate", #"{"input":"a","truncate":"LEFT"}"#),
    ])
  func refuses(_ row: (field: String, body: String)) {
    let error = #expect(throws: GatewayError.self) { try read(row.body) }
    #expect(error?.field == row.field && error?.kind == .invalidRequest)
  }

  @Test("Tokens go to no provider that reads texts only, and several texts to none that reads one")
  func impossible() throws {
    let tokens = try read(#"{"input":[1,2]}"#)
    for (dialect, model) in [
      (GeminiDialect(), "m"), (VertexDialect(), "m"), (VertexDialect(), "gemini-embedding-2"), (CohereDialect(), "m"),
      (OllamaDialect(), "m"), (BedrockDialect(), "amazon.titan-embed-text-v2:0"),
      (BedrockDialect(), "cohere.embed-english-v3"),
    ] as [(any ProviderDialect, String)] {
      let error = #expect(throws: GatewayError.self) { try encode(tokens, dialect, model: model) }
      #expect(error?.field == "input" && error?.message.contains("tokens") == true)
    }
    let several = try read(#"{"input":["a","b"]}"#)
    for (dialect, model) in [
      (VertexDialect(), "gemini-embedding-2"), (BedrockDialect(), "amazon.titan-embed-text-v1"),
    ] as [(any ProviderDialect, String)] {
      let error = #expect(throws: GatewayError.self) { try encode(several, dialect, model: model) }
      #expect(error?.field == "input" && error?.message.contains("one text") == true)
      #expect(throws: Never.self) { try encode(read(#"{"input":["a"]}"#), dialect, model: model) }
    }
    #expect(throws: GatewayError.self) { try encode(several, BedrockDialect(), model: "arn:aws:bedrock:x") }
    #expect(throws: Never.self) { try encode(tokens, OpenAIChatDialect()) }
  }

  @Test(
    "What vectors are for is said in each provider's words, or named",
    arguments: [
      ("search_query", "RETRIEVAL_QUERY", "search_query", true), ("query", "RETRIEVAL_QUERY", "search_query", true),
      ("search_document", "RETRIEVAL_DOCUMENT", "search_document", true),
      ("RETRIEVAL_DOCUMENT", "RETRIEVAL_DOCUMENT", "search_document", true),
      ("passage", "RETRIEVAL_DOCUMENT", "search_document", true),
      ("classification", "CLASSIFICATION", "classification", true), ("CLUSTERING", "CLUSTERING", "clustering", true),
      ("semantic_similarity", "SEMANTIC_SIMILARITY", "search_document", false),
      ("question_answering", "QUESTION_ANSWERING", "search_query", false),
      ("fact_verification", "FACT_VERIFICATION", "search_query", false),
      ("code_retrieval_query", "CODE_RETRIEVAL_QUERY", "search_query", false),
      ("novel", nil, "search_document", false), ("TASK_TYPE_UNSPECIFIED", nil, "search_document", true),
    ] as [(String, String?, String, Bool)])
  func purposes(_ row: (word: String, google: String?, cohere: String, isExact: Bool)) throws {
    let request = try read(#"{"input":"a","input_type":"\#(row.word)"}"#)
    let google = try encode(request, GeminiDialect())
    #expect(google.body["requests"]?[0]?["taskType"]?.stringValue == row.google)
    #expect(google.dropped.contains("input_type") == (row.google == nil && request.purpose != nil))
    let cohere = try encode(request, CohereDialect())
    #expect(cohere.body["input_type"]?.stringValue == row.cohere)
    #expect(cohere.dropped.contains("input_type") == !row.isExact)
    let vertex = try encode(request, VertexDialect())
    #expect(vertex.body["instances"]?[0]?["task_type"]?.stringValue == row.google)
    #expect(try encode(request, OpenAIChatDialect(), lists: ["input_type"]).dropped.isEmpty)
  }

  @Test("The length of vectors is asked for where the model has a choice")
  func dimensions() throws {
    let request = try read(#"{"input":"a","dimensions":256}"#)
    for (dialect, model, hasChoice) in [
      (CohereDialect(), "embed-v4.0", true), (CohereDialect(), "embed-english-v3.0", false),
      (BedrockDialect(), "amazon.titan-embed-text-v2:0", true), (BedrockDialect(), "amazon.titan-embed-text-v1", false),
      (BedrockDialect(), "amazon.titan-embed-g1-text-02", false), (BedrockDialect(), "us.cohere.embed-v4:0", true),
      (OllamaDialect(), "m", true), (GeminiDialect(), "gemini-embedding-2", true),
    ] as [(any ProviderDialect, String, Bool)] {
      #expect(try encode(request, dialect, model: model).dropped == (hasChoice ? [] : ["dimensions"]), "\(model)")
      #expect(try encode(request, dialect, model: model, lists: ["dimensions"]).dropped.isEmpty)
    }
    let image = try encode(request, BedrockDialect(), model: "amazon.titan-embed-image-v1").body
    #expect(image["embeddingConfig"]?["outputEmbeddingLength"]?.integerValue == 256)
    #expect(
      try encode(request, CohereDialect(), model: "embed-english-v3.0", lists: ["dimensions"]).body["output_dimension"]
        != nil)
  }

  @Test("A preset adds what the caller left out")
  func presets() throws {
    var own = try read(#"{"model":"a","input":"x","dimensions":8}"#)
    own = own.laidOver(try read(#"{"model":"b","input":"x","dimensions":9,"input_type":"query","user":"u"}"#))
    #expect(own.model == "b" && own.dimensions == 8 && own.purpose == .query && own.user == "u")
  }

  // MARK: Answers

  @Test("Vectors cross to the digit, or as the Base64 of their numbers")
  func encodings() throws {
    let text = #"{"embeddings":[{"values":[1, -2.50, 1e-3]}]}"#
    #expect(
      try answer(text, GeminiDialect())["data"]?[0]?["embedding"]?.arrayValue?.compactMap(\.numberText) == [
        "1", "-2.50", "1e-3",
      ])
    let coded = try answer(text, GeminiDialect(), as: .base64)["data"]?[0]?["embedding"]?.stringValue
    let bytes = [Float(1), -2.5, 0.001].flatMap { value in
      withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
    }
    #expect(coded == Base64.encode(bytes))
  }

  @Test("Base64 of any numbers is what their values give")
  func anyNumbers() throws {
    var generator = SplitMix(state: 7)
    var texts = [
      "0", "-0", "0.0", "1E5", "1e-45", "3.4028234e38", "123456789012345678901234567890", "0.1e-2", "12345678.5e+3",
      "1e-30", "9007199254740993", "0.000000000000000000000000000001", "-1.0e0",
    ]
    for _ in 0..<2000 {
      let value = Float.random(in: -1...1, using: &generator)
      texts.append(Bool.random(using: &generator) ? "\(value)" : "\(Double(value))")
    }
    let coded = try answer(#"{"embeddings":[[\#(texts.joined(separator: ","))]]}"#, OllamaDialect(), as: .base64)
    let bytes = try #require(coded["data"]?[0]?["embedding"]?.stringValue.flatMap { Base64.decode($0) })
    #expect(bytes.count == 4 * texts.count)
    for (index, text) in texts.enumerated() {
      let pattern = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[4 * index + $1]) << UInt32(8 * $1) }
      let double = try #require(Double(text))
      #expect(Float(bitPattern: pattern) == Float(double), "\(text)")
    }
  }

  @Test(
    "Answers that are none, or hold too few vectors, are the provider's failure",
    arguments: [
      (GeminiDialect(), #"{"embeddings":[{"values":[1]},{"values":[2]}]}"#), (GeminiDialect(), "{}"),
      (GeminiDialect(), #"{"embeddings":[{"values":["a"]}]}"#), (GeminiDialect(), #"{"embeddings":[{"value":[1]}]}"#),
      (GeminiDialect(), #"{"error":{"code":500,"message":"no","status":"INTERNAL"}}"#), (GeminiDialect(), "[]"),
      (VertexDialect(), #"{"predictions":[{"embeddings":{"values":{}}}]}"#), (CohereDialect(), #"{"embeddings":{}}"#),
      (CohereDialect(), #"{"embeddings":[[1],[2]]}"#), (OllamaDialect(), #"{"error":"no such thing"}"#),
      (OllamaDialect(), "<html>"), (BedrockDialect(), #"{"message":"x"}"#),
      (BedrockDialect(), #"{"embedding":[null]}"#),
    ] as [(any ProviderDialect, String)])
  func failures(_ row: (dialect: any ProviderDialect, body: String)) {
    let error = #expect(throws: GatewayError.self) { try answer(row.body, row.dialect) }
    #expect(error?.kind == .providerFailed && error?.origin == .upstream)
  }

  @Test("Tokens are counted where the provider counts them, in the body or in the head")
  func usage() throws {
    func tokens(_ answer: JSONValue) -> Int64? { answer["usage"]?["prompt_tokens"]?.integerValue }
    #expect(
      tokens(
        try answer(
          #"{"predictions":[{"embeddings":{"values":[1],"statistics":{"token_count":3}}},{"embeddings":{"values":[1],"statistics":{"token_count":4.0}}}]}"#,
          VertexDialect(), count: 2)) == 7)
    #expect(
      tokens(
        try answer(#"{"embeddings":{"float":[[1]]},"meta":{"billed_units":{"input_tokens":2}}}"#, CohereDialect()))
        == 2)
    #expect(tokens(try answer(#"{"embeddings":[{"values":[1]}]}"#, GeminiDialect())) == nil)
    #expect(
      tokens(try answer(#"{"embeddings":[[1]]}"#, BedrockDialect(), model: "cohere.embed-v4:0", promptTokens: 9)) == 9)
    #expect(tokens(try answer(#"{"embedding":[1],"inputTextTokenCount":5}"#, BedrockDialect(), promptTokens: 9)) == 5)
    #expect(tokens(try answer(#"{"embeddings":[[1]],"prompt_eval_count":-5}"#, OllamaDialect())) == 0)
  }

  @Test("Paths name the model and how it is asked")
  func paths() {
    #expect(
      GeminiDialect().path(.embedding, model: "gemini-embedding-001", isStream: false)
        == "/models/gemini-embedding-001:batchEmbedContents")
    for (model, method) in [
      ("text-embedding-005", "predict"), ("gemini-embedding-001", "predict"), ("gemini-embedding-2", "embedContent"),
      ("multilingual-e5-large-instruct-maas", "embedContent"),
    ] {
      #expect(VertexDialect().path(.embedding, model: model, isStream: false) == "/models/\(model):\(method)")
    }
    #expect(Dialects.words(speaking: .embedding).count == 7)
  }
}
