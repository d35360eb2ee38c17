import Core
import JSON

/// Writes a streamed answer in Anthropic's format: `message_start`, each content block with its begin, deltas and end,
/// `message_delta`, `message_stop`. One per stream.
final class AnthropicStreamEncoder: StreamEncoder {
  /// The block that is open.
  private enum Block: Equatable {
    case none, text
    /// A piece of reasoning, by its index.
    case thinking(Int64)
    /// A piece of reasoning that is written when it is whole.
    case redacted(Int64)
    case call
  }

  private let context: CallerContext
  private var block = Block.none
  /// The number of the open block, or of the next one.
  private var index = 0
  private var calls = CallSequencer()
  private var hasStarted = false
  private var finish: FinishReason?
  private var usage: AnswerUsage?
  private var serviceTier: String?
  /// What is told of the routing.
  private var evidence: JSONValue?
  /// The piece of reasoning that is open, but for its readable text, which is sent as it comes.
  private var piece = Reasoning(.text(""))
  /// The signature or the encrypted data of the open piece, as the inside of a JSON string.
  private let sealed = ByteBuffer()

  /// An encoder at a stream's beginning.
  init(_ context: CallerContext) { self.context = context }

  /// Appends what the caller is to read of an event. Of several choices only the first has a form here.
  func encode(_ event: AnswerEvent, into output: ByteBuffer) {
    guard event.choice == 0 else { return }
    switch event.happening {
    case .text(let text): delta(text, output)
    case .reasoning(let delta): reason(delta, output)
    case .toolArguments(let position, let text): calls.arguments(position, text) { write($0, output) }
    case .toolCall(let position, let start):
      if block != .call { close(output) }
      calls.begin(position, start) { write($0, output) }
    case .refusal(let text): delta(text, output)
    case .partEnd: if block != .call { close(output) }
    case .citation(let citation): cite(citation, output)
    case .finish(let reason): finish = reason
    case .usage(let usage): self.usage = usage
    case .start(let start): begin(start, output)
    case .evidence(let value): evidence = value
    case .failure(let error): AnthropicErrorBody.appendEvent(error, members: evidenceMembers, to: output)
    case .native(.anthropic, let value): writeWhole(value, output)
    case .keepAlive: keepAlive(into: output)
    case .logprobs, .image, .audio, .native: break
    }
  }

  /// Closes what is open and appends `message_delta` with the usage, and `message_stop`.
  func end(into output: ByteBuffer) {
    if !hasStarted { begin(AnswerStart(), output) }
    close(output)
    if let finish, finish.kind == .error {
      return AnthropicErrorBody.appendEvent(AnthropicStopReason.failure(finish), members: evidenceMembers, to: output)
    }
    var event = ObjectWriter([("type", .string("message_delta"))])
    event.add(
      "delta",
      .object([
        ("stop_reason", .string(AnthropicStopReason.word(finish))),
        ("stop_sequence", finish?.stopText.map { .string($0) } ?? .null), ("stop_details", .null),
        ("container", .null),
      ]))
    event.add("usage", AnthropicUsage.object(usage, serviceTier: nil, isWhole: false))
    output.append("event: message_delta\ndata: ")
    event.value.write(to: output)
    output.append("\n\nevent: message_stop\ndata: ")
    JSONValue.object([("type", .string("message_stop"))] + evidenceMembers).write(to: output)
    output.append("\n\n")
  }

  private var evidenceMembers: [(key: String, value: JSONValue)] {
    evidence.map { [("openrouter_metadata", $0)] } ?? []
  }

  /// `ping`.
  func keepAlive(into output: ByteBuffer) { output.append("event: ping\ndata: {\"type\":\"ping\"}\n\n") }

  // MARK: The message

  private func begin(_ start: AnswerStart, _ output: ByteBuffer) {
    if hasStarted { return }
    hasStarted = true
    var counts = start.usage ?? AnswerUsage(.zero)
    if start.usage == nil { counts.counts.promptTokens = context.promptTokens }
    var message = ObjectWriter([
      ("id", .string(context.id)), ("type", .string("message")), ("role", .string("assistant")),
      ("model", .string(start.model ?? context.model)),
    ])
    message.add("provider", start.provider)
    message.add("content", .array([]))
    for name in ["stop_reason", "stop_sequence", "stop_details", "container"] { message.add(name, .null) }
    message.add("usage", AnthropicUsage.object(counts, serviceTier: start.serviceTier, isWhole: true))
    output.append("event: message_start\ndata: {\"type\":\"message_start\",\"message\":")
    message.value.write(to: output)
    output.append("}\n\n")
  }

  // MARK: Blocks

