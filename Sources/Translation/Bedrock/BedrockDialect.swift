import Core
import Credentials

/// AWS Bedrock's Converse and ConverseStream, the one format that all of its chat models share.
package struct BedrockDialect: ProviderDialect {
  /// The dialect.
  package init() {}

  /// Another host lists them.
  package var listPath: String? { nil }

  /// `bedrock`.
  package var format: WireFormat { .bedrock }

  /// `/model/MODEL/converse` or `/model/MODEL/converse-stream` for chats, `/model/MODEL/invoke` for embeddings. The model's
  /// name is encoded as it must be sent and signed.
  package func path(_ operation: OpenAIOperation, model: String, isStream: Bool) -> String? {
    switch operation {
    case .chat: BedrockPath.path(model: model, isStream ? .converseStream : .converse)
    case .embedding: BedrockEmbeddings().path(model: model)
    case .completion: nil
    }
  }

  /// In the format of each model's maker.
  package var embeddings: (any EmbeddingDialect)? { BedrockEmbeddings() }

  /// Bytes, or places in S3, which Bedrock reads itself.
  package func needsBytes(of kind: MediaKind, at url: String) -> Bool { !BedrockMedia.isStored(url) }

  /// Writes a request; always possible.
  package func encode(
    _ conversation: Conversation, for target: ProviderTarget
  ) throws(GatewayError) -> EncodedRequest {
    BedrockRequestWriter.encode(conversation, for: target)
  }

  /// Reads a whole answer.
  package func answer(
    _ body: UnsafeRawBufferPointer, _ context: AnswerContext
  ) throws(GatewayError) -> Answer { try BedrockAnswerReader.answer(body, context) }

  /// Reads the messages of a binary event stream.
  package func streamDecoder(_ context: AnswerContext, eventBytes: Int) -> any StreamDecoder {
    BedrockStreamDecoder(context, eventBytes: eventBytes)
  }

  /// Reads an exception that the body names, if anything does.
  package func error(
    status: Int, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String, secrets: [Secret]
  ) -> GatewayError {
    error(
      status: status, type: nil, body: body, retryAfterSeconds: retryAfterSeconds, provider: provider, secrets: secrets)
  }

  /// Reads an exception; `type` is its name in the head.
  package func error(
    status: Int, type: String?, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String,
    secrets: [Secret]
  ) -> GatewayError {
    BedrockErrorBody.error(
      status: status, type: type, body: body, retryAfterSeconds: retryAfterSeconds, provider: provider,
      secrets: secrets)
  }
}
