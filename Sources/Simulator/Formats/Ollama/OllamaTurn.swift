import Core
import JSON

/// A chat request, and how its answer is written.
struct OllamaTurn: Turn {
  var prompt = Prompt()
  /// Whether there is nothing to answer: the model is only to be loaded.
  var isLoadOnly = false
  /// Whether log probabilities are wanted.
  var hasLogprobs = false
  /// How many alternatives per token.
  var alternatives = 0

  var framing: Framing { .lines }

  func whole(_ reply: Reply, _ identity: AnswerIdentity) -> JSONValue {
    if isLoadOnly { return line(identity, [("content", .string(""))], end: [("done_reason", .string("load"))]) }
    var message: [(key: String, value: JSONValue)] = [("content", .string(reply.text))]
    if !reply.thinking.isEmpty { message.append(("thinking", .string(reply.thinking.joined()))) }
    if !reply.toolCalls.isEmpty { message.append(("tool_calls", .array(reply.toolCalls.enumerated().map(call)))) }
    let end = prompt.faults.has(.noFinish) ? nil : self.end(reply)
    return line(identity, message, logprobs: reply.tokens, end: end)
  }

  private func line(
    _ identity: AnswerIdentity, _ message: [(key: String, value: JSONValue)], logprobs: [String] = [],
    end: [(key: String, value: JSONValue)]? = nil
  ) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("model", .string(prompt.model)),
      ("created_at", .string(Timestamp.iso8601(milliseconds: identity.created * 1000))),
      ("message", .object([("role", .string("assistant"))] + message)),
    ]
    if hasLogprobs, !logprobs.isEmpty { members.append(("logprobs", .array(logprobs.map(logprob)))) }
    return .object(members + [("done", .bool(end != nil))] + (end ?? []))
  }

  private func logprob(_ token: String) -> JSONValue {
    let entry: [(key: String, value: JSONValue)] = [("token", .string(token)), ("logprob", .number("-0.1"))]
    let others: [(key: String, value: JSONValue)] =
      alternatives > 0 ? [("top_logprobs", .array((0..<alternatives).map { _ in .object(entry) }))] : []
    return .object(entry + others)
  }

  private func call(_ index: Int, _ call: Reply.ToolCall) -> JSONValue {
    .object([
      ("id", .string("call_" + call.id)),
      (
        "function",
        .object([("index", .integer(index)), ("name", .string(call.name)), ("arguments", call.arguments)])
      ),
    ])
  }

  private func end(_ reply: Reply) -> [(key: String, value: JSONValue)] {
    var members: [(key: String, value: JSONValue)] = [
      ("done_reason", .string(reply.ending == .length ? "length" : "stop")), ("total_duration", .integer(3_000_000)),
      ("load_duration", .integer(1_000_000)),
    ]
    if !prompt.faults.has(.noUsage) {
      members += [
        ("prompt_eval_count", .integer(reply.promptTokens)), ("prompt_eval_duration", .integer(1_000_000)),
        ("eval_count", .integer(reply.completionTokens)), ("eval_duration", .integer(1_000_000)),
      ]
    }
    return members
  }

  // MARK: Streams

  func events(_ reply: Reply, _ identity: AnswerIdentity) -> () -> Answer.Event? {
    var script = EventScript()
    if isLoadOnly {
      script.add(nil, whole(reply, identity))
      return script.player(FaultList())
    }
    for token in reply.thinking {
      script.add(nil, line(identity, [("content", .string("")), ("thinking", .string(token))]), isToken: true)
    }
    for token in reply.tokens {
      script.add(nil, line(identity, [("content", .string(token))], logprobs: [token]), isToken: true)
    }
    for (index, call) in reply.toolCalls.enumerated() {
      let calls: JSONValue = .array([self.call(index, call)])
      script.add(nil, line(identity, [("content", .string("")), ("tool_calls", calls)]), isToken: true)
    }
    script.add(nil, line(identity, [("content", .string(""))], end: end(reply)), part: .finish)
    return script.player(prompt.faults)
  }
}
