import Core

/// A request for embeddings, in no dialect: what every caller's wire format is read into and every provider's is written
/// from. Nil and empty mean that the caller did not say.
package struct EmbeddingRequest: Sendable, Equatable {
  /// The wire format it was read from; the one that its `extras` belong to.
  package var format: WireFormat
  /// What the caller asks for; the provider's own name for it is chosen by the plan.
  package var model: String
  /// What is to be embedded, each by itself.
  package var inputs: [EmbeddingInput]
  /// Whether the caller has sent one input by itself, and no list of them.
  package var isSingle: Bool
  /// How long the vectors are to be.
  package var dimensions: Int64?
  /// How vectors are written.
  package var encoding: EmbeddingEncoding?
  /// What they are for.
  package var purpose: EmbeddingPurpose?
  /// What happens to an input that is too long.
  package var truncation: EmbeddingTruncation?
  /// Who asks, in the caller's own terms.
  package var user: String?
  /// Members that are the gateway's own, such as `provider` and `models`: read by the plan, never sent to a provider.
  package var routing: [Member] = []
  /// Members of the request that have no field here.
  package var extras: [Member] = []

  /// A request with nothing but its inputs.
  package init(_ format: WireFormat, model: String, inputs: [EmbeddingInput] = [], isSingle: Bool = false) {
    self.format = format
    self.model = model
    self.inputs = inputs
    self.isSingle = isSingle
  }
}

/// One thing to embed.
package struct EmbeddingInput: Sendable, Equatable {
  /// What it is.
  package enum Content: Sendable, Equatable {
    case text(String)
    /// A text as the numbers of its tokens, in the vocabulary of the model that is asked.
    case tokens([Int64])
  }

  /// What it is.
  package var content: Content
  /// The title of the document it is from.
  package var title: String?

  /// Something to embed.
  package init(_ content: Content, title: String? = nil) {
    self.content = content
    self.title = title
  }
}

/// How a vector is written in OpenAI's format.
package enum EmbeddingEncoding: String, Sendable {
  /// As an array of numbers.
  case float
  /// As the Base64 of its numbers, four bytes each, the lowest first.
  case base64
}

/// What happens to an input that is longer than the model reads.
package enum EmbeddingTruncation: Sendable {
  /// It is refused.
  case refuse
  /// Its start is left out.
  case start
  /// Its end is left out.
  case end
}

/// What the reader of an answer must know of what was asked.
package struct EmbeddingForm: Sendable, Equatable {
  /// How many vectors there must be.
  package var count: Int
  /// How the caller wants them.
  package var encoding: EmbeddingEncoding

  /// The form that a request asks for.
  package init(_ request: EmbeddingRequest) {
    count = request.inputs.count
    encoding = request.encoding ?? .float
  }
}

extension EmbeddingRequest {
  /// What the caller calls its inputs.
  var inputField: String { format == .gemini ? "requests" : "input" }

  /// The texts of all inputs, for providers that read nothing else. Throws a 400 that says so.
  func texts() throws(GatewayError) -> [String] {
    var texts: [String] = []
    texts.reserveCapacity(inputs.count)
    for input in inputs {
      guard case .text(let text) = input.content else {
        throw .field(
          inputField, "'\(inputField)' holds tokens, and this model's provider embeds texts only; send the text itself."
        )
      }
      texts.append(text)
    }
    return texts
  }

  /// The text of the only input, for providers that read one at a time. Throws a 400 that says so.
  func singleText() throws(GatewayError) -> String {
    let texts = try texts()
    guard texts.count == 1 else {
      throw .field(
        inputField, "This model's provider embeds one text per request, not \(texts.count); send them one by one.")
    }
    return texts[0]
  }

  /// Whether any input has a title.
  var hasTitles: Bool { inputs.contains { $0.title != nil } }

  /// This request with the parameters that a preset has added: `merged` is the same request as the rooms have merged it.
  package func laidOver(_ merged: EmbeddingRequest) -> EmbeddingRequest {
    var result = self
    result.model = merged.model
    result.dimensions = dimensions ?? merged.dimensions
    result.purpose = purpose ?? merged.purpose
    result.truncation = truncation ?? merged.truncation
    result.user = user ?? merged.user
    return result
  }
}
