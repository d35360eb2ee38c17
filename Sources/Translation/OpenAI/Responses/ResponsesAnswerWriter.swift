import Core
import JSON

/// Writes a whole answer in the Responses format.
struct ResponsesAnswerWriter {
  private let context: CallerContext
  private let ids: ResponsesItemID
  private let tools: [ToolDefinition]
  private let itemStatus: String
  private var logprobs: JSONValue?
  private var items: [JSONValue] = []
  private var content: [JSONValue] = []
  private var reasoning: [Reasoning] = []

  /// Appends the answer; of several choices the first.
  static func write(_ answer: Answer, _ context: CallerContext, to output: ByteBuffer) {
    let choice = answer.choices.first { $0.index == 0 } ?? answer.choices.first
    let status = ResponsesStatus(choice?.finish)
    var frame = ResponsesFrame(context)
    frame.model = answer.model
    frame.provider = answer.provider
    frame.serviceTier = answer.serviceTier
    var items = ResponsesAnswerWriter(context, logprobs: choice?.logprobs, itemStatus: status.itemWord)
    for part in choice?.parts ?? [] { items.add(part) }
    var writer = MemberWriter(output)
    frame.writeHead(status: status.word, error: status.error, details: status.details, to: &writer)
    writer.add("output", .array(items.finished()))
    frame.writeTail(to: &writer)
    writer.name("usage")
    ResponsesUsage.write(answer.usage, to: output)
    if let metadata = answer.extras.first(where: { $0.name == "openrouter_metadata" }) { writer.add([metadata]) }
    writer.end()
  }

  private init(_ context: CallerContext, logprobs: JSONValue?, itemStatus: String) {
    self.context = context
    ids = ResponsesItemID(context.id)
    tools = context.conversation?.tools ?? []
    self.logprobs = logprobs
    self.itemStatus = itemStatus
  }

  private mutating func add(_ part: Part) {
    switch part.content {
    case .text(let text):
      if text.text.isEmpty, text.citations.isEmpty { return }
      closeReasoning()
      content.append(
        ResponsesItem.text(
          text.text, annotations: text.citations.compactMap(ResponsesCitation.object), logprobs: logprobs))
      logprobs = nil
    case .refusal(let text):
      closeReasoning()
      content.append(ResponsesItem.refusal(text))
    case .reasoning(let piece):
      closeMessage(isLast: false)
      if let last = reasoning.last, !ResponsesReasoning.continues(piece, last) { closeReasoning() }
      reasoning.append(piece)
    case .toolCall(let call):
      let start = ToolCallStart(id: call.id, name: call.name, extras: call.extras)
      let call = (call.arguments, ResponsesCall(start, tools: tools))
      append { ids, index in
        call.1.item(id: ids.id(call.1.kind, index), arguments: call.0.isEmpty ? "{}" : call.0, status: "completed")
      }
    case .image(let image): append { ids, index in ResponsesItem.image(image, id: ids.id("ig", index)) }
    case .native(.openAIResponses, let value): append { _, _ in value }
    default: break
    }
  }

  private mutating func append(_ make: (ResponsesItemID, Int) -> JSONValue) {
    closeMessage(isLast: false)
    closeReasoning()
    items.append(make(ids, items.count))
  }

  private mutating func closeMessage(isLast: Bool) {
    if content.isEmpty { return }
    items.append(
      ResponsesItem.message(content, id: ids.id("msg", items.count), status: isLast ? itemStatus : "completed"))
    content = []
  }

  private mutating func closeReasoning() {
    guard let format = reasoning.first?.format else { return }
    let asSummary = ResponsesReasoning.isSummary(format, context)
    items.append(ResponsesReasoning.item(reasoning, id: ids.id("rs", items.count), asSummary: asSummary))
    reasoning = []
  }

  private mutating func finished() -> [JSONValue] {
    closeReasoning()
    closeMessage(isLast: true)
    return items
  }
}
