import JSON

/// A request for content, and how its answer is written.
struct GeminiTurn: Turn {
  /// Whether it is Vertex's.
  let isVertex: Bool
  /// What is asked.
  var prompt = Prompt()
  /// Whether a stream is of events, and not one array.
  var hasEvents = false
  /// Whether log probabilities are wanted.
  var hasLogprobs = false
  /// How many alternatives per token.
  var alternatives = 0

  /// A turn of which nothing is known yet.
  init(isVertex: Bool) { self.isVertex = isVertex }

  /// How events are put into bytes.
  var framing: Framing { hasEvents ? .events : .array }

  /// The whole answer.
  func whole(_ reply: Reply, _ identity: AnswerIdentity) -> JSONValue {
    if prompt.faults.has(.moderation) { return blocked(reply, identity) }
    let candidates = (0..<reply.choices).map { index in
      candidate(
        index, parts: parts(reply), reason: prompt.faults.has(.noFinish) ? nil : reason(reply), tokens: reply.tokens)
    }
    return response(identity, candidates, usage: usage(reply, thoughts: reply.thinkingTokens, tokens: nil))
  }

  // MARK: Pieces of an answer

  private func response(
    _ identity: AnswerIdentity, _ candidates: [JSONValue], usage: JSONValue?
  ) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [("candidates", .array(candidates))]
    if let usage, !prompt.faults.has(.noUsage) { members.append(("usageMetadata", usage)) }
    members += [("modelVersion", .string(prompt.model)), ("responseId", .string(identity.id))]
    return .object(members)
  }

  private func blocked(_ reply: Reply, _ identity: AnswerIdentity) -> JSONValue {
    .object([
      ("promptFeedback", .object([("blockReason", .string("PROHIBITED_CONTENT"))])),
      (
        "usageMetadata",
        .object([("promptTokenCount", .integer(reply.promptTokens)), ("totalTokenCount", .integer(reply.promptTokens))])
      ),
      ("modelVersion", .string(prompt.model)), ("responseId", .string(identity.id)),
    ])
  }

  private func candidate(_ index: Int, parts: [JSONValue], reason: String?, tokens: [String]) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("content", .object([("parts", .array(parts)), ("role", .string("model"))]))
    ]
    if let reason { members.append(("finishReason", .string(reason))) }
    members.append(("index", .integer(index)))
    if hasLogprobs, !tokens.isEmpty {
      members += [("avgLogprobs", .number("-0.1")), ("logprobsResult", logprobs(tokens))]
    }
    return .object(members)
  }

  private func logprobs(_ tokens: [String]) -> JSONValue {
    func entry(_ token: String) -> JSONValue {
      .object([("token", .string(token)), ("tokenId", .integer(1)), ("logProbability", .number("-0.1"))])
    }
    let top = tokens.map { token in
      JSONValue.object([("candidates", .array((0..<alternatives).map { _ in entry(token) }))])
    }
    return .object([("chosenCandidates", .array(tokens.map(entry))), ("topCandidates", .array(top))])
  }

  private func reason(_ reply: Reply) -> String {
    switch reply.ending {
    case .natural, .stop, .toolCalls: "STOP"
    case .length: "MAX_TOKENS"
    case .filtered: "SAFETY"
    }
  }

  private func parts(_ reply: Reply) -> [JSONValue] {
    var parts: [JSONValue] = []
    if prompt.thinking?.isShown == true, !reply.thinking.isEmpty {
      parts.append(.object([("text", .string(reply.thinking.joined())), ("thought", .bool(true))]))
    }
    if !reply.tokens.isEmpty {
      parts.append(signed([("text", .string(reply.text))], reply.toolCalls.isEmpty ? "text" : nil, reply))
    }
    for (index, call) in reply.toolCalls.enumerated() { parts.append(self.call(call, index, reply)) }
    return parts
  }

  /// A part with the signature of what was thought before it, if anything was. `what`: what is signed; nil: nothing.
  private func signed(_ members: [(key: String, value: JSONValue)], _ what: String?, _ reply: Reply) -> JSONValue {
    guard let what, !reply.thinking.isEmpty else { return .object(members) }
    return .object(members + [("thoughtSignature", .string(GeminiFormat.seal.sealed(what)))])
  }

  private func call(_ call: Reply.ToolCall, _ index: Int, _ reply: Reply) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [("name", .string(call.name)), ("args", call.arguments)]
    if !isVertex { members.append(("id", .string(call.id))) }
    return signed([("functionCall", .object(members))], index == 0 ? "call " + call.name : nil, reply)
  }

  // MARK: Usage

  /// Tokens by modality; the simulator counts text only.
  static func details(_ tokens: Int) -> JSONValue {
    .array([.object([("modality", .string("TEXT")), ("tokenCount", .integer(tokens))])])
  }

  /// Usage after so many tokens of thoughts and text; nil: all of them.
  private func usage(_ reply: Reply, thoughts: Int, tokens: Int?) -> JSONValue {
    let thoughts = thoughts * reply.choices
    let candidates = tokens ?? reply.completionTokens - reply.thinkingTokens * reply.choices
    var members: [(key: String, value: JSONValue)] = [("promptTokenCount", .integer(reply.promptTokens))]
    if candidates > 0 { members.append(("candidatesTokenCount", .integer(candidates))) }
    members += [
      ("totalTokenCount", .integer(reply.promptTokens + candidates + thoughts)),
      ("promptTokensDetails", GeminiTurn.details(reply.promptTokens)),
    ]
    if thoughts > 0 { members.append(("thoughtsTokenCount", .integer(thoughts))) }
    if isVertex { members.append(("trafficType", .string("ON_DEMAND"))) }
    return .object(members)
  }

  // MARK: Streams

  /// The events of the answer, made when they are due.
  func events(_ reply: Reply, _ identity: AnswerIdentity) -> () -> Answer.Event? {
    var script = EventScript()
    if prompt.faults.has(.moderation) {
      script.add(nil, blocked(reply, identity))
      return script.player(FaultList())
    }
    // Vertex counts in the last event only, the Gemini API in each.
    func add(_ parts: [JSONValue], _ tokens: [String], thoughts: Int, sent: Int, choice: Int = 0) {
      let usage = isVertex ? nil : usage(reply, thoughts: thoughts, tokens: sent)
      let candidate = candidate(choice, parts: parts, reason: nil, tokens: tokens)
      script.add(nil, response(identity, [candidate], usage: usage), isToken: true)
    }
    if prompt.thinking?.isShown == true {
      for (index, token) in reply.thinking.enumerated() {
        let part: JSONValue = .object([("text", .string(token)), ("thought", .bool(true))])
        add([part], [], thoughts: index + 1, sent: 0)
      }
    }
    var sent = 0
    for token in reply.tokens {
      for choice in 0..<reply.choices {
        sent += 1
        add([.object([("text", .string(token))])], [token], thoughts: reply.thinkingTokens, sent: sent, choice: choice)
      }
    }
    for (index, call) in reply.toolCalls.enumerated() {
      sent += call.pieces.count + 1
      add([self.call(call, index, reply)], [], thoughts: reply.thinkingTokens, sent: sent)
    }
    addEnd(reply, identity, to: &script)
    return script.player(prompt.faults)
  }

  private func addEnd(_ reply: Reply, _ identity: AnswerIdentity, to script: inout EventScript) {
    let isText = reply.toolCalls.isEmpty && reply.ending != .filtered
    let last = signed([("text", .string(""))], isText ? "text" : nil, reply)
    for choice in 0..<reply.choices {
      let candidate = candidate(choice, parts: [last], reason: reason(reply), tokens: [])
      let isLast = choice == reply.choices - 1
      script.add(
        nil,
        response(
          identity, [candidate], usage: isLast ? usage(reply, thoughts: reply.thinkingTokens, tokens: nil) : nil),
        part: .finish)
    }
  }
}
