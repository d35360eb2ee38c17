import JSON

/// A chat request, and how its answer is written.
struct CohereTurn: Turn {
  var prompt = Prompt()
  /// Whether log probabilities are wanted.
  var hasLogprobs = false

  var framing: Framing { .events }

  func whole(_ reply: Reply, _ identity: AnswerIdentity) -> JSONValue {
    var message: [(key: String, value: JSONValue)] = [("role", .string("assistant"))]
    var content: [JSONValue] = []
    if !reply.thinking.isEmpty { content.append(CohereTurn.block("thinking", reply.thinking.joined())) }
    if reply.toolCalls.isEmpty { content.append(CohereTurn.block("text", reply.text)) }
    if !content.isEmpty { message.append(("content", .array(content))) }
    if !reply.toolCalls.isEmpty {
      message.append(("tool_plan", .string(plan(reply).joined())))
      message.append(("tool_calls", .array(reply.toolCalls.map { call($0, arguments: $0.pieces.joined()) })))
    }
    var members: [(key: String, value: JSONValue)] = [
      ("id", .string(identity.id)), ("message", .object(message)),
    ]
    if !prompt.faults.has(.noFinish) { members.append(("finish_reason", .string(reason(reply)))) }
    if !prompt.faults.has(.noUsage) { members.append(("usage", usage(reply))) }
    if hasLogprobs { members.append(("logprobs", .array(reply.tokens.map(CohereTurn.logprob)))) }
    return .object(members)
  }

  private static func block(_ type: String, _ text: String) -> JSONValue {
    .object([("type", .string(type)), (type, .string(text))])
  }

  private static func logprob(_ token: String) -> JSONValue {
    .object([
      ("text", .string(token)), ("token_ids", .array([.integer(1)])), ("logprobs", .array([.number("-0.1")])),
    ])
  }

  private func call(_ call: Reply.ToolCall, arguments: String) -> JSONValue {
    .object([
      ("id", .string(call.name + "_" + call.id)), ("type", .string("function")),
      ("function", .object([("name", .string(call.name)), ("arguments", .string(arguments))])),
    ])
  }

  /// What the model says of the tools it is about to call.
  private func plan(_ reply: Reply) -> [String] {
    Tokens.split("I will call " + reply.toolCalls.map(\.name).joined(separator: " and ") + ".")
  }

  private func reason(_ reply: Reply) -> String {
    switch reply.ending {
    case .natural: "COMPLETE"
    case .stop: "STOP_SEQUENCE"
    case .length: "MAX_TOKENS"
    case .toolCalls: "TOOL_CALL"
    case .filtered: "ERROR"
    }
  }

  private func usage(_ reply: Reply) -> JSONValue {
    let counts: JSONValue = .object([
      ("input_tokens", .integer(reply.promptTokens)), ("output_tokens", .integer(reply.completionTokens)),
    ])
    return .object([("billed_units", counts), ("tokens", counts), ("cached_tokens", .integer(0))])
  }

  // MARK: Streams

  func events(_ reply: Reply, _ identity: AnswerIdentity) -> () -> Answer.Event? {
    var script = EventScript()
    CohereTurn.add(
      "message-start", [("id", .string(identity.id))],
      [
        ("role", .string("assistant")), ("content", .array([])), ("tool_plan", .string("")), ("tool_calls", .array([])),
        ("citations", .array([])),
      ], to: &script)
    var index = 0
    if !reply.thinking.isEmpty {
      addContent("thinking", reply.thinking, index, to: &script)
      index += 1
    }
    if reply.toolCalls.isEmpty {
      addContent("text", reply.tokens, index, to: &script)
    } else {
      for token in plan(reply) {
        CohereTurn.add("tool-plan-delta", [], [("tool_plan", .string(token))], isToken: true, to: &script)
      }
    }
    for (index, call) in reply.toolCalls.enumerated() { addCall(call, index, to: &script) }
    var delta: [(key: String, value: JSONValue)] = [("finish_reason", .string(reason(reply)))]
    if !prompt.faults.has(.noUsage) { delta.append(("usage", usage(reply))) }
    script.add(
      "message-end", .object([("type", .string("message-end")), ("delta", .object(delta))]), part: .finish)
    return script.player(prompt.faults)
  }

  private static func add(
    _ name: String, _ members: [(key: String, value: JSONValue)], _ message: [(key: String, value: JSONValue)]?,
    isToken: Bool = false, to script: inout EventScript
  ) {
    let delta = message.map { [(key: "delta", value: JSONValue.object([("message", .object($0))]))] } ?? []
    script.add(name, .object([("type", .string(name))] + members + delta), isToken: isToken)
  }

  private func addContent(_ type: String, _ tokens: [String], _ index: Int, to script: inout EventScript) {
    let place: (key: String, value: JSONValue) = ("index", .integer(index))
    CohereTurn.add("content-start", [place], [("content", CohereTurn.block(type, ""))], to: &script)
    for token in tokens {
      let logprobs = hasLogprobs ? [(key: "logprobs", value: CohereTurn.logprob(token))] : []
      CohereTurn.add(
        "content-delta", [place] + logprobs, [("content", .object([(type, .string(token))]))], isToken: true,
        to: &script)
    }
    CohereTurn.add("content-end", [place], nil, to: &script)
  }

  private func addCall(_ call: Reply.ToolCall, _ index: Int, to script: inout EventScript) {
    let place: (key: String, value: JSONValue) = ("index", .integer(index))
    CohereTurn.add("tool-call-start", [place], [("tool_calls", self.call(call, arguments: ""))], to: &script)
    for piece in call.pieces {
      let function: JSONValue = .object([("function", .object([("arguments", .string(piece))]))])
      CohereTurn.add("tool-call-delta", [place], [("tool_calls", function)], isToken: true, to: &script)
    }
    CohereTurn.add("tool-call-end", [place], nil, to: &script)
  }
}
