import JSON

/// Embeddings in Cohere's format.
enum CohereEmbeddings {
  /// The answer to a request. Throws a `Problem` for what the provider would refuse.
  static func answer(_ body: JSONValue, _ simulator: Simulator) throws(Problem) -> Asked.Document {
    var fields = try FieldReader(body, at: .root)
    var prompt = Prompt()
    let name = try fields.requiredString("model")
    let purposes: Set<String> = ["search_document", "search_query", "classification", "clustering", "image"]
    guard try fields.word("input_type", purposes) != nil else { throw .missing(FieldPath.root.member("input_type")) }
    let texts = try texts(&fields)
    if texts.count > 96 {
      throw .invalid("total number of texts must be at most 96", at: FieldPath.root.member("texts"))
    }
    if name.contains("-v3"), fields.has("output_dimension") {
      throw .invalid("output_dimension is not supported by this model", at: FieldPath.root.member("output_dimension"))
    }
    let size = try fields.integer("output_dimension", 1...8192) ?? WordVector.dimensions
    for type in try fields.strings("embedding_types") ?? ["float"] where type != "float" {
      throw .invalid("the simulator has float embeddings only", at: FieldPath.root.member("embedding_types"))
    }
    try fields.word("truncate", ["NONE", "START", "END"])
    try fields.integer("max_tokens", 1...Int64.max)
    try fields.integer("priority", 0...999)
    try fields.end()
    try prompt.take(model: name, simulator)
    let words = texts.map(Tokens.split)
    let vectors = words.map { JSONValue.array(WordVector.of($0, size).map { .number("\($0)") }) }
    let count = words.reduce(0) { $0 + $1.count }
    let json: JSONValue = .object([
      ("id", .string("00000000-0000-4000-8000-000000000000")), ("response_type", .string("embeddings_by_type")),
      ("embeddings", .object([("float", .array(vectors))])), ("texts", .array(texts.map(JSONValue.string))),
      (
        "meta",
        .object([
          ("api_version", .object([("version", .string("2"))])),
          ("billed_units", .object([("input_tokens", .integer(count))])),
        ])
      ),
    ])
    return Asked.Document(json: json, model: name, faults: prompt.faults, takesFaults: true)
  }

  private static func texts(_ fields: inout FieldReader) throws(Problem) -> [String] {
    if let texts = try fields.strings("texts") { return texts }
    guard let inputs = try fields.array("inputs") else { throw .missing(FieldPath.root.member("texts")) }
    var texts: [String] = []
    for (input, path) in inputs {
      let parts = try FieldReader.elements(input["content"] ?? .null, at: path.member("content"))
      texts.append(parts.compactMap { $0.value["text"]?.stringValue }.joined(separator: " "))
    }
    return texts
  }
}
