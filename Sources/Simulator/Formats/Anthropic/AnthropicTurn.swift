import JSON

/// A request for a message, and how its answer is written.
struct AnthropicTurn: Turn {
  /// What is asked.
  var prompt = Prompt()
  /// Whether tools of any kind are offered.
  var hasTools = false
  /// The `type` of `thinking`; nil when there is none.
  var thinkingType: String?
  /// `budget_tokens` of `thinking`. Unit: tokens.
  var budget: Int?
  /// `effort` of `output_config`.
  var effort: String?
  /// `temperature`. Range: 0...1.
  var temperature: Double?
  /// `top_p`. Range: 0...1.
  var topP: Double?
  /// `top_k`.
  var topK: Int?
  /// Whether the cache is to hold the prompt for an hour.
  var isLongCache = false
  /// What the answer cites; nil: nothing.
  var citation: JSONValue?

  /// How events are put into bytes.
  var framing: Framing { .events }

  // MARK: Whole answers

  /// The whole answer.
  func whole(_ reply: Reply, _ identity: AnswerIdentity) -> JSONValue {
    let blocks = blocks(reply)
    let isUnfinished = prompt.faults.has(.noFinish)
    return message(
      identity, content: blocks.map(\.whole), reason: isUnfinished ? .null : .string(reason(reply)),
      stop: isUnfinished ? .null : stop(reply), usage: usage(output: reply.completionTokens, reply))
  }

