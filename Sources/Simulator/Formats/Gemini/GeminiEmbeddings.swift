import JSON

/// Embeddings in Google's forms: `embedContent` and `batchEmbedContents`, and `predict` of Vertex.
enum GeminiEmbeddings {
  /// The answer to a request. Throws a `Problem` for what the provider would refuse.
  static func answer(
    _ body: JSONValue, method: String, model: String, _ simulator: Simulator
  ) throws(Problem) -> Asked.Document {
    var prompt = Prompt()
    try prompt.take(model: model, simulator)
    var fields = try FieldReader(body, at: .root, spelling: .camelOrSnake)
    let json: JSONValue
    switch method {
    case "embedContent":
      let values = try embedding(&fields)
      json = .object([("embedding", .object([("values", values.json)]))])
    case "batchEmbedContents":
      var list: [JSONValue] = []
      for (request, path) in try fields.array("requests") ?? [] {
        var reader = try FieldReader(request, at: path, spelling: .camelOrSnake)
        list.append(.object([("values", try embedding(&reader).json)]))
      }
      try fields.end()
      json = .object([("embeddings", .array(list))])
    default: json = try predictions(&fields)
    }
    return Asked.Document(json: json, model: model, faults: prompt.faults, takesFaults: true)
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

  private static func embedding(_ fields: inout FieldReader) throws(Problem) -> Vector {
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
      config.skip("autoTruncate", "documentOcr", "audioTrackExtraction")
      try config.end()
    }
    try fields.end()
    return Vector(texts.joined(separator: " "), size: size)
  }

  private static func settings(_ fields: inout FieldReader) throws(Problem) -> Int? {
    _ = try fields.string("taskType")
    _ = try fields.string("title")
    return try fields.integer("outputDimensionality", 1...8192)
  }

  private static func predictions(_ fields: inout FieldReader) throws(Problem) -> JSONValue {
    var size: Int?
    if var parameters = try fields.object("parameters") {
      size = try parameters.integer("outputDimensionality", 1...8192)
      try parameters.bool("autoTruncate")
      try parameters.end()
    }
    guard let instances = try fields.array("instances") else { throw .missing(FieldPath.root.member("instances")) }
    var predictions: [JSONValue] = []
    for (instance, path) in instances {
      var reader = try FieldReader(instance, at: path, spelling: .camelOrSnake)
      let vector = Vector(try reader.requiredString("content"), size: size)
      reader.skip("taskType", "title", "mimeType")
      try reader.end()
      let statistics: JSONValue = .object([("truncated", .bool(false)), ("token_count", .integer(vector.tokens))])
      predictions.append(
        .object([("embeddings", .object([("values", vector.json), ("statistics", statistics)]))]))
    }
    try fields.end()
    return .object([("predictions", .array(predictions))])
  }
}
