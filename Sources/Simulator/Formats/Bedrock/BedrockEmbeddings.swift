import JSON

/// Embeddings by Bedrock's `InvokeModel`, in the formats of AWS's pages on Amazon Titan and on Cohere Embed, the third and
/// the fourth version (October 2026).
enum BedrockEmbeddings {
  /// The answer to a request. Throws a `Problem` for what the model would refuse.
  static func answer(
    _ fields: inout FieldReader, model: String, _ simulator: Simulator
  ) throws(Problem) -> Asked.Document {
    var prompt = Prompt()
    try prompt.take(model: model, simulator)
    let (json, tokens) =
      model.contains("cohere.embed")
      ? try cohere(&fields, isFourth: model.contains("embed-v4")) : try titan(&fields, model: model)
    var document = Asked.Document(json: json, model: model, faults: prompt.faults, takesFaults: true)
    if !prompt.faults.has(.noUsage) { document.fields = [("x-amzn-bedrock-input-token-count", String(tokens))] }
    return document
  }

  private static func vector(_ words: [String], _ size: Int?) -> JSONValue {
    .array(WordVector.of(words, size ?? WordVector.dimensions).map { .number("\($0)") })
  }

  // MARK: Amazon

  private static func titan(
    _ fields: inout FieldReader, model: String
  ) throws(Problem) -> (json: JSONValue, tokens: Int) {
    guard model.contains("titan-embed") else {
      throw Problem(reason: .simulated, status: 400, message: "This model doesn't support the model invocation.")
    }
    let text = try fields.requiredString("inputText")
    if text.isEmpty { throw .invalid("expected minLength: 1, actual: 0", at: fields.path.member("inputText")) }
    var size: Int?
    if model.contains("image") {
      if var config = try fields.object("embeddingConfig") {
        size = try oneOf([256, 384, 1024], "outputEmbeddingLength", &config)
        try config.end()
      }
    } else if !model.contains("text-v1") {
      size = try oneOf([256, 512, 1024], "dimensions", &fields)
      try fields.bool("normalize")
      for type in try fields.strings("embeddingTypes") ?? [] where type != "float" {
        throw .invalid("the simulator has float embeddings only", at: fields.path.member("embeddingTypes"))
      }
    }
    try fields.end()
    let words = Tokens.split(text)
    let vector = vector(words, size)
    let json: JSONValue = .object([
      ("embedding", vector), ("embeddingsByType", .object([("float", vector)])),
      ("inputTextTokenCount", .integer(words.count)),
    ])
    return (json, words.count)
  }

  private static func oneOf(
    _ sizes: [Int], _ name: String, _ fields: inout FieldReader
  ) throws(Problem) -> Int? {
    guard let size = try fields.integer(name) else { return nil }
    guard sizes.contains(size) else {
      throw .invalid("\(size) is not a valid enum value", at: fields.path.member(name))
    }
    return size
  }

  // MARK: Cohere

  private static func cohere(
    _ fields: inout FieldReader, isFourth: Bool
  ) throws(Problem) -> (json: JSONValue, tokens: Int) {
    let purposes: Set<String> = ["search_document", "search_query", "classification", "clustering"]
    guard try fields.word("input_type", purposes) != nil else { throw .missing(fields.path.member("input_type")) }
    guard let texts = try fields.strings("texts") else { throw .missing(fields.path.member("texts")) }
    if !(1...96).contains(texts.count) {
      throw .invalid("expected maxItems: 96, actual: \(texts.count)", at: fields.path.member("texts"))
    }
    let types = try fields.strings("embedding_types")
    for type in types ?? [] where type != "float" {
      throw .invalid("the simulator has float embeddings only", at: fields.path.member("embedding_types"))
    }
    try fields.word("truncate", isFourth ? ["NONE", "LEFT", "RIGHT"] : ["NONE", "START", "END"])
    var size: Int?
    if isFourth {
      size = try oneOf([256, 512, 1024, 1536], "output_dimension", &fields)
      try fields.integer("max_tokens", 1...128_000)
    }
    try fields.end()
    let words = texts.map(Tokens.split)
    let vectors = JSONValue.array(words.map { vector($0, size) })
    let json: JSONValue = .object([
      ("id", .string("00000000-0000-4000-8000-000000000000")),
      ("response_type", .string(types == nil ? "embeddings_floats" : "embeddings_by_type")),
      ("embeddings", types == nil ? vectors : .object([("float", vectors)])),
      ("texts", .array(texts.map(JSONValue.string))),
    ])
    return (json, words.reduce(0) { $0 + $1.count })
  }
}
