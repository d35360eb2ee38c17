import JSON

/// Puts a `ChatAnswer` into OpenAI's wire form: one object, or the objects of a stream.
struct ChatWire {
  /// What was asked.
  let request: ChatRequest
  /// What is said.
  let answer: ChatAnswer
  /// The answer's id.
  let id: String
  /// Seconds since 1970.
  let created: Int64

  private var model: JSONValue { .string(request.model) }

  private func envelope(_ object: String, _ rest: [(key: String, value: JSONValue)]) -> JSONValue {
    .object(
      [
        ("id", .string(id)), ("object", .string(object)), ("created", .integer(created)), ("model", model),
        ("system_fingerprint", .string("fp_simulator")),
      ] + rest)
  }

  private var objectName: String { request.isLegacy ? "text_completion" : "chat.completion" }
  private var chunkName: String { request.isLegacy ? "text_completion" : "chat.completion.chunk" }
  private var finishReason: JSONValue { request.faults.has(.noFinish) ? .null : .string(answer.finishReason) }

  // MARK: Plain answers

  /// The whole answer as one object.
  func whole() -> JSONValue {
    var rest: [(key: String, value: JSONValue)] = [("choices", .array((0..<answer.choices).map(choice)))]
    if !request.faults.has(.noUsage) { rest.append(("usage", answer.usage())) }
    return envelope(objectName, rest)
  }

  private func choice(_ index: Int) -> JSONValue {
    let text = answer.tokens.joined()
    let logprobs = logprobs(answer.tokens, offset: 0)
    if request.isLegacy {
      return .object([
        ("text", .string(text)), ("index", .integer(index)), ("logprobs", logprobs), ("finish_reason", finishReason),
      ])
    }
    var message: [(key: String, value: JSONValue)] = [
      ("role", .string("assistant")), ("content", answer.toolCall == nil ? .string(text) : .null), ("refusal", .null),
    ]
    if let call = answer.toolCall {
      message.append(("tool_calls", .array([toolCall(call, arguments: call.arguments.joined(), index: nil)])))
    }
    return .object([
      ("index", .integer(index)), ("message", .object(message)), ("logprobs", logprobs),
      ("finish_reason", finishReason),
    ])
  }

  // MARK: Streams

  /// The objects of the stream in order, made one at a time. `isToken`: it carries a token, which takes time.
  func chunks() -> () -> (chunk: JSONValue, isToken: Bool)? {
    let pieces = answer.toolCall?.arguments ?? answer.tokens
    let opening = request.isLegacy ? 0 : answer.choices
    let tokens = pieces.count * answer.choices
    let isCutShort = request.faults.has(.noFinish)
    let closing = isCutShort ? 0 : answer.choices
    let usage = request.includesUsage && !request.faults.has(.noUsage) && !isCutShort ? 1 : 0
    var position = 0
    var textOffset = 0
    return {
      defer { position += 1 }
      if position < opening { return (self.opening(position), false) }
      let token = position - opening
      if token < tokens {
        let piece = pieces[token / answer.choices]
        defer { if token % answer.choices == answer.choices - 1 { textOffset += piece.count } }
        return (self.piece(piece, choice: token % answer.choices, sent: token + 1, offset: textOffset), true)
      }
      if token - tokens < closing { return (self.closing(token - tokens), false) }
      if token - tokens - closing < usage { return (self.lastUsage(), false) }
      return nil
    }
  }

  private func chunk(_ choices: [JSONValue], usage: JSONValue?) -> JSONValue {
    envelope(chunkName, [("choices", .array(choices))] + (usage.map { [("usage", $0)] } ?? []))
  }

  /// The `usage` member of an ordinary chunk: as OpenAI does it null when it was asked for, else absent.
  private func usageSoFar(_ completion: Int) -> JSONValue? {
    if request.faults.has(.usageInChunks) { return answer.usage(completion: completion) }
    return request.includesUsage && !request.faults.has(.noUsage) ? .null : nil
  }

  private func lastUsage() -> JSONValue { chunk([], usage: answer.usage()) }

  private func delta(
    _ index: Int, _ members: [(key: String, value: JSONValue)], _ logprobs: JSONValue, _ reason: JSONValue
  )
    -> JSONValue
  {
    .object([
      ("index", .integer(index)), ("delta", .object(members)), ("logprobs", logprobs), ("finish_reason", reason),
    ])
  }

  private func opening(_ index: Int) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [("role", .string("assistant"))]
    if let call = answer.toolCall {
      members += [("content", .null), ("tool_calls", .array([toolCall(call, arguments: "", index: 0)]))]
    } else {
      members += [("content", .string("")), ("refusal", .null)]
    }
    return chunk([delta(index, members, .null, .null)], usage: usageSoFar(0))
  }

  private func piece(_ text: String, choice index: Int, sent: Int, offset: Int) -> JSONValue {
    let logprobs = answer.toolCall == nil ? logprobs([text], offset: offset) : .null
    if request.isLegacy {
      let choice: JSONValue = .object([
        ("text", .string(text)), ("index", .integer(index)), ("logprobs", logprobs), ("finish_reason", .null),
      ])
      return chunk([choice], usage: usageSoFar(sent))
    }
    let member: (key: String, value: JSONValue) =
      answer.toolCall == nil
      ? ("content", .string(text))
      : (
        "tool_calls",
        .array([.object([("index", .integer(0)), ("function", .object([("arguments", .string(text))]))])])
      )
    return chunk([delta(index, [member], logprobs, .null)], usage: usageSoFar(sent))
  }

  private func closing(_ index: Int) -> JSONValue {
    let usage = usageSoFar(answer.completionTokens)
    guard request.isLegacy else { return chunk([delta(index, [], .null, finishReason)], usage: usage) }
    return chunk(
      [
        .object([
          ("text", .string("")), ("index", .integer(index)), ("logprobs", .null), ("finish_reason", finishReason),
        ])
      ], usage: usage)
  }

  private func toolCall(_ call: ChatAnswer.ToolCall, arguments: String, index: Int?) -> JSONValue {
    .object(
      (index.map { [("index", .integer($0))] } ?? []) + [
        ("id", .string(call.id)), ("type", .string("function")),
        ("function", .object([("name", .string(call.name)), ("arguments", .string(arguments))])),
      ])
  }

  // MARK: Log probabilities

  private func logprobs(_ tokens: [String], offset: Int) -> JSONValue {
    guard request.hasLogprobs, answer.toolCall == nil else { return .null }
    return request.isLegacy
      ? legacyLogprobs(tokens, offset)
      : .object([
        ("content", .array(tokens.map { entry($0, alternatives: true) })), ("refusal", .null),
      ])
  }

  private func entry(_ token: String, alternatives: Bool) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("token", .string(token)), ("logprob", .number("-0.1")), ("bytes", .array(token.utf8.map { .integer($0) })),
    ]
    if alternatives {
      let count = request.topLogprobs
      members.append(("top_logprobs", .array((0..<count).map { _ in entry(token, alternatives: false) })))
    }
    return .object(members)
  }

  private func legacyLogprobs(_ tokens: [String], _ start: Int) -> JSONValue {
    var offset = start
    let offsets = tokens.map { token -> JSONValue in
      defer { offset += token.count }
      return .integer(offset)
    }
    return .object([
      ("tokens", .array(tokens.map(JSONValue.string))), ("token_logprobs", .array(tokens.map { _ in .number("-0.1") })),
      ("top_logprobs", .array(tokens.map { .object([($0, .number("-0.1"))]) })), ("text_offset", .array(offsets)),
    ])
  }
}
