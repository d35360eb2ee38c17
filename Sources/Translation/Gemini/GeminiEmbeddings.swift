import Core
import JSON

/// Embeddings of the Gemini API: `:batchEmbedContents`, whatever their number.
struct GeminiEmbeddings: EmbeddingDialect {
  /// `/models/MODEL:batchEmbedContents`.
  func path(model: String) -> String { GeminiPath.path(model: model, "batchEmbedContents") }

  /// Writes a request. Throws a 400 for tokens.
  func encode(_ request: EmbeddingRequest, for target: ProviderTarget) throws(GatewayError) -> EncodedRequest {
    let texts = try request.texts()
    var dropped = DroppedFields()
    let settings = GeminiEmbeddingSettings(request, for: target, &dropped)
    let requests = zip(texts, request.inputs).map { text, input -> JSONValue in
      var writer = ObjectWriter([
        ("model", .string(GeminiPath.resource(target.model))), ("content", GeminiEmbeddingSettings.content(text)),
      ])
      writer.add("taskType", settings.taskType)
      if settings.takesTasks { writer.add("title", input.title) }
      writer.add("outputDimensionality", settings.dimensions)
      return writer.value
    }
    dropped.note(.truncation, where: request.truncation)
    var writer = ObjectWriter([("requests", .array(requests))])
    dropped.note(request, in: &writer)
    return EncodedRequest(writer, request, dropped)
  }

  /// Reads an answer.
  func answer(_ body: UnsafeRawBufferPointer, _ context: AnswerContext) throws(GatewayError) -> EmbeddingAnswer {
    try GeminiEmbeddingAnswer.read(body)
  }
}

/// Embeddings of Vertex AI: `:predict`, or `:embedContent`, which embeds one text, for the models that have nothing else.
struct VertexEmbeddings: EmbeddingDialect {
  /// Whether a model is asked by `:embedContent`: Gemini's from the second on and those of others that Google hosts, by the
  /// rule of Google's own client library (google-genai 2.34).
  private static func isSingle(_ model: String) -> Bool {
    model.contains("gemini") && !model.hasSuffix("gemini-embedding-001") || model.contains("maas")
  }

  /// `/models/MODEL:predict` or `/models/MODEL:embedContent`.
  func path(model: String) -> String {
    GeminiPath.path(model: model, VertexEmbeddings.isSingle(model) ? "embedContent" : "predict")
  }

  /// Writes a request. Throws a 400 for tokens, and for several texts where the model takes one.
  func encode(_ request: EmbeddingRequest, for target: ProviderTarget) throws(GatewayError) -> EncodedRequest {
    var dropped = DroppedFields()
    let settings = GeminiEmbeddingSettings(request, for: target, &dropped)
    var parameters = ObjectWriter()
    parameters.add("outputDimensionality", settings.dimensions)
    switch request.truncation {
    case .refuse: parameters.add("autoTruncate", false)
    case .end: parameters.add("autoTruncate", true)
    case .start: dropped.note(.truncation)
    case nil: break
    }
    var writer =
      VertexEmbeddings.isSingle(target.model)
      ? try VertexEmbeddings.single(request, settings, parameters)
      : try VertexEmbeddings.prediction(request, settings, parameters)
    dropped.note(request, in: &writer)
    return EncodedRequest(writer, request, dropped)
  }

  private static func prediction(
    _ request: EmbeddingRequest, _ settings: GeminiEmbeddingSettings, _ parameters: ObjectWriter
  ) throws(GatewayError) -> ObjectWriter {
    let instances = zip(try request.texts(), request.inputs).map { text, input -> JSONValue in
      var writer = ObjectWriter([("content", .string(text))])
      writer.add("task_type", settings.taskType)
      writer.add("title", input.title)
      return writer.value
    }
    var writer = ObjectWriter([("instances", .array(instances))])
    if !parameters.isEmpty { writer.add("parameters", parameters.value) }
    return writer
  }

