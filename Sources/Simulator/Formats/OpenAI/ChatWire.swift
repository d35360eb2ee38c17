import JSON

/// Puts a `Reply` into OpenAI's wire form: one object, or the objects of a stream.
struct ChatWire {
  /// What was asked.
  let request: ChatRequest
  /// What is said.
  let answer: Reply
  /// The answer's id.
  let id: String
  /// Seconds since 1970.
  let created: Int64

  private var model: JSONValue { .string(request.prompt.model) }

  private func envelope(_ object: String, _ rest: [(key: String, value: JSONValue)]) -> JSONValue {
    .object(
      [
        ("id", .string(id)), ("object", .string(object)), ("created", .integer(created)), ("model", model),
        ("system_fingerprint", .string("fp_simulator")),
      ] + rest)
  }

  private var objectName: String { request.isLegacy ? "text_completion" : "chat.completion" }
  private var chunkName: String { request.isLegacy ? "text_completion" : "chat.completion.chunk" }
  private var finishReason: JSONValue {
    request.prompt.faults.has(.noFinish) ? .null : .string(ChatWire.word(answer.ending))
  }

  // MARK: Plain answers

  /// The whole answer as one object.
  func whole() -> JSONValue {
    var rest: [(key: String, value: JSONValue)] = [("choices", .array((0..<answer.choices).map(choice)))]
    if !request.prompt.faults.has(.noUsage) { rest.append(("usage", usage())) }
    return envelope(objectName, rest)
  }

  private func choice(_ index: Int) -> JSONValue {
    let text = answer.text
    let logprobs = logprobs(answer.tokens, offset: 0)
    if request.isLegacy {
      return .object([
        ("text", .string(text)), ("index", .integer(index)), ("logprobs", logprobs), ("finish_reason", finishReason),
      ])
    }
    var message: [(key: String, value: JSONValue)] = [
      ("role", .string("assistant")), ("content", answer.toolCalls.isEmpty ? .string(text) : .null), ("refusal", .null),
    ]
    if !answer.toolCalls.isEmpty {
      let calls = answer.toolCalls.map { toolCall($0, arguments: $0.pieces.joined(), index: nil) }
      message.append(("tool_calls", .array(calls)))
    }
    return .object([
      ("index", .integer(index)), ("message", .object(message)), ("logprobs", logprobs),
      ("finish_reason", finishReason),
    ])
  }

  // MARK: Streams

  /// What one chunk between the first and the last carries.
  private struct Piece {
    /// Text of the answer, or of the arguments of a call.
    var text: String
    /// The call whose arguments these are, or whose beginning this is; nil: text of the answer.
    var call: Int?
    /// Whether the call begins here; the first begins with the answer.
    var beginsCall = false
  }

  private var pieces: [Piece] {
    if answer.toolCalls.isEmpty { return answer.tokens.map { Piece(text: $0) } }
    return answer.toolCalls.enumerated().flatMap { index, call in
      (index > 0 ? [Piece(text: "", call: index, beginsCall: true)] : [])
        + call.pieces.map { Piece(text: $0, call: index) }
    }
  }

  /// The objects of the stream in order, made one at a time. `isToken`: it carries a token, which takes time.
  func chunks() -> () -> (chunk: JSONValue, isToken: Bool)? {
    let pieces = pieces
    let opening = request.isLegacy ? 0 : answer.choices
    let tokens = pieces.count * answer.choices
    let isCutShort = request.prompt.faults.has(.noFinish)
    let closing = isCutShort ? 0 : answer.choices
    let usage = request.includesUsage && !request.prompt.faults.has(.noUsage) && !isCutShort ? 1 : 0
    var position = 0
    var textOffset = 0
    return {
      defer { position += 1 }
      if position < opening { return (self.opening(position), false) }
      let token = position - opening
      if token < tokens {
        let piece = pieces[token / answer.choices]
        defer { if token % answer.choices == answer.choices - 1 { textOffset += piece.text.count } }
        return (self.chunk(of: piece, choice: token % answer.choices, sent: token + 1, offset: textOffset), true)
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
    if request.prompt.faults.has(.usageInChunks) { return usage(completion: completion) }
    return request.includesUsage && !request.prompt.faults.has(.noUsage) ? .null : nil
  }

  private func lastUsage() -> JSONValue { chunk([], usage: usage()) }

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
    if let call = answer.toolCalls.first {
      members += [("content", .null), ("tool_calls", .array([toolCall(call, arguments: "", index: 0)]))]
    } else {
      members += [("content", .string("")), ("refusal", .null)]
    }
    return chunk([delta(index, members, .null, .null)], usage: usageSoFar(0))
  }

  private func chunk(of piece: Piece, choice index: Int, sent: Int, offset: Int) -> JSONValue {
    let logprobs = piece.call == nil ? logprobs([piece.text], offset: offset) : .null
    if request.isLegacy {
      let choice: JSONValue = .object([
        ("text", .string(piece.text)), ("index", .integer(index)), ("logprobs", logprobs), ("finish_reason", .null),
      ])
      return chunk([choice], usage: usageSoFar(sent))
    }
    return chunk([delta(index, [member(for: piece)], logprobs, .null)], usage: usageSoFar(sent))
  }

  private func member(for piece: Piece) -> (key: String, value: JSONValue) {
    guard let call = piece.call else { return ("content", .string(piece.text)) }
    if piece.beginsCall {
      return ("tool_calls", .array([toolCall(answer.toolCalls[call], arguments: "", index: call)]))
    }
    let function: JSONValue = .object([("arguments", .string(piece.text))])
    return ("tool_calls", .array([.object([("index", .integer(call)), ("function", function)])]))
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

  private func toolCall(_ call: Reply.ToolCall, arguments: String, index: Int?) -> JSONValue {
    .object(
      (index.map { [("index", .integer($0))] } ?? []) + [
        ("id", .string("call_" + call.id)), ("type", .string("function")),
        ("function", .object([("name", .string(call.name)), ("arguments", .string(arguments))])),
      ])
  }

  // MARK: Endings and usage

  private static func word(_ ending: Reply.Ending) -> String {
    switch ending {
    case .natural, .stop: "stop"
    case .length: "length"
    case .toolCalls: "tool_calls"
    case .filtered: "content_filter"
    }
  }

  /// OpenAI's `usage` object, after so many completion tokens; nil: all.
  private func usage(completion: Int? = nil) -> JSONValue {
    let completion = completion ?? answer.completionTokens
    return .object([
      ("prompt_tokens", .integer(answer.promptTokens)), ("completion_tokens", .integer(completion)),
      ("total_tokens", .integer(answer.promptTokens + completion)),
      ("prompt_tokens_details", .object([("cached_tokens", .integer(0)), ("audio_tokens", .integer(0))])),
      (
        "completion_tokens_details",
        .object([
          ("reasoning_tokens", .integer(0)), ("audio_tokens", .integer(0)),
          ("accepted_prediction_tokens", .integer(0)), ("rejected_prediction_tokens", .integer(0)),
        ])
      ),
    ])
  }

  // MARK: Log probabilities

  private func logprobs(_ tokens: [String], offset: Int) -> JSONValue {
    guard request.hasLogprobs, answer.toolCalls.isEmpty else { return .null }
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
