import JSON

/// Probabilities of tokens: `logprobsResult` in Google's format, `logprobs` in OpenAI's.
enum GeminiLogprobs {
  /// OpenAI's form; nil when there are none.
  static func openAI(_ result: JSONValue) -> JSONValue? {
    guard let chosen = result["chosenCandidates"]?.arrayValue else { return nil }
    let alternatives = result["topCandidates"]?.arrayValue ?? []
    let content = chosen.enumerated().map { index, candidate -> JSONValue in
      let top = alternatives.indices.contains(index) ? alternatives[index]["candidates"]?.arrayValue ?? [] : []
      return .object(token(candidate) + [("top_logprobs", .array(top.map { .object(token($0)) }))])
    }
    return .object([("content", .array(content)), ("refusal", .null)])
  }

  private static func token(_ candidate: JSONValue) -> [(key: String, value: JSONValue)] {
    let text = candidate["token"]?.stringValue ?? ""
    return [
      ("token", .string(text)), ("logprob", .number(candidate["logProbability"]?.numberText ?? "0")),
      ("bytes", .array(text.utf8.map { .integer($0) })),
    ]
  }

  /// Google's form; nil when there are none.
  static func result(_ logprobs: JSONValue) -> JSONValue? {
    guard let content = logprobs["content"]?.arrayValue, !content.isEmpty else { return nil }
    let top = content.map { token -> JSONValue in
      .object([("candidates", .array((token["top_logprobs"]?.arrayValue ?? []).map(candidate)))])
    }
    return .object([("topCandidates", .array(top)), ("chosenCandidates", .array(content.map(candidate)))])
  }

  private static func candidate(_ token: JSONValue) -> JSONValue {
    .object([
      ("token", .string(token["token"]?.stringValue ?? "")),
      ("logProbability", .number(token["logprob"]?.numberText ?? "0")),
    ])
  }
}