  private static func single(
    _ request: EmbeddingRequest, _ settings: GeminiEmbeddingSettings, _ parameters: ObjectWriter
  ) throws(GatewayError) -> ObjectWriter {
    var writer = ObjectWriter([("content", GeminiEmbeddingSettings.content(try request.singleText()))])
    var config = parameters
    config.add("taskType", settings.taskType)
    if settings.takesTasks { config.add("title", request.inputs[0].title) }
    if !config.isEmpty { writer.add("embedContentConfig", config.value) }
    return writer
  }

  /// Reads an answer.
  func answer(_ body: UnsafeRawBufferPointer, _ context: AnswerContext) throws(GatewayError) -> EmbeddingAnswer {
    try GeminiEmbeddingAnswer.read(body)
  }
}

/// What a request says about its vectors, in Google's words.
struct GeminiEmbeddingSettings {
  /// What they are for.
  let taskType: String?
  /// How long they are.
  let dimensions: Int64?
  /// Whether the model can be told what a vector is for, and the title of what it stands for. From the second on Gemini's
  /// read that in the text (Google's page on embeddings, October 2026), which is never changed here.
  let takesTasks: Bool

  /// Reads a request, and notes what this model does not take.
  init(_ request: EmbeddingRequest, for target: ProviderTarget, _ dropped: inout DroppedFields) {
    takesTasks = GeminiEmbeddingSettings.takesTasks(target.model)
    taskType = takesTasks ? request.purpose?.googleWord : nil
    if taskType == nil { dropped.note(.inputType, where: request.purpose) }
    if !takesTasks, request.hasTitles { dropped.note(.title) }
    dimensions = dropped.dimensions(of: request, for: target)
    dropped.note(.user, where: request.user)
  }

  private static func takesTasks(_ model: String) -> Bool {
    guard let start = model.lowercased().firstRange(of: "gemini-embedding-")?.upperBound else { return true }
    let version = model[start...].prefix { $0.isNumber }
    return version.isEmpty || version == "001"
  }

  /// A text as a content.
  static func content(_ text: String) -> JSONValue {
    .object([("parts", .array([.object([("text", .string(text))])]))])
  }
}

/// Reads embeddings in Google's forms.
enum GeminiEmbeddingAnswer {
  /// The vectors of `:embedContent`, `:batchEmbedContents` or `:predict`. Throws a 502 when there are none, and the error
  /// that the body holds.
  static func read(_ body: UnsafeRawBufferPointer) throws(GatewayError) -> EmbeddingAnswer {
    var failure: JSONValue?
    let answer = try EmbeddingAnswer.read(body) { (key, scanner, answer) throws(JSONProblem) in
      if key.isNamed("embeddings") {
        answer.vectors = try scanner.vectors(behind: "values")
      } else if key.isNamed("embedding") {
        if let vector = try scanner.vector(behind: "values") { answer.vectors = [vector] }
      } else if key.isNamed("predictions") {
        try scanner.array { (_, scanner) throws(JSONProblem) in try prediction(&scanner, &answer) }
      } else if key.isNamed("usageMetadata") {
        answer.count(try JSONValue(&scanner)["promptTokenCount"]?.integerValue)
      } else if key.isNamed("error") {
        failure = try JSONValue(&scanner)
      } else {
        try scanner.value()
      }
    }
    if let failure, failure.objectValue != nil { throw GeminiErrorBody.streamError(failure) }
    return answer
  }

  /// `{"embeddings":{"values":[…],"statistics":{"token_count":…}}}`.
  private static func prediction(
    _ scanner: inout JSONScanner, _ answer: inout EmbeddingAnswer
  ) throws(JSONProblem) {
    var inner = answer
    try scanner.object { (key, scanner) throws(JSONProblem) in
      guard key.isNamed("embeddings") else {
        try scanner.value()
        return
      }
      try scanner.object { (key, scanner) throws(JSONProblem) in
        if key.isNamed("values") {
          inner.vectors.append(try scanner.vector())
        } else if key.isNamed("statistics") {
          inner.count(try JSONValue(&scanner)["token_count"]?.integerValue)
        } else {
          try scanner.value()
        }
      }
    }
    answer = inner
  }
}
