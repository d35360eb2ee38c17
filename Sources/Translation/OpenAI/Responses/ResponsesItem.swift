import JSON

/// Items of an answer other than reasoning, as callers read them.
enum ResponsesItem {
  /// A message.
  static func message(_ content: [JSONValue], id: String, status: String) -> JSONValue {
    .object([
      ("type", .string("message")), ("id", .string(id)), ("status", .string(status)), ("role", .string("assistant")),
      ("content", .array(content)),
    ])
  }

  /// A part of a message: text.
  static func text(_ text: String, annotations: [JSONValue], logprobs: JSONValue?) -> JSONValue {
    .object([
      ("type", .string("output_text")), ("annotations", .array(annotations)), ("logprobs", tokens(logprobs)),
      ("text", .string(text)),
    ])
  }

  /// A part of a message: a refusal.
  static func refusal(_ text: String) -> JSONValue {
    .object([("type", .string("refusal")), ("refusal", .string(text))])
  }

  /// The probabilities of a text's tokens, from those of a choice in OpenAI's chat form.
  static func tokens(_ logprobs: JSONValue?) -> JSONValue {
    .array((logprobs?["content"]?.arrayValue ?? []).map(token))
  }

  /// Bytes and alternatives may be missing there and must not be here.
  private static func token(_ value: JSONValue) -> JSONValue {
    func complete(_ value: JSONValue) -> [(key: String, value: JSONValue)] {
      let members = (value.objectValue ?? []).filter { !$0.value.isNull && $0.key != "top_logprobs" }
      return members.contains { $0.key == "bytes" } ? members : members + [("bytes", .array([]))]
    }
    let alternatives = (value["top_logprobs"]?.arrayValue ?? []).map { JSONValue.object(complete($0)) }
    return .object(complete(value) + [("top_logprobs", .array(alternatives))])
  }

  /// A picture that the model has made.
  static func image(_ image: ImageContent, id: String) -> JSONValue {
    var writer = ObjectWriter([
      ("type", .string("image_generation_call")), ("id", .string(id)), ("status", .string("completed")),
    ])
    switch image.source {
    case .data(let type, let base64):
      writer.add("result", base64)
      if let kind = type.split(separator: "/").last, type.hasPrefix("image/") {
        writer.add("output_format", String(kind))
      }
    case .url, .text, .file: writer.add("result", image.source.address.map { .string($0) } ?? .null)
    }
    return writer.value
  }
}

/// A call on its way to a caller, under the name that the caller knows the tool by.
struct ResponsesCall {
  /// Ties the result to it.
  let callID: String
  /// The tool's name.
  let name: String
  /// Whether the tool takes any text instead of arguments.
  let isFreeForm: Bool
  private let extras: [Member]

  /// A call of one of the tools.
  init(_ start: ToolCallStart, tools: [ToolDefinition]) {
    let alias = tools.first { $0.function?.name == start.name }?.alias
    callID = start.id
    name = alias?.name ?? start.name
    isFreeForm = alias?.isFreeForm ?? false
    if let namespace = alias?.namespace, !start.extras.contains(where: { $0.name == "namespace" }) {
      extras = start.extras + [Member("namespace", .string(namespace))]
    } else {
      extras = start.extras
    }
  }

  /// What the item's id begins with.
  var kind: String { isFreeForm ? "ctc" : "fc" }

  /// The item.
  func item(id: String, arguments: String, status: String) -> JSONValue {
    var writer = ObjectWriter([
      ("type", .string(isFreeForm ? "custom_tool_call" : "function_call")), ("id", .string(id)),
    ])
    writer.add("call_id", callID)
    writer.add("name", name)
    if isFreeForm {
      writer.add("input", FreeFormInput.input(arguments))
    } else {
      writer.add("arguments", arguments)
      writer.add("status", status)
    }
    writer.add(extras)
    return writer.value
  }
}
