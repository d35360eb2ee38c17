import JSON

/// Embeddings in Ollama's format.
enum OllamaEmbeddings {
  /// The answer to a request. `isOld`: by `/api/embeddings`, which takes one text. Throws a `Problem` for what Ollama would
  /// refuse.
  static func answer(_ body: JSONValue, isOld: Bool, _ simulator: Simulator) throws(Problem) -> Asked.Document {
    var fields = try FieldReader(body, at: .root)
    var prompt = Prompt()
    let name = try fields.requiredString("model")
    try prompt.take(model: name, simulator)
    let size = try fields.integer("dimensions", 1...8192) ?? WordVector.dimensions
    fields.skip("keep_alive")
    try fields.bool("truncate")
    try fields.skip(objects: "options")
    let texts: [String]
    if isOld {
      texts = [try fields.string("prompt") ?? ""]
    } else if let text = fields.peek("input") {
      fields.skip("input")
      texts = [text]
    } else {
      texts = try fields.strings("input") ?? []
    }
    try fields.end()
    let words = texts.map(Tokens.split)
    let vectors = words.map { JSONValue.array(WordVector.of($0, size).map { .number("\($0)") }) }
    let count = words.reduce(0) { $0 + $1.count }
    let json: JSONValue =
      isOld
      ? .object([("embedding", vectors.first ?? .array([]))])
      : .object([
        ("model", .string(prompt.model)), ("embeddings", .array(vectors)), ("total_duration", .integer(3_000_000)),
        ("load_duration", .integer(1_000_000)), ("prompt_eval_count", .integer(count)),
      ])
    return Asked.Document(json: json, model: name, faults: prompt.faults, takesFaults: true)
  }
}
