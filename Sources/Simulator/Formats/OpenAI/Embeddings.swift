import JSON

/// Answers embedding requests in OpenAI's format.
enum Embeddings {
  /// The answer to a request. `isStrict`: as OpenAI's own servers read it, who refuse what they do not know, rather than as
  /// the many that are compatible; the fault `strict` says so, too. Throws `Problem`.
  static func answer(
    _ body: JSONValue, isStrict: Bool = false
  ) throws(Problem) -> (model: String, faults: FaultList, answer: JSONValue) {
    guard let name = body["model"]?.stringValue else {
      throw .invalid("You must provide a model parameter.", parameter: "model")
    }
    let (model, faults) = try ModelName.split(name)
    if isStrict || faults.has(.strict) { try check(body) }
    let size = try ChatRequest.integer(body, "dimensions", 1...8192) ?? WordVector.dimensions
    let format = body["encoding_format"]?.stringValue ?? "float"
    guard format == "float" || format == "base64" else {
      throw .invalid("'encoding_format' must be 'float' or 'base64'.", parameter: "encoding_format")
    }
    let inputs = try inputs(body["input"])
    let data = inputs.enumerated().map { index, tokens -> JSONValue in
      let vector = WordVector.of(tokens, size)
      return .object([
        ("object", .string("embedding")), ("index", .integer(index)),
        (
          "embedding",
          format == "float" ? .array(vector.map { .number("\($0)") }) : .string(Base64Text.encode(bytes(vector)))
        ),
      ])
    }
    let count = inputs.reduce(0) { $0 + $1.count }
    var members: [(key: String, value: JSONValue)] = [
      ("object", .string("list")), ("data", .array(data)), ("model", .string(model)),
    ]
    if !faults.has(.noUsage) {
      members.append(("usage", .object([("prompt_tokens", .integer(count)), ("total_tokens", .integer(count))])))
    }
    return (model, faults, .object(members))
  }

  /// Refuses what OpenAI's reference does not list (October 2026).
  private static func check(_ body: JSONValue) throws(Problem) {
    var fields = try FieldReader(body, at: .root)
    _ = try fields.string("user")
    fields.skip("model", "input", "dimensions", "encoding_format")
    try fields.end()
    let elements = body["input"]?.arrayValue ?? []
    let path = FieldPath.root.member("input")
    if elements.count > 2048, elements[0].numberText == nil {
      throw .invalid("array too long. Expected an array with maximum length 2048.", at: path)
    }
    let kinds = Set(
      elements.map { $0.stringValue != nil ? 0 : $0.numberText != nil ? 1 : $0.arrayValue != nil ? 2 : 3 })
    if kinds.count > 1 || kinds.contains(3) || elements.contains(where: { $0.stringValue?.isEmpty == true }) {
      throw .invalid("'$.input' is invalid. Please check the API reference.", at: path)
    }
  }

  /// The inputs as tokens: a text, several texts, one token array or several.
  private static func inputs(_ value: JSONValue?) throws(Problem) -> [[String]] {
    if let text = value?.stringValue, !text.isEmpty { return [Tokens.split(text)] }
    guard let elements = value?.arrayValue, let first = elements.first else {
      throw .invalid("'input' must be a text, texts or token arrays, and not empty.", parameter: "input")
    }
    if first.numberText != nil { return [elements.map { $0.numberText ?? "" }] }
    return elements.map { element in
      element.stringValue.map(Tokens.split) ?? (element.arrayValue ?? []).map { $0.numberText ?? "" }
    }
  }

  /// Little-endian 32-bit floats.
  private static func bytes(_ vector: [Float]) -> [UInt8] {
    vector.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
  }
}
