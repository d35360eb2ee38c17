import Core
import JSON
import Translation

extension FuzzTarget {
  /// Embeddings of providers: what is taken for an answer becomes valid JSON of OpenAI's form with one vector per input, as
  /// numbers and as Base64, and valid JSON for callers of Google's.
  static let embeddings = FuzzTarget(
    name: "embeddings",
    seeds: { EmbeddingSeeds.answers.enumerated().map { [UInt8($0.offset)] + Array($0.element.utf8) } },
    check: { input in
      guard let input = CutInput(input) else { return nil }
      let (dialect, model) = EmbeddingSeeds.dialects[Int(input.choice) % EmbeddingSeeds.dialects.count]
      for encoding in [EmbeddingEncoding.float, .base64] {
        if let objection = objection(input.bytes, dialect, model, encoding) { return objection }
      }
      return nil
    })

  /// Requests for embeddings: what is read is written as valid JSON for every provider that takes it, and again as what was
  /// read.
  static let embeddingRequest = FuzzTarget(
    name: "embedding-request", seeds: { EmbeddingSeeds.requests.map { [0] + Array($0.utf8) } },
    check: { input in
      guard let input = CutInput(input) else { return nil }
      guard let request = try? input.bytes.withUnsafeBytes({ try OpenAIEmbeddingReader.request($0) }) else {
        return nil
      }
      for (dialect, model) in EmbeddingSeeds.dialects {
        guard let encoded = try? dialect.embeddings?.encode(request, for: ProviderTarget(model: model)) else {
          continue
        }
        if !PlainJSON.accepts(encoded.body.copyBytes()) { return "no JSON for \(model)" }
      }
      let written = OpenAIEmbeddingWriter.encode(request).copyBytes()
      guard let again = try? written.withUnsafeBytes({ try OpenAIEmbeddingReader.request($0) }) else {
        return "cannot be read again: \(String(decoding: written, as: UTF8.self))"
      }
      return again.inputs == request.inputs && again.dimensions == request.dimensions ? nil : "reads differently"
    })

  private static func objection(
    _ bytes: [UInt8], _ dialect: any ProviderDialect, _ model: String, _ encoding: EmbeddingEncoding
  ) -> String? {
    for count in 1...2 {
      var request = EmbeddingRequest(.openAI, model: "m")
      request.inputs = Array(repeating: EmbeddingInput(.text("x")), count: count)
      request.encoding = encoding
      let context = AnswerContext(id: "gen-fuzz", created: 1, model: model, embedding: EmbeddingForm(request))
      let output = ByteBuffer()
      let isAnswer = bytes.withUnsafeBytes { body in
        (try? WholeEmbedding.fromProvider(body, dialect, context, to: output)) != nil
      }
      guard isAnswer else { continue }
      let text = output.copyBytes()
      guard PlainJSON.accepts(text), let value = try? JSONValue.parse(text),
        value["data"]?.arrayValue?.count == count
      else { return "no answer: \(String(decoding: text, as: UTF8.self))" }
      let google = ByteBuffer()
      try? GeminiEmbeddingCaller.answer(output.bytes, isBatch: true, to: google)
      // A vector whose numbers no 32 bits hold cannot come back out of Base64.
      if !google.isEmpty, encoding == .float, !PlainJSON.accepts(google.copyBytes()) {
        return "no JSON for Google's callers"
      }
    }
    return nil
  }
}

/// What the targets begin with.
private enum EmbeddingSeeds {
  static let dialects: [(any ProviderDialect, String)] = [
    (GeminiDialect(), "gemini-embedding-001"), (VertexDialect(), "text-embedding-005"),
    (VertexDialect(), "gemini-embedding-2"), (CohereDialect(), "embed-v4.0"), (OllamaDialect(), "m"),
    (BedrockDialect(), "amazon.titan-embed-text-v2:0"), (BedrockDialect(), "cohere.embed-english-v3"),
    (OpenAIChatDialect(), "m"),
  ]

  static let answers = [
    #"{"embeddings":[{"values":[0.5,-1e-3]}],"usageMetadata":{"promptTokenCount":3}}"#,
    #"{"predictions":[{"embeddings":{"values":[1],"statistics":{"token_count":2}}},{"embeddings":{"values":[2]}}]}"#,
    #"{"embedding":{"values":[0.25]},"truncated":false}"#,
    #"{"id":"x","embeddings":{"float":[[1,2],[3,4]]},"meta":{"billed_units":{"input_tokens":2.0}}}"#,
    #"{"embeddings":[[1e10,2]],"prompt_eval_count":7}"#, #"{"embedding":[1,2],"inputTextTokenCount":3}"#,
    #"{"embeddings":[[1],[2]],"response_type":"embeddings_floats"}"#,
    #"{"embeddings":{"float":[]}}"#,
    #"{"data":[{"index":1,"embedding":"AACAPw=="},{"index":0,"embedding":[1]}],"usage":{"prompt_tokens":1}}"#,
  ]

  static let requests = [
    #"{"model":"m","input":"a","dimensions":8,"encoding_format":"base64","input_type":"query","user":"u"}"#,
    #"{"model":"m","input":["a","b"],"truncate":"END","priority":1}"#, #"{"input":[[1,2],[3]]}"#, #"{"input":[1]}"#,
    #"{"input":[{"content":[{"type":"text","text":"a"}]}],"provider":{"zdr":true}}"#, #"{"input":[]}"#,
    #"{"input":["a",[1]],"truncate":false}"#, #"{"input":"a","dimensions":null,"keep_alive":"1m"}"#,
    #"{"input":{"a":1}}"#,
  ]
}