  private func delta(_ text: JSONText, _ output: ByteBuffer) {
    if block != .text { open(.text, #"{"type":"text","text":"","citations":null}"#, output) }
    openDelta(#"{"type":"text_delta","text":""#, output)
    output.append(text)
    closeDelta(output)
  }

  private func cite(_ citation: Citation, _ output: ByteBuffer) {
    guard let object = AnthropicCitation.object(citation) else { return }
    if block != .text { open(.text, #"{"type":"text","text":"","citations":[]}"#, output) }
    openDelta(#"{"type":"citations_delta","citation":"#, output)
    object.write(to: output)
    output.append("}}\n\n")
  }

  private func write(_ step: CallSequencer.Step, _ output: ByteBuffer) {
    switch step {
    case .begin(_, let start):
      openBlock(.call, output)
      output.append(#"{"type":"tool_use","id":"#)
      output.append(jsonString: AnthropicCallID.fitted(start.id, .openAI))
      output.append(#","name":"#)
      output.append(jsonString: start.name)
      output.append(",\"input\":{},\"caller\":{\"type\":\"direct\"}}}\n\n")
    case .arguments(_, let text):
      openDelta(#"{"type":"input_json_delta","partial_json":""#, output)
      output.append(text)
      closeDelta(output)
    case .end: stopBlock(output)
    }
  }

  private func writeWhole(_ value: JSONValue, _ output: ByteBuffer) {
    close(output)
    openBlock(.none, output)
    value.write(to: output)
    output.append("}\n\n")
    stopBlock(output)
  }

  // MARK: Reasoning

  private func reason(_ delta: ReasoningDelta, _ output: ByteBuffer) {
    let wanted: Block = delta.kind == .encrypted ? .redacted(delta.index) : .thinking(delta.index)
    if block != wanted { openPiece(wanted, delta, output) }
    if let id = delta.id { piece.id = id }
    switch delta.kind {
    case .encrypted, .signature: sealed.append(delta.text)
    case .text, .summary:
      if delta.kind == .summary { piece.content = .summary("") }
      openDelta(#"{"type":"thinking_delta","thinking":""#, output)
      output.append(delta.text)
      closeDelta(output)
    }
  }

  private func openPiece(_ wanted: Block, _ delta: ReasoningDelta, _ output: ByteBuffer) {
    close(output)
    sealed.clear()
    piece = Reasoning(.text(""), format: delta.format)
    if case .thinking = wanted {
      open(wanted, #"{"type":"thinking","thinking":"","signature":""}"#, output)
    } else {
      block = wanted
    }
  }

  /// A signature is one delta, as clients keep the last one; encrypted data stands in the block's beginning.
  private func closePiece(_ output: ByteBuffer) {
    let text = JSONText(inside: sealed.bytes)
    if case .redacted = block {
      if piece.format != .anthropic {
        piece.content = .encrypted(text.string)
        sealed.clear()
        JSONText.with(ReasoningSeal.seal(piece)) { sealed.append($0) }
      }
      openBlock(block, output)
      output.append(#"{"type":"redacted_thinking","data":""#)
      output.append(sealed.bytes)
      output.append("\"}}\n\n")
      return
    }
    piece.signature = text.isEmpty ? nil : text.string
    let signature = AnthropicReasoning.signature(piece)
    if signature.isEmpty { return }
    JSONText.with(signature) { signature in
      openDelta(#"{"type":"signature_delta","signature":""#, output)
      output.append(signature)
      closeDelta(output)
    }
  }

  // MARK: Frames

  private func open(_ wanted: Block, _ object: StaticString, _ output: ByteBuffer) {
    close(output)
    openBlock(wanted, output)
    output.append(object)
    output.append("}\n\n")
  }

  private func openBlock(_ wanted: Block, _ output: ByteBuffer) {
    block = wanted
    output.append("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":")
    output.append(decimal: index)
    output.append(#","content_block":"#)
  }

  @inline(__always)
  private func openDelta(_ delta: StaticString, _ output: ByteBuffer) {
    output.append("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":")
    output.append(decimal: index)
    output.append(#","delta":"#)
    output.append(delta)
  }

  @inline(__always)
  private func closeDelta(_ output: ByteBuffer) { output.append("\"}}\n\n") }

  private func close(_ output: ByteBuffer) {
    switch block {
    case .none: if calls.isOpen { calls.flush { write($0, output) } }
    case .call: calls.flush { write($0, output) }
    case .text: stopBlock(output)
    case .thinking, .redacted:
      closePiece(output)
      stopBlock(output)
    }
  }

  private func stopBlock(_ output: ByteBuffer) {
    output.append("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":")
    output.append(decimal: index)
    output.append("}\n\n")
    index += 1
    block = .none
  }
}
