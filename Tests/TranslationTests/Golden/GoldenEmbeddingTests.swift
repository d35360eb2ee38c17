import Core
import Foundation
import JSON
import Ledger
import Testing
import Translation

/// Embeddings of every caller's dialect with every provider's, by the ways the rooms take, against recordings.
@Suite("The golden matrix of embeddings")
struct GoldenEmbeddingTests {
  private static let cases = ["single", "batch", "tokens"]
  private static let callers = GoldenCaller.all.filter { $0.format == .openAI || $0.format == .gemini }
  /// A dialect adds itself with a line here, its answers and a recording.
  private static let providers = [
    GoldenProvider("openai", OpenAIChatDialect(), model: "text-embedding-3-small"),
    GoldenProvider(
      "azure", AzureDialect(baseURL: "https://golden.openai.azure.com/openai/v1"), model: "text-embedding-3-small",
      inputs: "openai"),
    GoldenProvider("gemini", GeminiDialect(), model: "gemini-embedding-001"),
    GoldenProvider("gemini-2", GeminiDialect(), model: "gemini-embedding-2"),
    GoldenProvider("vertex", VertexDialect(), model: "text-embedding-005"),
    GoldenProvider("vertex-2", VertexDialect(), model: "gemini-embedding-2"),
    GoldenProvider("cohere", CohereDialect(), model: "embed-v4.0"),
    GoldenProvider("cohere-old", CohereDialect(), model: "embed-multilingual-v3.0", inputs: "cohere"),
    GoldenProvider("bedrock-titan", BedrockDialect(), model: "amazon.titan-embed-text-v2:0"),
    GoldenProvider("bedrock-cohere", BedrockDialect(), model: "us.cohere.embed-v4:0"),
    GoldenProvider("ollama", OllamaDialect(), model: "nomic-embed-text"),
  ]
  private static let pairs: [(caller: String, provider: String)] = callers.flatMap { caller in
    providers.map { (caller.name, $0.name) }
  }

  private struct Crossing {
    let caller: GoldenCaller
    let provider: GoldenProvider
    let target: CallerTarget
    let body: [UInt8]

    /// Whether the caller's own bytes go to the provider.
    var isSame: Bool { caller.dialect == nil && provider.dialect.format == .openAI }

    func asked() throws -> EmbeddingRequest {
      try body.withUnsafeBytes { body in
        guard let dialect = caller.dialect else { return try OpenAIEmbeddingReader.request(body) }
        return try #require(try dialect.embeddingRequest(body, target))
      }
    }

    func encoded() throws -> EncodedRequest {
      guard isSame else {
        return try #require(provider.dialect.embeddings).encode(asked(), for: ProviderTarget(model: provider.model))
      }
      let buffer = ByteBuffer()
      try body.withUnsafeBytes { body in
        let request = try OpenAIRequest(.embedding, body: body)
        OpenAIRequestEncoder.encode(request, body: body, upstreamModel: provider.model, into: buffer)
      }
      return EncodedRequest(buffer)
    }

    /// The answer for the caller, as the rooms make it.
    func answer(_ bytes: [UInt8], _ form: EmbeddingForm?) throws -> [UInt8] {
      let inner = ByteBuffer()
      if provider.dialect.format == .openAI {
        inner.append(bytes)
      } else {
        let context = AnswerContext(id: "gen-golden", created: 1, model: provider.model, embedding: form)
        try bytes.withUnsafeBytes { try WholeEmbedding.fromProvider($0, provider.dialect, context, to: inner) }
      }
      let edited = ByteBuffer()
      let editor = try OpenAIAnswerEditor(.embedding, data: inner.bytes)
      let identity = AnswerIdentity(
        id: "gen-golden", source: AnswerSource(model: "author/model", provider: "Golden"))
      let usage = editor.usage ?? .estimated(Usage(promptTokens: 3, completionTokens: 0))
      editor.write(identity: identity, usage: usage, cost: Money(units: 123_000_000), to: edited)
      guard let dialect = caller.dialect else { return edited.copyBytes() }
      let output = ByteBuffer()
      try dialect.embeddingAnswer(edited.bytes, target, to: output)
      return output.copyBytes()
    }
  }

