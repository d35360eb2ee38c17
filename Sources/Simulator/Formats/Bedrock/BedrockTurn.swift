import JSON

/// A Converse request, and how its answer is written.
struct BedrockTurn: Turn {
  var prompt = Prompt()
  /// `temperature`. Range: 0...1.
  var temperature: Double?
  /// Whether the answer is to say which stop sequence ended it.
  var showsStop = false

  /// What a guardrail says in place of an answer.
  private static let guardrailText = "Sorry, the model cannot answer this question."

  var framing: Framing { .frames }

  func whole(_ reply: Reply, _ identity: AnswerIdentity) -> JSONValue {
    let message: JSONValue = .object([
      ("role", .string("assistant")), ("content", .array(blocks(reply).map(\.whole))),
    ])
    var members: [(key: String, value: JSONValue)] = [
      ("metrics", .object([("latencyMs", .integer(1))])), ("output", .object([("message", message)])),
    ]
    if !prompt.faults.has(.noFinish) { members += ending(reply) }
    if !prompt.faults.has(.noUsage) { members.append(("usage", usage(reply))) }
    return .object(members)
  }

  private func ending(_ reply: Reply) -> [(key: String, value: JSONValue)] {
    let reason: (key: String, value: JSONValue) = ("stopReason", .string(reason(reply)))
    guard showsStop, case .stop(let text) = reply.ending else { return [reason] }
    return [reason, ("additionalModelResponseFields", .object([("stop_sequence", .string(text))]))]
  }

  private func reason(_ reply: Reply) -> String {
    if prompt.faults.has(.moderation) { return "guardrail_intervened" }
    switch reply.ending {
    case .natural: return "end_turn"
    case .stop: return "stop_sequence"
    case .length: return "max_tokens"
    case .toolCalls: return "tool_use"
    case .filtered: return "content_filtered"
    }
  }

  private func usage(_ reply: Reply) -> JSONValue {
    let cached = prompt.cacheReadTokens + prompt.cacheWriteTokens
    return .object([
      ("inputTokens", .integer(reply.promptTokens - cached)), ("outputTokens", .integer(reply.completionTokens)),
      ("totalTokens", .integer(reply.promptTokens + reply.completionTokens)),
      ("cacheReadInputTokens", .integer(prompt.cacheReadTokens)),
      ("cacheWriteInputTokens", .integer(prompt.cacheWriteTokens)),
    ])
  }

  // MARK: Blocks

  /// A content block, whole and in pieces.
  private struct Block {
    var whole: JSONValue
    /// What its beginning says; nil: nothing announces it.
    var start: JSONValue?
    var deltas: [(json: JSONValue, isToken: Bool)]
  }

  private func blocks(_ reply: Reply) -> [Block] {
    if prompt.faults.has(.moderation) { return [text([BedrockTurn.guardrailText])] }
    var blocks: [Block] = []
    if !reply.thinking.isEmpty { blocks.append(reasoning(reply)) }
    if reply.toolCalls.isEmpty { blocks.append(text(reply.tokens)) }
    return blocks + reply.toolCalls.map(call)
  }

  private func text(_ tokens: [String]) -> Block {
    Block(
      whole: .object([("text", .string(tokens.joined()))]), start: nil,
      deltas: tokens.map { (.object([("text", .string($0))]), true) })
  }

  private func reasoning(_ reply: Reply) -> Block {
    func content(_ name: String, _ value: JSONValue) -> JSONValue {
      .object([("reasoningContent", .object([(name, value)]))])
    }
    let isShown = prompt.thinking?.isShown ?? true
    let said = isShown ? reply.thinking.joined() : ""
    if prompt.faults.has(.redactedThinking) {
      let sealed = JSONValue.string(AnthropicFormat.seal.sealed(reply.thinking.joined()))
      return Block(
        whole: content("redactedContent", sealed), start: nil, deltas: [(content("redactedContent", sealed), true)])
    }
    let signature = JSONValue.string(AnthropicFormat.seal.signature(of: said))
    let whole = content("reasoningText", .object([("text", .string(said)), ("signature", signature)]))
    let tokens = (isShown ? reply.thinking : []).map { (json: content("text", .string($0)), isToken: true) }
    return Block(whole: whole, start: nil, deltas: tokens + [(content("signature", signature), false)])
  }

  private func call(_ call: Reply.ToolCall) -> Block {
    let names: [(key: String, value: JSONValue)] = [
      ("toolUseId", .string("tooluse_" + call.id)), ("name", .string(call.name)),
    ]
    return Block(
      whole: .object([("toolUse", .object(names + [("input", call.arguments)]))]),
      start: .object([("toolUse", .object(names))]),
      deltas: call.pieces.map { (.object([("toolUse", .object([("input", .string($0))]))]), true) })
  }

  // MARK: Streams

  func events(_ reply: Reply, _ identity: AnswerIdentity) -> () -> Answer.Event? {
    var script = EventScript()
    // AWS pads its events, so that their length says nothing.
    let padding: (key: String, value: JSONValue) = ("p", .string("abcdefghij"))
    func add(
      _ name: String, _ members: [(key: String, value: JSONValue)], isToken: Bool = false,
      part: EventScript.Part = .content
    ) { script.add(name, .object(members + [padding]), isToken: isToken, part: part) }
    add("messageStart", [("role", .string("assistant"))])
    for (index, block) in blocks(reply).enumerated() {
      let place: (key: String, value: JSONValue) = ("contentBlockIndex", .integer(index))
      if let start = block.start { add("contentBlockStart", [place, ("start", start)]) }
      for delta in block.deltas { add("contentBlockDelta", [place, ("delta", delta.json)], isToken: delta.isToken) }
      add("contentBlockStop", [place])
    }
    add("messageStop", ending(reply), part: .finish)
    var metadata: [(key: String, value: JSONValue)] = [("metrics", .object([("latencyMs", .integer(1))]))]
    if !prompt.faults.has(.noUsage) { metadata.append(("usage", usage(reply))) }
    add("metadata", metadata, part: .end)
    return script.player(prompt.faults)
  }
}
