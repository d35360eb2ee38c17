import Core
import JSON

/// Embeddings of Ollama: `/embed`.
struct OllamaEmbeddings: EmbeddingDialect {
  /// `/embed`.
  func path(model: String) -> String { "/embed" }

  /// Writes a request. Throws a 400 for tokens.
  func encode(_ request: EmbeddingRequest, for target: ProviderTarget) throws(GatewayError) -> EncodedRequest {
    var dropped = DroppedFields()
    var writer = ObjectWriter([
      ("model", .string(target.model)), ("input", .array(try request.texts().map { .string($0) })),
    ])
    writer.add("dimensions", dropped.dimensions(of: request, for: target))
    switch request.truncation {
    case .refuse: writer.add("truncate", false)
    case .end: writer.add("truncate", true)
    case .start: dropped.note(.truncation)
    case nil: break
    }
    dropped.note(.inputType, where: request.purpose)
    dropped.note(.user, where: request.user)
    if request.hasTitles { dropped.note(.title) }
    dropped.note(request, keeping: ["keep_alive", "options"], in: &writer)
    return EncodedRequest(writer, request, dropped)
  }

  /// Reads an answer.
  func answer(_ body: UnsafeRawBufferPointer, _ context: AnswerContext) throws(GatewayError) -> EmbeddingAnswer {
    var failure: String?
    let answer = try EmbeddingAnswer.read(body) { (key, scanner, answer) throws(JSONProblem) in
      if key.isNamed("embeddings") {
        answer.vectors = try scanner.vectors()
      } else if key.isNamed("prompt_eval_count") {
        answer.count(try JSONValue(&scanner).integerValue)
      } else if key.isNamed("error") {
        failure = try JSONValue(&scanner).stringValue
      } else {
        try scanner.value()
      }
    }
    if let failure { throw OpenAIErrorBody.streamError(.string(failure)) }
    return answer
  }
}