  private func crossing(_ name: String, _ pair: (caller: String, provider: String)) throws -> Crossing? {
    guard let body = GoldenFiles("embeddings/\(name)").input("request", [pair.caller]) else { return nil }
    return Crossing(
      caller: try #require(GoldenEmbeddingTests.callers.first { $0.name == pair.caller }),
      provider: try #require(GoldenEmbeddingTests.providers.first { $0.name == pair.provider }),
      target: CallerTarget(model: "author/model", isBatch: name == "batch"), body: body)
  }

  @Test("Requests become what is recorded, or are refused", arguments: cases, pairs)
  func requests(_ name: String, _ pair: (caller: String, provider: String)) throws {
    guard let crossing = try crossing(name, pair) else { return }
    var document: [(key: String, value: JSONValue)] = []
    do {
      let encoded = try crossing.encoded()
      let path = crossing.provider.dialect.path(.embedding, model: crossing.provider.model, isStream: false)
      document.append(("path", .string(try #require(path))))
      let dropped = encoded.dropped.header { crossing.caller.dialect?.name(of: $0) ?? $0.openAIName }
      if let dropped { document.append(("x-patchbay-dropped", .string(dropped))) }
      document.append(("body", try JSONValue.parse(encoded.body.bytes)))
    } catch let error as GatewayError {
      let body = crossing.caller.dialect?.errorBody(error, requestID: nil) ?? ErrorDocument.body(error)
      document.append(("refused", try JSONValue.parse(body)))
    }
    try GoldenFiles("embeddings/\(name)").expect(
      JSONValue.object(document).lines() + "\n", "\(pair.caller)-\(pair.provider).request.json")
  }

  @Test("Answers become what is recorded", arguments: cases, pairs)
  func answers(_ name: String, _ pair: (caller: String, provider: String)) throws {
    let files = GoldenFiles("embeddings/\(name)")
    guard let crossing = try crossing(name, pair), let encoded = try? crossing.encoded(),
      let bytes = files.input("answer", [pair.provider, crossing.provider.inputs])
    else { return }
    let text = try crossing.answer(bytes, encoded.embedding)
    try files.expect(try JSONValue.parse(text).lines() + "\n", "\(pair.caller)-\(pair.provider).answer.json")
  }

  @Test("The table of the documentation is the matrix that was run")
  func table() throws {
    let url = GoldenFiles.root.appending(path: "Docs/dialects.md")
    let text = try String(contentsOf: url, encoding: .utf8)
    let begin = try #require(text.range(of: "<!-- matrix of embeddings -->\n"))
    let end = try #require(text.range(of: "<!-- end of matrix of embeddings -->"))
    let table = try document()
    if GoldenFiles.isRecording {
      let new = text.replacingCharacters(in: begin.upperBound..<end.lowerBound, with: table)
      try Data(new.utf8).write(to: url)
    } else {
      #expect(String(text[begin.upperBound..<end.lowerBound]) == table, "see Scripts/record-golden")
    }
  }

  /// A row for each provider, a column for each caller: how one text, several and tokens fare.
  private func document() throws -> String {
    let names = GoldenEmbeddingTests.callers.map(\.name)
    var lines = ["| provider ↓ caller → | " + names.joined(separator: " | ") + " |"]
    lines.append("|---|" + String(repeating: "---|", count: names.count))
    for provider in GoldenEmbeddingTests.providers {
      let cells = try names.map { try cell((caller: $0, provider: provider.name)) }
      lines.append("| \(provider.name) (`\(provider.model)`) | " + cells.joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func cell(_ pair: (caller: String, provider: String)) throws -> String {
    let words = ["single": "one text", "batch": "several", "tokens": "tokens"]
    var cells: [String] = []
    for name in GoldenEmbeddingTests.cases {
      guard let crossing = try crossing(name, pair) else { continue }
      let isRefused = (try? crossing.encoded()) == nil
      cells.append((words[name] ?? name) + (isRefused ? ": 400" : ""))
    }
    return cells.joined(separator: ", ")
  }
}
