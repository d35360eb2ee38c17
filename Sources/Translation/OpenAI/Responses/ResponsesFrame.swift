import Core
import JSON

/// The `response` object around an answer's items: whose it is, how it stands, and what of the request it repeats.
struct ResponsesFrame {
  private let context: CallerContext
  /// The model, as the rooms write it.
  var model: String?
  /// The provider's display name.
  var provider: String?
  /// The tier that served it.
  var serviceTier: String?

  /// A frame for an answer.
  init(_ context: CallerContext) { self.context = context }

  /// The members before `output`, as JSON without the closing brace.
  func head(status: String, error: JSONValue, details: JSONValue) -> ObjectWriter {
    var writer = ObjectWriter([
      ("id", .string(context.id)), ("object", .string("response")), ("created_at", .integer(context.created)),
      ("status", .string(status)), ("background", .bool(false)),
    ])
    let completed = status == "completed" ? context.now?() : nil
    writer.add("completed_at", completed.map { .integer($0) } ?? .null)
    writer.add("error", error)
    writer.add("incomplete_details", details)
    writer.add("model", model ?? context.model)
    writer.add("provider", provider)
    return writer
  }

  /// The members behind `output`, but for `usage`.
  func tail() -> ObjectWriter {
    let request = context.conversation ?? Conversation(.openAIResponses, model: context.model)
    var writer = ObjectWriter()
    writer.add("instructions", ResponsesFrame.instructions(request))
    writer.add("max_output_tokens", request.maxTokens.map { .integer($0) } ?? .null)
    writer.add("max_tool_calls", request.routing.first { $0.name == "max_tool_calls" }?.value ?? .null)
    writer.add("parallel_tool_calls", request.allowsParallelTools ?? true)
    writer.add("previous_response_id", .null)
    writer.add("prompt_cache_key", text(request.cacheKey))
    writer.add("reasoning", reasoning(request.reasoning))
    writer.add("safety_identifier", .null)
    writer.add("service_tier", text(serviceTier ?? request.serviceTier))
    writer.add("store", false)
    addSampling(request, to: &writer)
    writer.add("text", ResponsesToolWriter.text(request) ?? .object([("format", .object([("type", .string("text"))]))]))
    writer.add(
      "tool_choice", request.toolChoice.map { ResponsesToolWriter.choice($0, request.tools) } ?? .string("auto"))
    writer.add("tools", .array(ResponsesToolWriter.tools(request.tools)))
    writer.add("top_logprobs", request.logprobs?.alternatives ?? 0)
    writer.add("truncation", request.extras.first { $0.name == "truncation" }?.value ?? .string("disabled"))
    writer.add("user", request.user)
    writer.add("metadata", request.metadata ?? .object([]))
    return writer
  }

  private func addSampling(_ request: Conversation, to writer: inout ObjectWriter) {
    func number(_ number: JSONNumber?) -> JSONValue { number.map { .number($0.text) } ?? .null }
    writer.add("temperature", number(request.sampling.temperature))
    writer.add("top_p", number(request.sampling.topP))
    writer.add("presence_penalty", number(request.sampling.presencePenalty))
    writer.add("frequency_penalty", number(request.sampling.frequencyPenalty))
  }

  private func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

  private func reasoning(_ settings: ReasoningSettings?) -> JSONValue {
    .object([("effort", text(settings?.effort)), ("summary", text(settings?.summary))])
  }

  /// The first turn's text, where it instructs.
  private static func instructions(_ request: Conversation) -> JSONValue {
    guard let first = request.messages.first, first.role == .system, first.parts.allSatisfy({ $0.text != nil }) else {
      return .null
    }
    return .string(first.parts.compactMap(\.text).joined(separator: "\n"))
  }
}

/// Ids of an answer's items, made from the answer's own.
struct ResponsesItemID {
  private let stem: String

  /// Longest stem. An id may have 64 characters at OpenAI.
  private static let limit = 48

  /// Ids for the answer with that id, `resp_…`.
  init(_ answerID: String) {
    let own = answerID.split(separator: "_", maxSplits: 1).last ?? ""
    stem = String(own.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.suffix(ResponsesItemID.limit))
  }

  /// The id of the item at a place: `msg_…`, `rs_…`, `fc_…`.
  func id(_ kind: String, _ index: Int) -> String { "\(kind)_\(stem)\(index)" }
}
