import Core
import JSON

/// What the gateway writes into every answer: whose it is and who gave it. Rendered once per request.
package struct AnswerIdentity: Sendable {
  /// The generation id.
  package let id: String
  /// The catalogue id of the model that answered.
  package let model: String
  /// The provider's display name.
  package let provider: String

  let idJSON: [UInt8]
  let modelJSON: [UInt8]
  let providerJSON: [UInt8]
  let providerMember: [UInt8]

  /// An identity; the texts are encoded as JSON once.
  package init(id: String, model: String, provider: String) {
    self.id = id
    self.model = model
    self.provider = provider
    idJSON = AnswerIdentity.quoted(id)
    modelJSON = AnswerIdentity.quoted(model)
    providerJSON = AnswerIdentity.quoted(provider)
    providerMember = Array(#","provider":"#.utf8) + providerJSON
  }

  private static func quoted(_ text: String) -> [UInt8] {
    let buffer = ByteBuffer()
    buffer.append(jsonString: text)
    return buffer.copyBytes()
  }
}
