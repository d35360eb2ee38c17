import JSON

/// Embeddings in Google's forms: `embedContent` and `batchEmbedContents` of the Gemini API, `predict` and `embedContent` of
/// Vertex.
struct GeminiEmbeddings {
  private static let tasks: Set<String> = [
    "TASK_TYPE_UNSPECIFIED", "RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT", "SEMANTIC_SIMILARITY", "CLASSIFICATION",
    "CLUSTERING", "QUESTION_ANSWERING", "FACT_VERIFICATION", "CODE_RETRIEVAL_QUERY",
  ]
  private static let batchLimit = 100
  private static let instanceLimit = 250

  private let isVertex: Bool
  private let model: String
  /// From the second on Gemini's models read what a vector is for in the text, tell what they have counted, and know
  /// `predict` no more.
  private let isSecond: Bool

  /// The answer to a request. Throws a `Problem` for what the provider would refuse.
  static func answer(
    _ body: JSONValue, method: String, model: String, isVertex: Bool, _ simulator: Simulator
  ) throws(Problem) -> Asked.Document {
    var prompt = Prompt()
    try prompt.take(model: model, simulator)
    let isSecond = model.contains("gemini-embedding-") && !model.contains("gemini-embedding-001")
    let reader = GeminiEmbeddings(isVertex: isVertex, model: model, isSecond: isSecond)
    let json = try reader.document(body, method)
    return Asked.Document(json: json, model: model, faults: prompt.faults, takesFaults: true)
  }

  private func document(_ body: JSONValue, _ method: String) throws(Problem) -> JSONValue {
    var fields = try FieldReader(body, at: .root, spelling: .camelOrSnake)
    switch (method, isVertex) {
    case ("embedContent", _):
      let vector = try embedding(&fields)
      var members: [(key: String, value: JSONValue)] = [("embedding", .object([("values", vector.json)]))]
      if isVertex { members.append(("truncated", .bool(false))) }
      return .object(members + usage(vector.tokens))
    case ("batchEmbedContents", false): return try batch(&fields)
    case ("predict", true) where !isSecond: return try predictions(&fields)
    case ("predict", true):
      throw Problem(reason: .simulated, status: 400, message: "Precondition check failed.")
    default: throw Problem(reason: .route, status: 404, message: "Method not found.")
    }
  }

  private func usage(_ tokens: Int) -> [(key: String, value: JSONValue)] {
    guard isSecond || isVertex else { return [] }
    return [("usageMetadata", .object([("promptTokenCount", .integer(tokens))]))]
  }

  /// The vector of one text, and the tokens it has.
  private struct Vector {
    let values: [Float]
    let tokens: Int

    init(_ text: String, size: Int?) {
      let words = Tokens.split(text)
      values = WordVector.of(words, size ?? WordVector.dimensions)
      tokens = words.count
    }

    var json: JSONValue { .array(values.map { .number("\($0)") }) }
  }

  private func batch(_ fields: inout FieldReader) throws(Problem) -> JSONValue {
    guard let requests = try fields.array("requests"), !requests.isEmpty else {
      throw .missing(FieldPath.root.member("requests"))
    }
    if requests.count > GeminiEmbeddings.batchLimit {
      throw .invalid("at most \(GeminiEmbeddings.batchLimit) requests can be in one batch", at: fields.path)
    }
    try fields.end()
    var vectors: [Vector] = []
    for (request, path) in requests {
      var reader = try FieldReader(request, at: path, spelling: .camelOrSnake)
      // Optional by itself, and here it must be there.
      guard reader.peek("model") == "models/" + model else {
        throw .invalid("unexpected model name format", at: path.member("model"))
      }
      vectors.append(try embedding(&reader))
    }
    let list = vectors.map { JSONValue.object([("values", $0.json)]) }
    return .object([("embeddings", .array(list))] + usage(vectors.reduce(0) { $0 + $1.tokens }))
  }

  private func embedding(_ fields: inout FieldReader) throws(Problem) -> Vector {
    var content = try fields.requiredObject("content")
    var texts: [String] = []
    for (part, path) in try content.array("parts") ?? [] {
      var reader = try FieldReader(part, at: path, spelling: .camelOrSnake)
      texts.append(try reader.requiredString("text"))
      try reader.end()
    }
    _ = try content.string("role")
    try content.end()
    if texts.isEmpty { throw .invalid("content is empty", at: fields.path.member("content")) }
    _ = try fields.string("model")
    var size = try settings(&fields)
    if var config = try fields.object("embedContentConfig") {
      size = try settings(&config) ?? size
      if isVertex {
        try config.bool("autoTruncate")
        config.skip("documentOcr", "audioTrackExtraction")
      }
      try config.end()
    }
    try fields.end()
    return Vector(texts.joined(separator: " "), size: size)
  }

  private func settings(_ fields: inout FieldReader) throws(Problem) -> Int? {
    if isSecond, let name = ["taskType", "title"].first(where: { fields.has($0) }) {
      throw .invalid("\(name) is not supported by this model", at: fields.path.member(name))
    }
    try fields.word("taskType", GeminiEmbeddings.tasks)
    _ = try fields.string("title")
    return try fields.integer("outputDimensionality", 1...8192)
  }

  private func predictions(_ fields: inout FieldReader) throws(Problem) -> JSONValue {
    var size: Int?
    if var parameters = try fields.object("parameters") {
      size = try parameters.integer("outputDimensionality", 1...8192)
      try parameters.bool("autoTruncate")
      try parameters.end()
    }
    guard let instances = try fields.array("instances") else { throw .missing(FieldPath.root.member("instances")) }
    if instances.count > GeminiEmbeddings.instanceLimit {
      throw .invalid("\(GeminiEmbeddings.instanceLimit) instance(s) is allowed per prediction", at: fields.path)
    }
    var predictions: [JSONValue] = []
    for (instance, path) in instances {
      var reader = try FieldReader(instance, at: path, spelling: .camelOrSnake)
      let vector = Vector(try reader.requiredString("content"), size: size)
      try reader.word("taskType", GeminiEmbeddings.tasks)
      _ = try reader.string("title")
      _ = try reader.string("mimeType")
      try reader.end()
      let statistics: JSONValue = .object([("truncated", .bool(false)), ("token_count", .integer(vector.tokens))])
      predictions.append(
        .object([("embeddings", .object([("values", vector.json), ("statistics", statistics)]))]))
    }
    try fields.end()
    return .object([("predictions", .array(predictions))])
  }
}
