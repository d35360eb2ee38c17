import Core
import JSON

/// Writes requests for embeddings in OpenAI's format, for the rooms or for a provider, and answers in it.
package enum OpenAIEmbeddingWriter {
  /// The request as the rooms work on it, with everything in it.
  package static func encode(_ request: EmbeddingRequest) -> ByteBuffer {
    var writer = head(request, model: request.model)
    writer.add("encoding_format", request.encoding?.rawValue)
    writer.add("input_type", request.purpose?.openRouterWord)
    for member in request.routing { writer.add(member.name, member.value) }
    let buffer = ByteBuffer()
    writer.value.write(to: buffer)
    return buffer
  }

  /// The members that all servers of this format know.
  static func head(_ request: EmbeddingRequest, model: String) -> ObjectWriter {
    var writer = ObjectWriter([("model", .string(model))])
    let inputs = request.inputs.map { input -> JSONValue in
      switch input.content {
      case .text(let text): .string(text)
      case .tokens(let tokens): .array(tokens.map(JSONValue.integer))
      }
    }
    writer.add("input", request.isSingle && inputs.count == 1 ? inputs[0] : .array(inputs))
    writer.add("dimensions", request.dimensions)
    writer.add("user", request.user)
    return writer
  }

  /// Appends an answer whose vectors stand in `data`.
  static func write(
    _ answer: EmbeddingAnswer, in data: UnsafeRawBufferPointer, as encoding: EmbeddingEncoding, to output: ByteBuffer
  ) throws(GatewayError) {
    output.append(#"{"object":"list","data":["#)
    for (index, vector) in answer.vectors.enumerated() {
      output.append(index > 0 ? #",{"object":"embedding","index":"# : #"{"object":"embedding","index":"#)
      output.append(decimal: index)
      output.append(#","embedding":"#)
      try EmbeddingVectorWriter.append(vector, in: data, as: encoding, to: output)
      output.append("}")
    }
    output.append("]")
    if let id = answer.id { JSONValue.string(id).write(asMember: "id", to: output) }
    if let tokens = answer.usage?.counts.promptTokens {
      let usage: JSONValue = .object([("prompt_tokens", .integer(tokens)), ("total_tokens", .integer(tokens))])
      usage.write(asMember: "usage", to: output)
    }
    output.append("}")
  }
}

/// Embeddings of providers of OpenAI's format, for callers of another one. For callers of the same one the rooms send the
/// caller's own bytes instead.
struct OpenAIEmbeddings: EmbeddingDialect {
  /// `/embeddings`.
  func path(model: String) -> String { OpenAIOperation.embedding.path }

  /// Writes a request; always possible. What vectors are for can only be said where the endpoint lists it.
  func encode(_ request: EmbeddingRequest, for target: ProviderTarget) throws(GatewayError) -> EncodedRequest {
    var dropped = DroppedFields()
    var writer = OpenAIEmbeddingWriter.head(request, model: target.model)
    writer.add("encoding_format", (request.encoding ?? .float).rawValue)
    if let purpose = request.purpose {
      if target.lists("input_type") {
        writer.add("input_type", purpose.openRouterWord)
      } else {
        dropped.note(.inputType)
      }
    }
    dropped.note(.truncation, where: request.truncation)
    if request.hasTitles { dropped.note(.title) }
    dropped.note(request, in: &writer)
    return EncodedRequest(writer, request, dropped)
  }

  /// Reads an answer.
  func answer(_ body: UnsafeRawBufferPointer, _ context: AnswerContext) throws(GatewayError) -> EmbeddingAnswer {
    try OpenAIEmbeddingReader.answer(body)
  }
}
