import Core
import JSON

/// Embeddings of Cohere, version 2: `/embed`.
struct CohereEmbeddings: EmbeddingDialect {
  /// `/embed`.
  func path(model: String) -> String { "/embed" }

  /// Writes a request. Throws a 400 for tokens.
  func encode(_ request: EmbeddingRequest, for target: ProviderTarget) throws(GatewayError) -> EncodedRequest {
    var dropped = DroppedFields()
    var writer = ObjectWriter([("model", .string(target.model))])
    for member in try CohereEmbeddings.body(request, for: target, &dropped).members {
      writer.add(member.key, member.value)
    }
    dropped.note(request, keeping: ["max_tokens", "priority"], in: &writer)
    return EncodedRequest(writer, request, dropped)
  }

  /// The members of a request, at Cohere and wherever else its models are served; `sides` are the words there for the start
  /// and the end of a text.
  static func body(
    _ request: EmbeddingRequest, for target: ProviderTarget, _ dropped: inout DroppedFields,
    sides: (start: String, end: String) = ("START", "END")
  ) throws(GatewayError) -> ObjectWriter {
    var writer = ObjectWriter([("texts", .array(try request.texts().map { .string($0) }))])
    let (word, isExact) = EmbeddingPurpose.cohereWord(request.purpose)
    writer.add("input_type", word)
    if !isExact { dropped.note(.inputType) }
    writer.add("embedding_types", .array([.string("float")]))
    let isOld = ["-v3", "-v2"].contains { target.model.contains($0) }
    writer.add("output_dimension", dropped.dimensions(of: request, for: target, hasChoice: !isOld))
    dropped.note(.user, where: request.user)
    if request.hasTitles { dropped.note(.title) }
    switch request.truncation {
    case .refuse: writer.add("truncate", "NONE")
    case .start: writer.add("truncate", sides.start)
    case .end: writer.add("truncate", sides.end)
    case nil: break
    }
    return writer
  }

  /// Reads an answer.
  func answer(_ body: UnsafeRawBufferPointer, _ context: AnswerContext) throws(GatewayError) -> EmbeddingAnswer {
    try CohereEmbeddings.read(body)
  }

  /// The vectors by type, as they come where types are asked for, or by themselves, as older models send them.
  static func read(_ body: UnsafeRawBufferPointer) throws(GatewayError) -> EmbeddingAnswer {
    try EmbeddingAnswer.read(body) { (key, scanner, answer) throws(JSONProblem) in
      if key.isNamed("embeddings") {
        answer.vectors = try vectors(&scanner)
      } else if key.isNamed("meta") {
        answer.usage = CohereUsage.read(try JSONValue(&scanner))
      } else if key.isNamed("id") {
        answer.id = try JSONValue(&scanner).stringValue
      } else {
        try scanner.value()
      }
    }
  }

  private static func vectors(_ scanner: inout JSONScanner) throws(JSONProblem) -> [EmbeddingAnswer.Vector] {
    guard try scanner.peek() == .object else { return try scanner.vectors() }
    var vectors: [EmbeddingAnswer.Vector] = []
    try scanner.object { (key, scanner) throws(JSONProblem) in
      if key.isNamed("float") { vectors = try scanner.vectors() } else { try scanner.value() }
    }
    return vectors
  }
}
