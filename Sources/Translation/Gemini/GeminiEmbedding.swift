import Core
import JSON

/// Embeddings in Google's format as OpenAI's, which the rooms work on: requests in, answers out.
package enum GeminiEmbedding {
  /// The body of an embedding request in OpenAI's format for one of `:embedContent`, or of `:batchEmbedContents` when it
  /// `isBatch`. Vectors are asked for as numbers. Throws a 400 that names the field.
  package static func request(
    _ body: UnsafeRawBufferPointer, model: String, isBatch: Bool
  ) throws(GatewayError) -> EncodedRequest {
    let object = try GeminiObject(.object(try JSONValue.request(body)), field: "")
    let single = isBatch ? try requests(object) : [object]
    var texts: [JSONValue] = []
    for request in single { texts.append(.string(try text(request))) }
    var writer = ObjectWriter([("model", .string(model)), ("input", isBatch ? .array(texts) : texts[0])])
    writer.add("dimensions", try shared("outputDimensionality", single))
    writer.add("input_type", try shared("taskType", single))
    writer.add("encoding_format", "float")
    for member in object.members() where OpenAIRequest.ownMembers.contains(member.name) {
      writer.add(member.name, member.value)
    }
    let buffer = ByteBuffer()
    writer.value.write(to: buffer)
    var request = EncodedRequest(buffer)
    for name in ["title", "autoTruncate"] where single.contains(where: { value(name, $0) != nil }) {
      request.dropped.note(.other(name))
    }
    return request
  }

  private static func requests(_ object: GeminiObject) throws(GatewayError) -> [GeminiObject] {
    let elements = try object["requests"]?.elements("requests") ?? []
    if elements.isEmpty { throw .field("requests", "'requests' is missing or empty.") }
    var requests: [GeminiObject] = []
    for (index, element) in elements.enumerated() {
      requests.append(try GeminiObject(element, field: "requests[\(index)]"))
    }
    return requests
  }

  /// The text of a request's content; the parts of one content are embedded as one.
  private static func text(_ request: GeminiObject) throws(GatewayError) -> String {
    guard let content = request["content"] else {
      throw .field(request.path("content"), "'\(request.path("content"))' is missing.")
    }
    let object = try GeminiObject(content, field: request.path("content"))
    var reader = GeminiPartReader(makeID: { "call_\($0)" })
    let parts = try reader.parts(object["parts"] ?? .array([]), field: object.path("parts"))
    let texts = parts.compactMap(\.text)
    guard !texts.isEmpty, texts.count == parts.count else {
      throw .field(object.path("parts"), "'\(object.path("parts"))' must hold text and nothing else.")
    }
    return texts.joined(separator: "\n")
  }

  /// A setting, which may stand in `embedContentConfig`, too.
  private static func value(_ name: String, _ request: GeminiObject) -> JSONValue? {
    if let value = request[name] { return value }
    guard let config = request["embedContentConfig"] else { return nil }
    return (try? GeminiObject(config, field: "embedContentConfig"))?[name]
  }

  /// A setting that all requests of a batch must share, as OpenAI's format has one for all.
  private static func shared(_ name: String, _ requests: [GeminiObject]) throws(GatewayError) -> JSONValue? {
    let first = value(name, requests[0])
    guard requests.allSatisfy({ value(name, $0) == first }) else {
      throw .field("requests", "'\(name)' must be the same in all of 'requests'.")
    }
    return first
  }

  /// The rooms' answer in Google's form. Throws a 502 when it is no answer with vectors.
  package static func answer(_ body: UnsafeRawBufferPointer, isBatch: Bool) throws(GatewayError) -> [UInt8] {
    let value = try JSONValue.answer(body)
    let data = (value["data"]?.arrayValue ?? []).sorted {
      $0["index"]?.integerValue ?? 0 < $1["index"]?.integerValue ?? 0
    }
    let vectors = data.compactMap { $0["embedding"].map { JSONValue.object([("values", $0)]) } }
    guard let first = vectors.first, vectors.count == data.count else {
      throw GatewayError(.providerFailed, "The provider sent an answer without embeddings", origin: .upstream)
    }
    var writer = ObjectWriter()
    writer.add(isBatch ? "embeddings" : "embedding", isBatch ? .array(vectors) : first)
    if let tokens = value["usage"]?["prompt_tokens"] {
      writer.add("usageMetadata", .object([("promptTokenCount", tokens), ("totalTokenCount", tokens)]))
    }
    return writer.value.serialized()
  }
}
