import JSON

/// Answers embedding requests: every word has a fixed pseudo-random direction and a text is the normalised sum of its
/// words, so that equal texts are equal and similar ones close.
enum Embeddings {
  /// Length of a vector when the request names none.
  static let dimensions = 256

  /// The answer to a request. Throws `OpenAIError`.
  static func answer(_ body: JSONValue) throws(OpenAIError) -> (model: String, faults: FaultList, answer: JSONValue) {
    guard let name = body["model"]?.stringValue else {
      throw .invalid("You must provide a model parameter.", parameter: "model")
    }
    let (model, faults) = try ModelName.split(name)
    let size = try ChatRequest.integer(body, "dimensions", 1...8192) ?? dimensions
    let format = body["encoding_format"]?.stringValue ?? "float"
    guard format == "float" || format == "base64" else {
      throw .invalid("'encoding_format' must be 'float' or 'base64'.", parameter: "encoding_format")
    }
    let inputs = try inputs(body["input"])
    let data = inputs.enumerated().map { index, tokens -> JSONValue in
      let vector = vector(tokens, size)
      return .object([
        ("object", .string("embedding")), ("index", .integer(index)),
        ("embedding", format == "float" ? .array(vector.map { .number("\($0)") }) : .string(base64(vector))),
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

  /// The inputs as tokens: a text, several texts, one token array or several.
  private static func inputs(_ value: JSONValue?) throws(OpenAIError) -> [[String]] {
    if let text = value?.stringValue, !text.isEmpty { return [Tokens.split(text)] }
    guard let elements = value?.arrayValue, let first = elements.first else {
      throw .invalid("'input' must be a text, texts or token arrays, and not empty.", parameter: "input")
    }
    if first.numberText != nil { return [elements.map { $0.numberText ?? "" }] }
    return elements.map { element in
      element.stringValue.map(Tokens.split) ?? (element.arrayValue ?? []).map { $0.numberText ?? "" }
    }
  }

  private static func vector(_ tokens: [String], _ size: Int) -> [Float] {
    var sum = [Float](repeating: 0, count: size)
    for token in tokens.isEmpty ? [""] : tokens {
      var generator = SeededGenerator(text: token.lowercased().drop { $0 == " " })
      for index in 0..<size { sum[index] += Float.random(in: -1...1, using: &generator) }
    }
    let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 0 ? sum.map { $0 / length } : sum
  }

  /// Little-endian 32-bit floats in base64.
  private static func base64(_ vector: [Float]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    let bytes = vector.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 4 / 3 + 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
      for place in 0..<4 {
        text.append(place <= group.count ? alphabet[Int(bits >> (18 - 6 * UInt32(place)) & 63)] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
