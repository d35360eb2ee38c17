import JSON

/// A request for a response, and how its answer is written.
struct ResponsesTurn: Turn {
  /// The request's body; an answer repeats parts of it.
  let body: JSONValue
  var prompt = Prompt()
  /// Whether the provider is to keep the answer.
  var isStored = true
  /// Whether reasoning comes sealed, for callers that keep it themselves.
  var includesEncrypted = false
  /// Whether log probabilities are wanted.
  var hasLogprobs = false
  /// How many alternatives per token.
  var alternatives = 0
  /// Whether deltas are padded against being recognised by their length.
  var hasObfuscation = true
  /// Whether tools of any kind are offered.
  var hasTools = false
  /// The tools whose input is free text.
  var customTools: Set<String> = []
  /// The namespaces of the tools that stand in one.
  var namespaces: [String: String] = [:]

  /// A turn with a body.
  init(body: JSONValue) { self.body = body }

  var framing: Framing { .events }

  func whole(_ reply: Reply, _ identity: AnswerIdentity) -> JSONValue {
    response(reply, identity, status: status(reply), output: items(reply, identity).map(\.whole))
  }

  private func status(_ reply: Reply) -> String {
    if prompt.faults.has(.noFinish) { return "in_progress" }
    return reply.ending == .length || reply.ending == .filtered ? "incomplete" : "completed"
  }

  // MARK: The response object

  /// The response as it is at some point; with usage when it has ended.
  private func response(
    _ reply: Reply, _ identity: AnswerIdentity, status: String, output: [JSONValue]
  ) -> JSONValue {
    let isOver = status != "in_progress"
    var details = JSONValue.null
    if status == "incomplete" {
      details = .object([("reason", .string(reply.ending == .filtered ? "content_filter" : "max_output_tokens"))])
    }
    var members: [(key: String, value: JSONValue)] = [
      ("id", .string("resp_" + identity.id)), ("object", .string("response")),
      ("created_at", .integer(identity.created)), ("status", .string(status)), ("background", .bool(false)),
      ("completed_at", isOver ? .integer(identity.created) : .null), ("error", .null),
      ("incomplete_details", details), ("model", .string(prompt.model)), ("output", .array(output)),
      ("previous_response_id", .null), ("store", .bool(isStored)),
      ("parallel_tool_calls", .bool(prompt.mayCallInParallel)),
    ]
    members += repeated
    let showsUsage = isOver && !prompt.faults.has(.noUsage)
    members.append(("usage", showsUsage ? usage(reply) : .null))
    return .object(members)
  }

  /// Members of the request that the answer repeats, with their defaults.
  private var repeated: [(key: String, value: JSONValue)] {
    let text: JSONValue = .object([("format", .object([("type", .string("text"))])), ("verbosity", .string("medium"))])
    let defaults: [(key: String, value: JSONValue)] = [
      ("instructions", .null), ("max_output_tokens", .null), ("max_tool_calls", .null), ("metadata", .object([])),
      ("prompt_cache_key", .null), ("reasoning", .object([("effort", .null), ("summary", .null)])),
      ("safety_identifier", .null), ("service_tier", .string("default")), ("temperature", .integer(1)), ("text", text),
      ("tool_choice", .string("auto")), ("tools", .array([])), ("top_logprobs", .integer(0)), ("top_p", .integer(1)),
      ("truncation", .string("disabled")), ("user", .null),
    ]
    return defaults.map { name, value in
      guard name != "service_tier", let given = body[name], !given.isNull else { return (name, value) }
      return (name, given)
    }
  }

  private func usage(_ reply: Reply) -> JSONValue {
    .object([
      ("input_tokens", .integer(reply.promptTokens)),
      ("input_tokens_details", .object([("cached_tokens", .integer(0)), ("cache_write_tokens", .integer(0))])),
      ("output_tokens", .integer(reply.completionTokens)),
      ("output_tokens_details", .object([("reasoning_tokens", .integer(reply.thinkingTokens))])),
      ("total_tokens", .integer(reply.promptTokens + reply.completionTokens)),
    ])
  }

  // MARK: Items

  /// An item of the output, whole and in events.
  private struct Item {
    var whole: JSONValue
    var begun: JSONValue
    var events: [Step] = []
  }

  /// An event inside an item, without what all of them carry.
  private struct Step {
    var name: String
    var members: [(key: String, value: JSONValue)]
    var isToken = false
  }

  private func items(_ reply: Reply, _ identity: AnswerIdentity) -> [Item] {
    var items: [Item] = []
    if !reply.thinking.isEmpty { items.append(reasoning(reply, id: "rs_" + identity.id)) }
    if reply.toolCalls.isEmpty { items.append(message(reply, id: "msg_" + identity.id)) }
    return items + reply.toolCalls.map(call)
  }

