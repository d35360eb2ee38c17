import Core

/// How embeddings are asked of a kind of provider; a part of its `ProviderDialect`.
package protocol EmbeddingDialect: Sendable {
  /// What is appended to the provider's `base_url`.
  func path(model: String) -> String

  /// Writes the body of a request. Throws a 400 where the request cannot be said in this dialect at all.
  func encode(_ request: EmbeddingRequest, for target: ProviderTarget) throws(GatewayError) -> EncodedRequest

  /// Reads an answer. `body` must outlive it. Throws a 502 when it is none, and the provider's error when the body of a
  /// success holds one.
  func answer(_ body: UnsafeRawBufferPointer, _ context: AnswerContext) throws(GatewayError) -> EmbeddingAnswer
}

extension EncodedRequest {
  /// A request for embeddings with this body.
  init(_ body: ObjectWriter, _ request: EmbeddingRequest, _ dropped: DroppedFields) {
    let buffer = ByteBuffer()
    body.value.write(to: buffer)
    self.init(buffer)
    self.dropped = dropped
    embedding = EmbeddingForm(request)
  }
}

extension DroppedFields {
  /// The length of vectors that is asked of an endpoint; nil, and noted, where the model `hasChoice` neither by its name nor
  /// by what the endpoint lists.
  mutating func dimensions(of request: EmbeddingRequest, for target: ProviderTarget, hasChoice: Bool = true) -> Int64? {
    if hasChoice || target.lists("dimensions") { return request.dimensions }
    note(.dimensions, where: request.dimensions)
    return nil
  }

  /// Notes the members of a request that no other dialect knows, but for those of `kept`, which the provider's own format
  /// has: they are written.
  mutating func note(_ request: EmbeddingRequest, keeping kept: Set<String> = [], in writer: inout ObjectWriter) {
    for extra in request.extras {
      if kept.contains(extra.name) { writer.add(extra.name, extra.value) } else { note(.other(extra.name)) }
    }
  }
}
