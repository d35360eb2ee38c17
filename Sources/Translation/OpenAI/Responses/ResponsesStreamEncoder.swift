import Core
import JSON

/// Writes a streamed answer in the Responses format: `response.created` and `response.in_progress`, each item with its
/// begin, its parts, their deltas and ends, then the whole response. One per stream.
final class ResponsesStreamEncoder: StreamEncoder {
  /// What is open.
  private enum Open: Equatable {
    case none
    /// A message, and the part of it that is open.
    case message(ResponsesMessagePart?)
    /// A piece of reasoning, by its index.
    case reasoning(Int64)
    case call
  }

  private let context: CallerContext
  private let ids: ResponsesItemID
  private let tools: [ToolDefinition]
  private var frame: ResponsesFrame
  private var events = ResponsesEventWriter()
  /// The items that are complete, with commas between them.
  private let items = ByteBuffer()
  /// How many these are: the index of the next item.
  private var index = 0
  private var open = Open.none
  private var message = ResponsesOpenMessage()
  private var reasoning = ResponsesOpenReasoning()
  private var call: ResponsesCall?
  private let arguments = ByteBuffer()
  private var calls = CallSequencer()
  private var hasStarted = false
  private var finish: FinishReason?
  private var usage: AnswerUsage?
  /// What is told of the routing.
  private var evidence: JSONValue?
  /// What of the request every response object repeats.
  private lazy var tail = makeTail()

  /// An encoder at a stream's beginning.
  init(_ context: CallerContext) {
    self.context = context
    ids = ResponsesItemID(context.id)
    tools = context.conversation?.tools ?? []
    frame = ResponsesFrame(context)
  }

  /// Appends what the caller is to read of an event. Of several choices only the first has a form here.
  func encode(_ event: AnswerEvent, into output: ByteBuffer) {
    guard event.choice == 0 else { return }
    switch event.happening {
    case .text(let text): say(text, .text, output)
    case .reasoning(let delta): reason(delta, output)
    case .toolArguments(let position, let text): calls.arguments(position, text) { write($0, output) }
    case .toolCall(let position, let start):
      begin(AnswerStart(), output)
      if open != .call { close(output) }
      calls.begin(position, start) { write($0, output) }
    case .refusal(let text): say(text, .refusal, output)
    case .partEnd: if case .message = open { closePart(output) }
    case .citation(let citation): cite(citation, output)
    case .logprobs(let value): message.note(logprobs: value)
    case .finish(let reason): finish = reason
    case .usage(let usage): self.usage = usage
    case .start(let start): begin(start, output)
    case .evidence(let value): evidence = value
    case .failure(let error): fail(error, output)
    case .image(let image): writeWhole(output) { ResponsesItem.image(image, id: ids.id("ig", $0)) }
    case .native(.openAIResponses, let value): writeWhole(output) { _ in value }
    case .keepAlive: keepAlive(into: output)
    case .audio, .native: break
    }
  }

  /// Closes what is open and appends the response as a whole, and the terminator that OpenRouter's interface has.
  func end(into output: ByteBuffer) {
    begin(AnswerStart(), output)
    let status = ResponsesStatus(finish)
    close(output, status: status.itemWord)
    events.open(status.event, output)
    writeResponse(status.word, status.error, status.details, hasUsage: true, output)
    events.close(output)
    OpenAIStreamEditor.appendTerminator(to: output)
  }

  /// A comment.
  func keepAlive(into output: ByteBuffer) { OpenAIStreamEditor.appendKeepAlive(to: output) }

  // MARK: The response

  private func begin(_ start: AnswerStart, _ output: ByteBuffer) {
    if hasStarted { return }
    hasStarted = true
    frame.model = start.model
    frame.provider = start.provider
    frame.serviceTier = start.serviceTier
    for name in ["response.created", "response.in_progress"] as [StaticString] {
      events.open(name, output)
      writeResponse("in_progress", hasUsage: false, output)
      events.close(output)
    }
  }

  private func fail(_ error: GatewayError, _ output: ByteBuffer) {
    begin(AnswerStart(), output)
    close(output, status: "incomplete")
    events.open("response.failed", output)
    writeResponse(
      "failed", ResponsesErrorBody.inner(error), errorType: error.kind.listedErrorType, hasUsage: usage != nil, output)
    events.close(output)
  }

