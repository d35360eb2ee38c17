import Core
import JSON

/// How a rescued answer came about, for the final chunk and the record.
package struct RescueMark: Sendable {
  /// How an attempt's part of the answer was joined to what was there.
  package enum Joint: String, Sendable {
    /// The attempt began the answer.
    case begun
    /// The attempt went on from the delivered text.
    case prefill
    /// The attempt began anew, and what the caller had was skipped.
    case restart
  }

  /// One attempt that delivered something.
  package struct Part: Sendable {
    /// The provider's display name.
    let provider: String
    /// The catalogue id of the model.
    let model: String
    let joint: Joint
    /// Text that reached the caller. Unit: bytes as written.
    let deliveredBytes: Int
    /// Why it broke off; nil for the last one.
    let failure: ErrorKind?

    /// An attempt's part.
    package init(provider: String, model: String, joint: Joint, deliveredBytes: Int, failure: ErrorKind?) {
      self.provider = provider
      self.model = model
      self.joint = joint
      self.deliveredBytes = deliveredBytes
      self.failure = failure
    }
  }

  private let parts: [Part]

  /// A mark for the attempts in their order.
  package init(_ parts: [Part]) { self.parts = parts }

  /// The member of every rescued answer's usage chunk.
  package static let flag: (key: String, value: JSONValue) = ("rescued", .bool(true))

  /// The member `rescue` of `openrouter_metadata`.
  package var member: (key: String, value: JSONValue) {
    let attempts = parts.map { part in
      JSONValue.object([
        ("provider", .string(part.provider)), ("model", .string(part.model)), ("joint", .string(part.joint.rawValue)),
        ("delivered_bytes", .integer(part.deliveredBytes)),
        ("failure", part.failure.map { .string($0.rawValue) } ?? .null),
      ])
    }
    return ("rescue", .object([("attempts", .array(attempts))]))
  }
}