  private func message(
    _ identity: AnswerIdentity, content: [JSONValue], reason: JSONValue, stop: JSONValue, usage: JSONValue
  ) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("id", .string("msg_" + identity.id)), ("type", .string("message")), ("role", .string("assistant")),
      ("model", .string(prompt.model)), ("content", .array(content)), ("stop_reason", reason), ("stop_sequence", stop),
    ]
    if !prompt.faults.has(.noUsage) { members.append(("usage", usage)) }
    return .object(members)
  }

  private func reason(_ reply: Reply) -> String {
    switch reply.ending {
    case .natural: "end_turn"
    case .stop: "stop_sequence"
    case .length: "max_tokens"
    case .toolCalls: "tool_use"
    case .filtered: "refusal"
    }
  }

  private func stop(_ reply: Reply) -> JSONValue {
    if case .stop(let text) = reply.ending { .string(text) } else { .null }
  }

  private func usage(output: Int, _ reply: Reply) -> JSONValue {
    let written = prompt.cacheWriteTokens
    var members: [(key: String, value: JSONValue)] = [
      ("input_tokens", .integer(prompt.promptTokens - prompt.cacheReadTokens - written)),
      ("cache_creation_input_tokens", .integer(written)),
      ("cache_read_input_tokens", .integer(prompt.cacheReadTokens)),
      (
        "cache_creation",
        .object([
          ("ephemeral_5m_input_tokens", .integer(isLongCache ? 0 : written)),
          ("ephemeral_1h_input_tokens", .integer(isLongCache ? written : 0)),
        ])
      ), ("output_tokens", .integer(output)), ("service_tier", .string("standard")),
    ]
    if !reply.thinking.isEmpty {
      members.append(("output_tokens_details", .object([("thinking_tokens", .integer(reply.thinkingTokens))])))
    }
    return .object(members)
  }

  // MARK: Blocks

  /// A content block, whole and in pieces.
  private struct Block {
    /// As it stands in a whole answer.
    var whole: JSONValue
    /// As it stands at the beginning of its pieces.
    var empty: JSONValue
    /// Its pieces.
    var deltas: [(json: JSONValue, isToken: Bool)] = []
  }

  private func blocks(_ reply: Reply) -> [Block] {
    var blocks = thinkingBlocks(reply)
    if !reply.tokens.isEmpty || (reply.toolCalls.isEmpty && reply.ending != .filtered) {
      blocks.append(textBlock(reply))
    }
    return blocks + reply.toolCalls.map(callBlock)
  }

  private func thinkingBlocks(_ reply: Reply) -> [Block] {
    guard !reply.thinking.isEmpty, let thinking = prompt.thinking else { return [] }
    let text = thinking.isShown ? reply.thinking.joined() : ""
    if prompt.faults.has(.redactedThinking) {
      let block: JSONValue = .object([
        ("type", .string("redacted_thinking")),
        ("data", .string(AnthropicFormat.seal.sealed(reply.thinking.joined()))),
      ])
      return [Block(whole: block, empty: block)]
    }
    let signature = AnthropicFormat.seal.signature(of: text)
    let deltas = (thinking.isShown ? reply.thinking : []).map { token in
      (json: AnthropicTurn.delta("thinking_delta", "thinking", .string(token)), isToken: true)
    }
    return [
      Block(
        whole: AnthropicTurn.thinking(text, signature), empty: AnthropicTurn.thinking("", ""),
        deltas: deltas + [(AnthropicTurn.delta("signature_delta", "signature", .string(signature)), false)])
    ]
  }

  private static func thinking(_ text: String, _ signature: String) -> JSONValue {
    .object([("type", .string("thinking")), ("thinking", .string(text)), ("signature", .string(signature))])
  }

  private static func delta(_ type: String, _ name: String, _ value: JSONValue) -> JSONValue {
    .object([("type", .string(type)), (name, value)])
  }

  private func textBlock(_ reply: Reply) -> Block {
    func block(_ text: String, _ citations: [JSONValue]) -> JSONValue {
      let members: [(key: String, value: JSONValue)] = [("type", .string("text")), ("text", .string(text))]
      return .object(members + (citation == nil ? [] : [("citations", .array(citations))]))
    }
    var result = Block(whole: block(reply.text, citation.map { [$0] } ?? []), empty: block("", []))
    result.deltas = reply.tokens.map { (AnthropicTurn.delta("text_delta", "text", .string($0)), true) }
    if let citation { result.deltas.append((AnthropicTurn.delta("citations_delta", "citation", citation), false)) }
    return result
  }

  private func callBlock(_ call: Reply.ToolCall) -> Block {
    func block(_ input: JSONValue) -> JSONValue {
      .object([
        ("type", .string("tool_use")), ("id", .string("toolu_" + call.id)), ("name", .string(call.name)),
        ("input", input),
      ])
    }
    let pieces = [""] + call.pieces
    return Block(
      whole: block(call.arguments), empty: block(.object([])),
      deltas: pieces.map { (AnthropicTurn.delta("input_json_delta", "partial_json", .string($0)), !$0.isEmpty) })
  }

  // MARK: Streams

  /// The events of the answer, made when they are due.
  func events(_ reply: Reply, _ identity: AnswerIdentity) -> () -> Answer.Event? {
    var script = EventScript()
    let opening = message(identity, content: [], reason: .null, stop: .null, usage: usage(output: 1, reply))
    AnthropicTurn.add("message_start", [("message", opening)], to: &script)
    for (index, block) in blocks(reply).enumerated() {
      let place: (key: String, value: JSONValue) = ("index", .integer(index))
      AnthropicTurn.add("content_block_start", [place, ("content_block", block.empty)], to: &script)
      if index == 0 { AnthropicTurn.add("ping", [], to: &script) }
      for delta in block.deltas {
        AnthropicTurn.add("content_block_delta", [place, ("delta", delta.json)], isToken: delta.isToken, to: &script)
      }
      AnthropicTurn.add("content_block_stop", [place], to: &script)
    }
    var members: [(key: String, value: JSONValue)] = [
      ("delta", .object([("stop_reason", .string(reason(reply))), ("stop_sequence", stop(reply))]))
    ]
    if !prompt.faults.has(.noUsage) {
      // The last event counts anew what may have changed, and says nothing of the tier and of the caches' lives.
      let all = usage(output: reply.completionTokens, reply).objectValue ?? []
      members.append(("usage", .object(all.filter { $0.key != "cache_creation" && $0.key != "service_tier" })))
    }
    AnthropicTurn.add("message_delta", members, part: .finish, to: &script)
    AnthropicTurn.add("message_stop", [], part: .end, to: &script)
    return script.player(prompt.faults)
  }

  private static func add(
    _ name: String, _ members: [(key: String, value: JSONValue)], isToken: Bool = false,
    part: EventScript.Part = .content, to script: inout EventScript
  ) {
    script.add(name, .object([("type", .string(name))] + members), isToken: isToken, part: part)
  }
}