  private func writeResponse(
    _ status: String, _ error: JSONValue? = nil, _ details: JSONValue? = nil, errorType: String? = nil, hasUsage: Bool,
    _ output: ByteBuffer
  ) {
    output.append(#","response":"#)
    var writer = MemberWriter(output)
    frame.writeHead(status: status, error: error, details: details, to: &writer)
    writer.add("error_type", errorType)
    writer.name("output")
    output.append("[")
    output.append(items.bytes)
    output.append("]")
    output.append(tail.bytes)
    if hasUsage {
      writer.name("usage")
      ResponsesUsage.write(usage, to: output)
    }
    writer.add("openrouter_metadata", evidence)
    writer.end()
  }

  private func makeTail() -> ByteBuffer {
    let buffer = ByteBuffer()
    var writer = MemberWriter(goingOnIn: buffer)
    frame.writeTail(to: &writer)
    return buffer
  }

  // MARK: Items

  private func add(_ item: JSONValue, _ output: ByteBuffer) {
    events.open("response.output_item.added", output)
    events.add("output_index", index, output)
    item.write(asMember: "item", to: output)
    events.close(output)
  }

  private func complete(_ item: JSONValue, _ output: ByteBuffer) {
    events.open("response.output_item.done", output)
    events.add("output_index", index, output)
    output.append(#","item":"#)
    if index > 0 { items.append(",") }
    let start = items.count
    item.write(to: items)
    output.append(UnsafeRawBufferPointer(rebasing: items.bytes[start...]))
    events.close(output)
    index += 1
    open = .none
  }

  /// An item without deltas, made for its place.
  private func writeWhole(_ output: ByteBuffer, _ make: (Int) -> JSONValue) {
    begin(AnswerStart(), output)
    close(output)
    let item = make(index)
    add(item, output)
    complete(item, output)
  }

  private func close(_ output: ByteBuffer, status: String = "completed") {
    switch open {
    case .none: if calls.isOpen { calls.flush { write($0, output) } }
    case .call: calls.flush { write($0, output) }
    case .message:
      closePart(output)
      complete(ResponsesItem.message(message.parts, id: message.id, status: status), output)
    case .reasoning:
      reasoning.close(&events, output)
      complete(reasoning.item, output)
    }
  }

  // MARK: Messages

  private func say(_ text: JSONText, _ part: ResponsesMessagePart, _ output: ByteBuffer) {
    openPart(part, output)
    message.write(text, &events, output)
  }

  private func openPart(_ part: ResponsesMessagePart, _ output: ByteBuffer) {
    if open == .message(part) { return }
    begin(AnswerStart(), output)
    if case .message = open {
      closePart(output)
    } else {
      close(output)
      message.begin(id: ids.id("msg", index), index: index)
      add(ResponsesItem.message([], id: message.id, status: "in_progress"), output)
    }
    open = .message(part)
    message.open(part, &events, output)
  }

  private func closePart(_ output: ByteBuffer) {
    guard case .message(let part?) = open else { return }
    message.close(part, &events, output)
    open = .message(nil)
  }

  private func cite(_ citation: Citation, _ output: ByteBuffer) {
    guard let object = ResponsesCitation.object(citation) else { return }
    openPart(.text, output)
    message.cite(object, &events, output)
  }

  // MARK: Reasoning

  private func reason(_ delta: ReasoningDelta, _ output: ByteBuffer) {
    if open != .reasoning(delta.index) || reasoning.format != delta.format {
      begin(AnswerStart(), output)
      close(output)
      let id = ResponsesReasoning.isOwn(delta.format) ? delta.id : nil
      let asSummary = ResponsesReasoning.isSummary(delta.format, context)
      reasoning.begin(id: id ?? ids.id("rs", index), index: index, delta, asSummary: asSummary)
      open = .reasoning(delta.index)
      add(reasoning.emptyItem, output)
    }
    reasoning.take(delta, &events, output)
  }

  // MARK: Calls

  private func write(_ step: CallSequencer.Step, _ output: ByteBuffer) {
    switch step {
    case .begin(_, let start):
      let call = ResponsesCall(start, tools: tools)
      self.call = call
      open = .call
      arguments.clear()
      add(call.item(id: ids.id(call.kind, index), arguments: "", status: "in_progress"), output)
    case .arguments(_, let text):
      if text.isEmpty { return }
      arguments.append(text)
      // The text within the arguments is known when they are whole.
      if let call, !call.isFreeForm { writeDelta(text, call, output) }
    case .end: endCall(output)
    }
  }

  private func writeDelta(_ text: JSONText, _ call: ResponsesCall, _ output: ByteBuffer) {
    events.open(
      call.isFreeForm ? "response.custom_tool_call_input.delta" : "response.function_call_arguments.delta", output)
    events.add("item_id", ids.id(call.kind, index), output)
    events.add("output_index", index, output)
    output.append(#","delta":"#)
    output.append(quoted: text)
    events.close(output)
  }

  private func endCall(_ output: ByteBuffer) {
    guard let call else { return }
    let text = arguments.isEmpty ? "{}" : JSONText(inside: arguments.bytes).string
    let item = call.item(id: ids.id(call.kind, index), arguments: text, status: "completed")
    if call.isFreeForm {
      JSONText.with(FreeFormInput.input(text)) { if !$0.isEmpty { writeDelta($0, call, output) } }
    } else if arguments.isEmpty {
      JSONText.with(text) { writeDelta($0, call, output) }
    }
    events.open(
      call.isFreeForm ? "response.custom_tool_call_input.done" : "response.function_call_arguments.done", output)
    events.add("item_id", ids.id(call.kind, index), output)
    events.add("output_index", index, output)
    if call.isFreeForm {
      item["input"]?.write(asMember: "input", to: output)
    } else {
      JSONValue.string(call.name).write(asMember: "name", to: output)
      output.append(#","arguments":"#)
      output.append(jsonString: text)
    }
    events.close(output)
    self.call = nil
    complete(item, output)
  }
}
