import Core

/// OpenAI's models as Azure serves them: OpenAI's chat format behind other addresses and another field for the key.
///
/// | `base_url` | address of a chat |
/// |---|---|
/// | `https://NAME.openai.azure.com/openai/v1` | `…/openai/v1/chat/completions`, the deployment as `model` in the body |
/// | `https://NAME.openai.azure.com` | `…/openai/deployments/MODEL/chat/completions?api-version=V` |
/// | `https://NAME.openai.azure.com/openai` | the same |
package struct AzureDialect: ProviderDialect {
  /// The version of the interface where the configuration names none and deployments are addressed: the last one that is
  /// no preview (Azure's page on the lifecycle of API versions, October 2026).
  package static let defaultVersion = "2024-10-21"

  private let chat = OpenAIChatDialect()
  /// What stands between the address and the deployment; nil where the address has the version in its path.
  private let prefix: String?
  private let version: String?

  /// The dialect of a provider at an address, without a slash at its end. `version` is the configured `api-version`, such
  /// as `2024-10-21` or `preview`.
  package init(baseURL: String, version: String? = nil) {
    if baseURL.hasSuffix("/v1") {
      prefix = nil
      self.version = version
    } else {
      prefix = baseURL.hasSuffix("/openai") ? "/deployments/" : "/openai/deployments/"
      self.version = version ?? AzureDialect.defaultVersion
    }
  }

  /// `openai`.
  package var format: WireFormat { .openAI }

  /// The operation's path, behind the deployment where deployments are addressed.
  package func path(_ operation: OpenAIOperation, model: String, isStream: Bool) -> String? {
    let path = (prefix.map { $0 + AzureDialect.escaped(model) } ?? "") + operation.path
    return version.map { path + "?api-version=" + AzureDialect.escaped($0) } ?? path
  }

  /// `api-key`.
  package func authorization(_ key: Secret) -> HeaderField? { HeaderField("api-key", key.reveal()) }

  /// For callers of another format.
  package var embeddings: (any EmbeddingDialect)? { OpenAIEmbeddings() }

  /// Documents must be bytes, as at OpenAI.
  package func needsBytes(of kind: MediaKind, at url: String) -> Bool { chat.needsBytes(of: kind, at: url) }

  /// A chat request; always possible.
  package func encode(
    _ conversation: Conversation, for target: ProviderTarget
  ) throws(GatewayError) -> EncodedRequest { try chat.encode(conversation, for: target) }

  /// Reads a whole answer.
  package func answer(
    _ body: UnsafeRawBufferPointer, _ context: AnswerContext
  ) throws(GatewayError) -> Answer { try chat.answer(body, context) }

  /// Reads chunks.
  package func streamDecoder(_ context: AnswerContext, eventBytes: Int) -> any StreamDecoder {
    chat.streamDecoder(context, eventBytes: eventBytes)
  }

  /// Reads an error; what the content filter has refused is moderation.
  package func error(
    status: Int, body: UnsafeRawBufferPointer, retryAfterSeconds: Int?, provider: String, secrets: [Secret]
  ) -> GatewayError {
    AzureErrorBody.error(
      status: status, body: body, retryAfterSeconds: retryAfterSeconds, provider: provider, secrets: secrets)
  }

  /// A segment of a path: letters, digits and what RFC 3986 calls unreserved stay.
  private static func escaped(_ text: String) -> String {
    let hexadecimal = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, 45, 46, 95, 126: bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
