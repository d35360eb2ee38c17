import Core
import JSON

/// Reads requests for embeddings in OpenAI's format, with OpenRouter's `input_type`, and answers in it.
package enum OpenAIEmbeddingReader {
  /// The request that a body means. Throws a 400 that names the field.
  package static func request(_ body: UnsafeRawBufferPointer) throws(GatewayError) -> EmbeddingRequest {
    var request = EmbeddingRequest(.openAI, model: "")
    for (key, value) in try JSONValue.request(body) where !value.isNull { try read(key, value, into: &request) }
    if request.inputs.isEmpty { throw .field("input", "The field 'input' is missing or empty.") }
    return request
  }

  private static func read(
    _ key: String, _ value: JSONValue, into request: inout EmbeddingRequest
  ) throws(GatewayError) {
    switch key {
    case "model": request.model = try value.text(key) ?? ""
    case "input": (request.inputs, request.isSingle) = try inputs(value)
    case "dimensions": request.dimensions = try value.integer(key)
    case "encoding_format":
      guard let encoding = try EmbeddingEncoding(rawValue: value.requiredText(key)) else {
        throw .field(key, "'encoding_format' must be \"float\" or \"base64\".")
      }
      request.encoding = encoding
    case "input_type": request.purpose = EmbeddingPurpose(try value.requiredText(key))
    case "truncate": request.truncation = try truncation(value)
    case "user": request.user = try value.text(key)
    case _ where OpenAIRequest.ownMembers.contains(key): request.routing.append(Member(key, value))
    default: request.extras.append(Member(key, value))
    }
  }

  /// Cohere's words and Ollama's switch.
  private static func truncation(_ value: JSONValue) throws(GatewayError) -> EmbeddingTruncation {
    if let flag = value.boolValue { return flag ? .end : .refuse }
    switch value.stringValue {
    case "NONE": return .refuse
    case "START": return .start
    case "END": return .end
    default: throw .field("truncate", "'truncate' must be \"NONE\", \"START\", \"END\", true or false.")
    }
  }

  // MARK: Inputs

  private static func inputs(_ value: JSONValue) throws(GatewayError) -> ([EmbeddingInput], isSingle: Bool) {
    if let text = value.stringValue { return ([EmbeddingInput(.text(text))], true) }
    let elements = try value.elements("input")
    if elements.first?.numberText != nil { return ([EmbeddingInput(.tokens(try tokens(value, "input")))], true) }
    var inputs: [EmbeddingInput] = []
    inputs.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() { inputs.append(try input(element, "input[\(index)]")) }
    return (inputs, false)
  }

  private static func input(_ value: JSONValue, _ field: String) throws(GatewayError) -> EmbeddingInput {
    switch value {
    case .string(let text): return EmbeddingInput(.text(text))
    case .array: return EmbeddingInput(.tokens(try tokens(value, field)))
    case .object: return EmbeddingInput(.text(try text(value, field)))
    default: throw .field(field, "'\(field)' must be a text or an array of tokens, not \(value.kind.words).")
    }
  }

  private static func tokens(_ value: JSONValue, _ field: String) throws(GatewayError) -> [Int64] {
    var tokens: [Int64] = []
    for element in try value.elements(field) {
      guard let token = element.integerValue, token >= 0 else {
        throw .field(field, "'\(field)' must hold the numbers of tokens and nothing else.")
      }
      tokens.append(token)
    }
    return tokens
  }

  /// The text of OpenRouter's form with parts; its pictures can only go to providers of this format.
  private static func text(_ value: JSONValue, _ field: String) throws(GatewayError) -> String {
    guard let parts = value["content"] else { throw .field("\(field).content", "'\(field).content' is missing.") }
    if let text = parts.stringValue { return text }
    var texts: [String] = []
    for (index, part) in try parts.elements("\(field).content").enumerated() {
      guard let text = part["text"]?.stringValue else {
        let place = "\(field).content[\(index)]"
        throw .field(place, "'\(place)' is no text, and this model's provider embeds texts only.")
      }
      texts.append(text)
    }
    return texts.joined(separator: "\n")
  }

  // MARK: Answers

  /// The vectors of an answer in the order of the inputs. Throws a 502 when there are none.
  static func answer(_ body: UnsafeRawBufferPointer) throws(GatewayError) -> EmbeddingAnswer {
    var rows: [(index: Int64, vector: EmbeddingAnswer.Vector)] = []
    var isComplete = true
    var answer = try EmbeddingAnswer.read(body) { (key, scanner, answer) throws(JSONProblem) in
      if key.isNamed("data") {
        try scanner.array { (position, scanner) throws(JSONProblem) in
          guard let row = try row(&scanner, position) else { return isComplete = false }
          rows.append(row)
        }
      } else if key.isNamed("usage") {
        answer.count(try JSONValue(&scanner)["prompt_tokens"]?.integerValue)
      } else {
        try scanner.value()
      }
    }
    guard isComplete, !rows.isEmpty else {
      throw GatewayError(.providerFailed, "The provider sent an answer without embeddings", origin: .upstream)
    }
    rows.sort { $0.index < $1.index }
    answer.vectors = rows.map(\.vector)
    return answer
  }

  private static func row(
    _ scanner: inout JSONScanner, _ position: Int
  ) throws(JSONProblem) -> (index: Int64, vector: EmbeddingAnswer.Vector)? {
    var index = Int64(position)
    var vector: EmbeddingAnswer.Vector?
    try scanner.object { (key, scanner) throws(JSONProblem) in
      if key.isNamed("embedding") {
        vector = try scanner.vector()
      } else {
        let span = try scanner.value()
        if key.isNamed("index") { index = span.smallInteger(in: scanner.text) ?? index }
      }
    }
    return vector.map { (index, $0) }
  }
}
