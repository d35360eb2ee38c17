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

  /// Writes the members before `output`.
  func writeHead(status: String, error: JSONValue?, details: JSONValue?, to writer: inout MemberWriter) {
    writer.add("id", context.id)
    writer.add("object", json: #""response""#)
    writer.add("created_at", context.created)
    writer.add("status", status)
    writer.add("background", false)
    writer.addOrNull("completed_at", status == "completed" ? context.now?() : nil)
    writer.addOrNull("error", error)
    writer.addOrNull("incomplete_details", details)
    writer.add("model", model ?? context.model)
    writer.add("provider", provider)
  }

  /// Writes the members behind `output`, but for `usage`.
  func writeTail(to writer: inout MemberWriter) {
    let request = context.conversation ?? Conversation(.openAIResponses, model: context.model)
    writer.addOrNull("instructions", ResponsesFrame.instructions(request))
    writer.addOrNull("max_output_tokens", request.maxTokens)
    writer.addOrNull("max_tool_calls", request.routing.first { $0.name == "max_tool_calls" }?.value)
    writer.add("parallel_tool_calls", request.allowsParallelTools ?? true)
    writer.add("previous_response_id", json: "null")
    writer.addOrNull("prompt_cache_key", request.cacheKey)
    writer.add("reasoning", ResponsesFrame.reasoning(request.reasoning))
    writer.add("safety_identifier", json: "null")
    writer.addOrNull("service_tier", serviceTier ?? request.serviceTier)
    writer.add("store", false)
    writer.addOrNull("temperature", request.sampling.temperature)
    writer.addOrNull("top_p", request.sampling.topP)
    writer.addOrNull("presence_penalty", request.sampling.presencePenalty)
    writer.addOrNull("frequency_penalty", request.sampling.frequencyPenalty)
    writeTools(request, to: &writer)
    writer.add("top_logprobs", request.logprobs?.alternatives ?? 0)
    writer.add("truncation", request.extras.first { $0.name == "truncation" }?.value ?? .string("disabled"))
    writer.add("user", request.user)
    writer.add("metadata", request.metadata ?? .object([]))
  }

  private func writeTools(_ request: Conversation, to writer: inout MemberWriter) {
    if let text = ResponsesToolWriter.text(request) {
      writer.add("text", text)
    } else {
      writer.add("text", json: #"{"format":{"type":"text"}}"#)
    }
    writer.add(
      "tool_choice", request.toolChoice.map { ResponsesToolWriter.choice($0, request.tools) } ?? .string("auto"))
    writer.add("tools", .array(ResponsesToolWriter.tools(request.tools)))
  }

  private static func reasoning(_ settings: ReasoningSettings?) -> JSONValue {
    func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    return .object([("effort", text(settings?.effort)), ("summary", text(settings?.summary))])
  }

  /// The first turn's text, where it instructs.
  private static func instructions(_ request: Conversation) -> String? {
    guard let first = request.messages.first, first.role == .system, first.parts.allSatisfy({ $0.text != nil }) else {
      return nil
    }
    return first.parts.compactMap(\.text).joined(separator: "\n")
  }
}

/// Ids of an answer's items, made from the answer's own.
struct ResponsesItemID {
  private let stem: String

  /// Longest stem. An id may have 64 characters at OpenAI.
  private static let limit = 48

  /// Ids for the answer with that id, `resp_…`.
  init(_ answerID: String) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(answerID.utf8.count)
    var isOwn = !answerID.utf8.contains(UInt8(ascii: "_"))
    for byte in answerID.utf8 {
      if !isOwn {
        isOwn = byte == UInt8(ascii: "_")
      } else if byte &- 48 < 10 || (byte | 32) &- 97 < 26 {
        bytes.append(byte)
      }
    }
    stem = String(decoding: bytes.suffix(ResponsesItemID.limit), as: UTF8.self)
  }

  /// The id of the item at a place: `msg_…`, `rs_…`, `fc_…`.
  func id(_ kind: String, _ index: Int) -> String { "\(kind)_\(stem)\(index)" }
}
