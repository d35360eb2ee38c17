import Core
import JSON

/// Callers' embeddings in Google's format: `:embedContent` and `:batchEmbedContents`.
package enum GeminiEmbeddingCaller {
  /// Members that are read here; in `embedContentConfig` they mean the same.
  private static let known = [
    "model", "content", "requests", "embedContentConfig", "taskType", "title", "outputDimensionality", "autoTruncate",
  ]

  /// The request that a body means. Throws a 400 that names the field.
  package static func request(
    _ body: UnsafeRawBufferPointer, model: String, isBatch: Bool
  ) throws(GatewayError) -> EmbeddingRequest {
    let object = try GeminiObject(.object(try JSONValue.request(body)), field: "")
    let single = isBatch ? try requests(object) : [object]
    var request = EmbeddingRequest(.gemini, model: model, isSingle: !isBatch)
    for each in single {
      let title = try setting("title", each)?.text(each.path("title"))
      request.inputs.append(EmbeddingInput(.text(try text(each)), title: title))
    }
    request.dimensions = try shared("outputDimensionality", single)?.integer("outputDimensionality")
    request.purpose = try shared("taskType", single)?.text("taskType").flatMap { EmbeddingPurpose($0) }
    request.truncation = try shared("autoTruncate", single)?.flag("autoTruncate").map { $0 ? .end : .refuse }
    for member in object.members() where OpenAIRequest.ownMembers.contains(member.name) {
      request.routing.append(member)
    }
    for member in try others(isBatch ? single + [object] : single) where !request.extras.contains(member) {
      request.extras.append(member)
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

  // MARK: Settings

  /// A setting, which may stand in `embedContentConfig`, too.
  private static func setting(_ name: String, _ request: GeminiObject) throws(GatewayError) -> JSONValue? {
    if let value = request[name] { return value }
    return try request.object("embedContentConfig")?[name]
  }

  /// A setting that all requests of a batch must share, as other formats have one for all.
  private static func shared(_ name: String, _ requests: [GeminiObject]) throws(GatewayError) -> JSONValue? {
    let first = try setting(name, requests[0])
    for request in requests.dropFirst() where try setting(name, request) != first {
      throw .field("requests", "'\(name)' must be the same in all of 'requests'.")
    }
    return first
  }

  /// Members that only this format has.
  private static func others(_ objects: [GeminiObject]) throws(GatewayError) -> [Member] {
    var others: [Member] = []
    for object in objects {
      others += object.members(except: known).filter { !OpenAIRequest.ownMembers.contains($0.name) }
      others += try object.object("embedContentConfig")?.members(except: known) ?? []
    }
    return others
  }

  // MARK: Answers

  /// Appends the rooms' answer in Google's form. Throws a 502 when it is no answer with vectors.
  package static func answer(
    _ body: UnsafeRawBufferPointer, isBatch: Bool, to output: ByteBuffer
  ) throws(GatewayError) {
    let answer = try OpenAIEmbeddingReader.answer(body)
    output.append(isBatch ? #"{"embeddings":["# : #"{"embedding":"#)
    for (index, vector) in answer.vectors.enumerated() where isBatch || index == 0 {
      output.append(index > 0 ? #",{"values":"# : #"{"values":"#)
      try EmbeddingVectorWriter.append(vector, in: body, as: .float, to: output)
      output.append("}")
    }
    if isBatch { output.append("]") }
    if let tokens = answer.usage?.counts.promptTokens {
      let usage: JSONValue = .object([("promptTokenCount", .integer(tokens)), ("totalTokenCount", .integer(tokens))])
      usage.write(asMember: "usageMetadata", to: output)
    }
    output.append("}")
  }
}