  private func reasoning(_ reply: Reply, id: String) -> Item {
    let isShown = prompt.thinking?.isShown == true && !prompt.faults.has(.redactedThinking)
    let text = reply.thinking.joined()
    let part: JSONValue = .object([("type", .string("summary_text")), ("text", .string(text))])
    let sealed: [(key: String, value: JSONValue)] =
      includesEncrypted ? [("encrypted_content", .string(ResponsesFormat.seal.sealed(text)))] : []
    func item(_ summary: [JSONValue]) -> JSONValue {
      .object([("id", .string(id)), ("type", .string("reasoning")), ("summary", .array(summary))] + sealed)
    }
    var result = Item(whole: item(isShown ? [part] : []), begun: item([]))
    guard isShown else { return result }
    let place: (key: String, value: JSONValue) = ("summary_index", .integer(0))
    let empty: JSONValue = .object([("type", .string("summary_text")), ("text", .string(""))])
    result.events.append(Step(name: "reasoning_summary_part.added", members: [place, ("part", empty)]))
    for token in reply.thinking {
      result.events.append(
        Step(
          name: "reasoning_summary_text.delta", members: [place, ("delta", .string(token))] + padding, isToken: true))
    }
    result.events += [
      Step(name: "reasoning_summary_text.done", members: [place, ("text", .string(text))]),
      Step(name: "reasoning_summary_part.done", members: [place, ("part", part)]),
    ]
    return result
  }

  private var padding: [(key: String, value: JSONValue)] {
    hasObfuscation ? [("obfuscation", .string("simulated"))] : []
  }

  private func message(_ reply: Reply, id: String) -> Item {
    func part(_ text: String, _ tokens: [String]) -> JSONValue {
      .object([
        ("type", .string("output_text")), ("text", .string(text)), ("annotations", .array([])),
        ("logprobs", logprobs(tokens)),
      ])
    }
    func item(_ status: String, _ content: [JSONValue]) -> JSONValue {
      .object([
        ("id", .string(id)), ("type", .string("message")), ("status", .string(status)), ("role", .string("assistant")),
        ("content", .array(content)),
      ])
    }
    let whole = part(reply.text, reply.tokens)
    let isWhole = status(reply) == "completed"
    var result = Item(whole: item(isWhole ? "completed" : "incomplete", [whole]), begun: item("in_progress", []))
    let place: (key: String, value: JSONValue) = ("content_index", .integer(0))
    result.events.append(Step(name: "content_part.added", members: [place, ("part", part("", []))]))
    for token in reply.tokens {
      result.events.append(
        Step(
          name: "output_text.delta",
          members: [place, ("delta", .string(token)), ("logprobs", logprobs([token]))] + padding, isToken: true))
    }
    result.events += [
      Step(
        name: "output_text.done",
        members: [place, ("text", .string(reply.text)), ("logprobs", logprobs(reply.tokens))]),
      Step(name: "content_part.done", members: [place, ("part", whole)]),
    ]
    return result
  }

  private func logprobs(_ tokens: [String]) -> JSONValue {
    guard hasLogprobs else { return .array([]) }
    func entry(_ token: String) -> [(key: String, value: JSONValue)] {
      [
        ("token", .string(token)), ("logprob", .number("-0.1")), ("bytes", .array(token.utf8.map { .integer($0) })),
      ]
    }
    return .array(
      tokens.map { token in
        .object(entry(token) + [("top_logprobs", .array((0..<alternatives).map { _ in .object(entry(token)) }))])
      })
  }

  private func call(_ call: Reply.ToolCall) -> Item {
    let isCustom = customTools.contains(call.name)
    let word = isCustom ? "input" : "arguments"
    let namespace = namespaces[call.name].map { [(key: "namespace", value: JSONValue.string($0))] } ?? []
    func item(_ status: String, _ text: String) -> JSONValue {
      .object(
        [
          ("id", .string((isCustom ? "ctc_" : "fc_") + call.id)),
          ("type", .string(isCustom ? "custom_tool_call" : "function_call")), ("status", .string(status)),
          (word, .string(text)), ("call_id", .string("call_" + call.id)), ("name", .string(call.name)),
        ] + namespace)
    }
    let text = call.pieces.joined()
    let event = isCustom ? "custom_tool_call_input" : "function_call_arguments"
    var result = Item(whole: item("completed", text), begun: item("in_progress", ""))
    result.events = call.pieces.map {
      Step(name: event + ".delta", members: [("delta", .string($0))] + padding, isToken: true)
    }
    let name: [(key: String, value: JSONValue)] = isCustom ? [] : [("name", .string(call.name))]
    result.events.append(Step(name: event + ".done", members: [(word, .string(text))] + name))
    return result
  }

  // MARK: Streams

  func events(_ reply: Reply, _ identity: AnswerIdentity) -> () -> Answer.Event? {
    var script = EventScript()
    var number = 0
    func add(
      _ name: String, _ members: [(key: String, value: JSONValue)], isToken: Bool = false,
      part: EventScript.Part = .content
    ) {
      let head: [(key: String, value: JSONValue)] = [
        ("type", .string("response." + name)), ("sequence_number", .integer(number)),
      ]
      script.add("response." + name, .object(head + members), isToken: isToken, part: part)
      number += 1
    }
    let begun = response(reply, identity, status: "in_progress", output: [])
    add("created", [("response", begun)])
    add("in_progress", [("response", begun)])
    let items = items(reply, identity)
    for (index, item) in items.enumerated() {
      let place: (key: String, value: JSONValue) = ("output_index", .integer(index))
      add("output_item.added", [place, ("item", item.begun)])
      for step in item.events {
        add(step.name, [("item_id", item.whole["id"] ?? .null), place] + step.members, isToken: step.isToken)
      }
      add("output_item.done", [place, ("item", item.whole)])
    }
    let end = status(reply)
    add(end, [("response", response(reply, identity, status: end, output: items.map(\.whole)))], part: .finish)
    return script.player(prompt.faults)
  }
}
