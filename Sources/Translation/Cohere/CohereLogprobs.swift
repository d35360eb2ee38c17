import JSON

/// Probabilities of tokens in Cohere's format: `{"text":…,"token_ids":[…],"logprobs":[…]}`, a piece of text and the
/// probabilities of its tokens.
enum CohereLogprobs {
  /// The same in OpenAI's form, the probabilities of a piece taken together; nil when there is nothing.
  static func read(_ items: [JSONValue]) -> JSONValue? {
    let entries = items.compactMap(entry)
    return entries.isEmpty ? nil : .object([("content", .array(entries)), ("refusal", .null)])
  }

  private static func entry(_ item: JSONValue) -> JSONValue? {
    guard let numbers = item["logprobs"]?.arrayValue, !numbers.isEmpty else { return nil }
    let text = item["text"]?.stringValue ?? ""
    let logprob = numbers.count == 1 ? numbers[0] : sum(numbers)
    return .object([
      ("token", .string(text)), ("logprob", logprob.numberText == nil ? .integer(0) : logprob),
      ("bytes", .array(text.utf8.map { .integer($0) })), ("top_logprobs", .array([])),
    ])
  }

  private static func sum(_ numbers: [JSONValue]) -> JSONValue {
    let sum = numbers.reduce(0.0) { $0 + ($1.doubleValue ?? 0) }
    return .number(sum.isFinite ? "\(sum)" : "-9999")
  }
}
