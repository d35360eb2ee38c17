import Core
import Translation
import Upstream

/// A request as one attempt sends it.
struct OutgoingRequest {
  /// How a request and its answer cross from the caller's format to the provider's.
  enum Way {
    /// Both speak OpenAI's: the caller's bytes with the gateway's edits.
    case own
    /// Both speak another format, which goes through.
    case passThrough(any PassThrough)
    /// The conversation is written anew.
    case translated(any ProviderDialect)

    /// The dialect whose answers must be made into OpenAI's chunks; nil when they need not be.
    var decoding: (any ProviderDialect)? {
      if case .translated(let dialect) = self, dialect.format != .openAI { dialect } else { nil }
    }
  }

  /// The body.
  let body: ByteBuffer
  /// Header fields that this request needs besides its route's.
  var fields: [UpstreamRoute.Header] = []
  /// The fields that had no equivalent, as the caller calls them; nil when there are none.
  var dropped: String?
  /// See `EncodedRequest.answerTool`.
  var answerTool: String?
  /// See `EncodedRequest.embedding`.
  var embedding: EmbeddingForm?
  /// Whether the caller wants no reasoning.
  var hidesReasoning = false

  /// A request of nothing but a body.
  init(_ body: ByteBuffer) { self.body = body }
}
