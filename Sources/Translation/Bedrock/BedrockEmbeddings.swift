import Core
import Credentials
import JSON

/// Embeddings of AWS Bedrock: `InvokeModel`, whose body is the one of the model's maker. Amazon's Titan embeds one text,
/// Cohere's models several.
struct BedrockEmbeddings: EmbeddingDialect {
  /// Whose body a model reads.
  private enum Maker {
    case titanText, titanTextFirst, titanImage, cohere

    /// Told by the name; nil for a model that makes no embeddings, or none that are known here.
    init?(_ model: String) {
      let name = model.lowercased()
      if name.contains("cohere.embed") {
        self = .cohere
      } else if name.contains("titan-embed-image") {
        self = .titanImage
      } else if name.contains("titan-embed-text-v1") || name.contains("titan-embed-g1") {
        self = .titanTextFirst
      } else if name.contains("titan-embed") {
        self = .titanText
      } else {
        return nil
      }
    }
  }

  /// `/model/MODEL/invoke`.
  func path(model: String) -> String { BedrockPath.path(model: model, .invoke) }

  /// Writes a request. Throws a 400 for tokens, for several texts where the model takes one, and for a model whose format
  /// its name does not tell.
  func encode(_ request: EmbeddingRequest, for target: ProviderTarget) throws(GatewayError) -> EncodedRequest {
    var dropped = DroppedFields()
    var writer: ObjectWriter
    switch Maker(target.model) {
    case .cohere:
      // AWS's page on the fourth version has other words than the one on the third, and Cohere's own.
      let isNew = target.model.contains("embed-v4")
      writer = try CohereEmbeddings.body(
        request, for: target, &dropped, sides: isNew ? ("LEFT", "RIGHT") : ("START", "END"))
      dropped.note(request, keeping: ["max_tokens"], in: &writer)
    case let maker?: writer = try BedrockEmbeddings.titan(maker, request, for: target, &dropped)
    case nil:
      throw .field(
        "model", "Embeddings of '\(target.model)' are not known on Bedrock; those of Amazon Titan and Cohere are.")
    }
    return EncodedRequest(writer, request, dropped)
  }

  private static func titan(
    _ maker: Maker, _ request: EmbeddingRequest, for target: ProviderTarget, _ dropped: inout DroppedFields
  ) throws(GatewayError) -> ObjectWriter {
    var writer = ObjectWriter([("inputText", .string(try request.singleText()))])
    let dimensions = dropped.dimensions(of: request, for: target, hasChoice: maker != .titanTextFirst)
    if maker == .titanImage, let dimensions {
      writer.add("embeddingConfig", .object([("outputEmbeddingLength", .integer(dimensions))]))
    } else {
      writer.add("dimensions", dimensions)
    }
    dropped.note(.inputType, where: request.purpose)
    dropped.note(.truncation, where: request.truncation)
    dropped.note(.user, where: request.user)
    if request.hasTitles { dropped.note(.title) }
    dropped.note(request, keeping: maker == .titanText ? ["normalize"] : [], in: &writer)
    return writer
  }

  /// Reads an answer.
  func answer(_ body: UnsafeRawBufferPointer, _ context: AnswerContext) throws(GatewayError) -> EmbeddingAnswer {
    if case .cohere? = context.model.flatMap({ Maker($0) }) { return try CohereEmbeddings.read(body) }
    return try EmbeddingAnswer.read(body) { (key, scanner, answer) throws(JSONProblem) in
      if key.isNamed("embedding") {
        answer.vectors = [try scanner.vector()]
      } else if key.isNamed("inputTextTokenCount") {
        answer.count(try JSONValue(&scanner).integerValue)
      } else {
        try scanner.value()
      }
    }
  }
}
