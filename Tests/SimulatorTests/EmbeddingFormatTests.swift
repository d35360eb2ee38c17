import JSON
import Simulator
import TestSupport
import Testing

@Suite("The simulator's embeddings in every format")
struct EmbeddingFormatTests {
  private static let models = [
    "embedding", "gemini-embedding-001", "gemini-embedding-2", "embed-multilingual-v3.0", "text-embedding-3-small",
    "amazon.titan-embed-text-v2:0", "amazon.titan-embed-text-v1", "amazon.titan-embed-image-v1",
    "us.cohere.embed-v4:0", "cohere.embed-english-v3",
  ]
  private static let vertex = "/v1/projects/p/locations/l/publishers/google/models/"
  private static let bearer = "Authorization: Bearer t\r\n"

  private func rig() throws -> SimulatorRig { try SimulatorRig { $0.models = EmbeddingFormatTests.models } }

  @Test("Bedrock's models answer in the form of their makers, and the head counts the tokens")
  func bedrock() throws {
    let rig = try rig()
    func invoke(_ model: String, _ body: String) throws -> RawResponse {
      try rig.ask("POST", "/model/\(model.replacing(":", with: "%3A"))/invoke", body)
    }
    let titan = try invoke(
      "amazon.titan-embed-text-v2:0", #"{"inputText":"one two","dimensions":256,"normalize":true}"#)
    #expect(try titan.json["embedding"]?.arrayValue?.count == 256)
    #expect(try titan.json["inputTextTokenCount"]?.integerValue == 2)
    #expect(titan.first("x-amzn-bedrock-input-token-count") == "2")
    let image = try invoke(
      "amazon.titan-embed-image-v1", #"{"inputText":"x","embeddingConfig":{"outputEmbeddingLength":384}}"#)
    #expect(try image.json["embedding"]?.arrayValue?.count == 384)
    let third = try invoke(
      "cohere.embed-english-v3", #"{"texts":["a","b"],"input_type":"search_query","truncate":"END"}"#)
    #expect(try third.json["embeddings"]?[1]?.arrayValue?.count == 256)
    let fourth = try invoke(
      "us.cohere.embed-v4:0",
      #"{"texts":["a"],"input_type":"search_query","embedding_types":["float"],"output_dimension":512,"truncate":"RIGHT"}"#
    )
    #expect(try fourth.json["embeddings"]?["float"]?[0]?.arrayValue?.count == 512)
    #expect(try fourth.json["response_type"]?.stringValue == "embeddings_by_type")
  }

  @Test(
    "What a provider would refuse is refused",
    arguments: [
      ("/model/amazon.titan-embed-text-v2%3A0/invoke", #"{"inputText":"a","dimensions":300}"#),
      ("/model/amazon.titan-embed-text-v2%3A0/invoke", #"{"inputText":["a"]}"#),
      ("/model/amazon.titan-embed-text-v1/invoke", #"{"inputText":"a","dimensions":256}"#),
      ("/model/cohere.embed-english-v3/invoke", #"{"texts":["a"]}"#),
      ("/model/cohere.embed-english-v3/invoke", #"{"texts":["a"],"input_type":"search_query","output_dimension":256}"#),
      ("/model/us.cohere.embed-v4%3A0/invoke", #"{"texts":["a"],"input_type":"search_query","truncate":"END"}"#),
      ("/model/us.cohere.embed-v4%3A0/invoke", #"{"texts":[],"input_type":"search_query"}"#),
      ("/model/embedding/invoke", #"{"inputText":"a"}"#),
      ("/v1beta/models/embedding:batchEmbedContents", #"{"requests":[{"content":{"parts":[{"text":"a"}]}}]}"#),
      ("/v1beta/models/embedding:batchEmbedContents", #"{"requests":[]}"#),
      ("/v1beta/models/embedding:embedContent", #"{"content":{"parts":[{"text":"a"}]},"taskType":"SEARCH"}"#),
      (
        "/v1beta/models/gemini-embedding-2:embedContent",
        #"{"content":{"parts":[{"text":"a"}]},"taskType":"CLUSTERING"}"#
      ),
      (
        "/v1beta/models/embedding:embedContent",
        #"{"content":{"parts":[{"text":"a"}]},"embedContentConfig":{"autoTruncate":true}}"#
      ),
      (vertex + "gemini-embedding-2:predict", #"{"instances":[{"content":"a"}]}"#),
      (vertex + "embedding:batchEmbedContents", #"{"requests":[]}"#),
      (vertex + "embedding:predict", #"{"instances":[{"content":"a","task_type":"QUERY"}]}"#),
      (
        "/v2/embed",
        #"{"model":"embed-multilingual-v3.0","texts":["a"],"input_type":"search_query","output_dimension":256}"#
      ),
      ("/v2/embed", #"{"model":"embedding","texts":["a"]}"#),
      ("/api/embed", #"{"model":"embedding","input":[[1,2]]}"#),
      ("/api/embed", #"{"model":"embedding","input":"a","truncate":"END"}"#),
      ("/v1/embeddings", #"{"model":"embedding+strict","input":"a","input_type":"search_query"}"#),
      ("/v1/embeddings", #"{"model":"embedding+strict","input":["a",[1]]}"#),
      ("/openai/deployments/embedding/embeddings?api-version=1", #"{"input":"a","truncate":"END"}"#),
    ])
  func refused(_ row: (path: String, body: String)) throws {
    let response = try rig().ask("POST", row.path, row.body, fields: EmbeddingFormatTests.bearer)
    #expect((400...422).contains(response.status), "\(row.path) \(row.body)")
  }

  @Test("Google's newer models count what they embed, and Vertex asks them one by one")
  func google() throws {
    let rig = try rig()
    let content =
      #"{"content":{"parts":[{"text":"one two"}]},"embedContentConfig":{"outputDimensionality":8,"autoTruncate":true}}"#
    let vertex = try rig.ask(
      "POST", EmbeddingFormatTests.vertex + "gemini-embedding-2:embedContent", content,
      fields: EmbeddingFormatTests.bearer
    ).json
    #expect(vertex["embedding"]?["values"]?.arrayValue?.count == 8)
    #expect(vertex["usageMetadata"]?["promptTokenCount"]?.integerValue == 2)
    func batch(_ model: String) throws -> JSONValue {
      try rig.ask(
        "POST", "/v1beta/models/\(model):batchEmbedContents",
        #"{"requests":[{"model":"models/\#(model)","content":{"parts":[{"text":"one two"}]}}]}"#
      ).json
    }
    #expect(try batch("gemini-embedding-2")["usageMetadata"]?["promptTokenCount"]?.integerValue == 2)
    #expect(try batch("gemini-embedding-001")["embeddings"]?[0]?["values"]?.arrayValue?.count == 256)
    #expect(try batch("gemini-embedding-001")["usageMetadata"] == nil)
  }
}
