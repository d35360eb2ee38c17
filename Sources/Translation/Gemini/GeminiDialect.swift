import Core

/// Providers of Google's generateContent format: the Gemini API. The version segment belongs to `base_url`.
package struct GeminiDialect: ProviderDialect {
  /// The dialect.
  package init() {}

  /// `gemini`.
  package var format: WireFormat { .gemini }

  /// `/models/MODEL:generateContent` for chats, `:batchEmbedContents` for embeddings.
  package func path(_ operation: OpenAIOperation, model: String, isStream: Bool) -> String? {
    switch operation {
    case .chat: GeminiPath.chat(model: model, isStream: isStream)
    case .embedding: GeminiEmbeddings().path(model: model)
    case .completion: nil
    }
  }

  /// `:batchEmbedContents`.
  package var embeddings: (any EmbeddingDialect)? { GeminiEmbeddings() }

  /// `x-goog-api-key`.
  package func authorization(_ key: Secret) -> HeaderField? { HeaderField("x-goog-api-key", key.reveal()) }

  /// Everything that Google does not hold itself must come as bytes.
  package func needsBytes(of kind: MediaKind, at url: String) -> Bool { !GeminiMedia.isGooglesOwn(url) }

  /// Writes a request; always possible.
  package func encode(
    _ conversation: Conversation, for target: ProviderTarget
  ) throws(GatewayError) -> EncodedRequest { GeminiRequestWriter.encode(conversation, for: target) }

  /// Reads a whole answer.
  package func answer(
    _ body: UnsafeRawBufferPointer, _ context: AnswerContext
  ) throws(GatewayError) -> Answer { try GeminiAnswerReader.answer(body, context) }

  /// Reads events.
  package func streamDecoder(_ context: AnswerContext, eventBytes: Int) -> any StreamDecoder {
    SSEStreamDecoder(GeminiEventDecoder(context), eventBytes: eventBytes)
  }

  /// Reads an error.
  package func error(
    status: Int, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String, secrets: [Secret]
  ) -> GatewayError {
    GeminiErrorBody.error(
      status: status, body: body, retryAfterSeconds: retryAfterSeconds, provider: provider, secrets: secrets)
  }
}

/// Gemini models on Vertex AI: the same format behind an address that names project, location and publisher, with an
/// access token, which is obtained elsewhere, as the key.
package struct VertexDialect: ProviderDialect {
  private let gemini = GeminiDialect()

  /// The dialect.
  package init() {}

  /// `gemini`.
  package var format: WireFormat { .gemini }

  /// `/models/MODEL:generateContent` for chats, `:predict` or `:embedContent` for embeddings.
  package func path(_ operation: OpenAIOperation, model: String, isStream: Bool) -> String? {
    operation == .embedding
      ? VertexEmbeddings().path(model: model) : gemini.path(operation, model: model, isStream: isStream)
  }

  /// `:predict`, or `:embedContent` for newer models.
  package var embeddings: (any EmbeddingDialect)? { VertexEmbeddings() }

  /// Everything that Google does not hold itself must come as bytes.
  package func needsBytes(of kind: MediaKind, at url: String) -> Bool { gemini.needsBytes(of: kind, at: url) }

  /// Writes a request; always possible.
  package func encode(
    _ conversation: Conversation, for target: ProviderTarget
  ) throws(GatewayError) -> EncodedRequest { try gemini.encode(conversation, for: target) }

  /// Reads a whole answer.
  package func answer(
    _ body: UnsafeRawBufferPointer, _ context: AnswerContext
  ) throws(GatewayError) -> Answer { try gemini.answer(body, context) }

  /// Reads events.
  package func streamDecoder(_ context: AnswerContext, eventBytes: Int) -> any StreamDecoder {
    gemini.streamDecoder(context, eventBytes: eventBytes)
  }

  /// Reads an error.
  package func error(
    status: Int, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String, secrets: [Secret]
  ) -> GatewayError {
    gemini.error(
      status: status, body: body, retryAfterSeconds: retryAfterSeconds, provider: provider, secrets: secrets)
  }
}

/// The paths of Google's interface, behind the version segment.
enum GeminiPath {
  /// The path of a chat.
  static func chat(model: String, isStream: Bool) -> String {
    path(model: model, isStream ? "streamGenerateContent?alt=sse" : "generateContent")
  }

  /// The path of a method.
  static func path(model: String, _ method: String) -> String { "/" + encoded(resource(model)) + ":" + method }

  /// `models/MODEL`; a name that is a resource already, such as `tunedModels/x`, stays.
  static func resource(_ model: String) -> String {
    let isResource = ["models/", "tunedModels/", "endpoints/"].contains { model.hasPrefix($0) }
    return (isResource ? "" : "models/") + model
  }

  /// The name with everything escaped that may not stand in a path.
  private static func encoded(_ name: String) -> String {
    var text: [UInt8] = []
    for byte in name.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"),
        UInt8(ascii: "/"), UInt8(ascii: "@"):
        text.append(byte)
      default:
        let digits = Array("0123456789ABCDEF".utf8)
        text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
