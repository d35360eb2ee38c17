import Core
import JSON

/// Who gives an answer, as it is written into it: made once per endpoint and snapshot.
package final class AnswerSource: Sendable {
  let modelJSON: [UInt8]
  let providerJSON: [UInt8]
  let providerMember: [UInt8]

  /// The catalogue id of the model and the provider's display name, encoded as JSON.
  package init(model: String, provider: String) {
    modelJSON = AnswerIdentity.quoted(model)
    providerJSON = AnswerIdentity.quoted(provider)
    providerMember = Array(#","provider":"#.utf8) + providerJSON
  }
}

/// What the gateway writes into every answer: whose it is and who gave it.
package struct AnswerIdentity: Sendable {
  let idJSON: [UInt8]
  let source: AnswerSource

  var modelJSON: [UInt8] { source.modelJSON }
  var providerJSON: [UInt8] { source.providerJSON }
  var providerMember: [UInt8] { source.providerMember }

  /// An identity: the generation id and who gives the answer.
  package init(id: String, source: AnswerSource) {
    var id = id
    idJSON = id.withUTF8 { text in
      [UInt8](unsafeUninitializedCapacity: text.count + 2) { quoted, count in
        count = text.count + 2
        let bytes = UnsafeMutableRawBufferPointer(quoted)
        bytes[0] = UInt8(ascii: "\"")
        bytes[count - 1] = UInt8(ascii: "\"")
        UnsafeMutableRawBufferPointer(rebasing: bytes[1..<(count - 1)]).copyMemory(from: UnsafeRawBufferPointer(text))
      }
    }
    self.source = source
  }

  fileprivate static func quoted(_ text: String) -> [UInt8] {
    let buffer = ByteBuffer()
    buffer.append(jsonString: text)
    return buffer.copyBytes()
  }
}
