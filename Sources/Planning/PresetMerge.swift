import Catalog
import Configuration
import Core
import JSON

/// Lays a request over a preset (reference section 4.6): what the request sets stays, what it leaves out comes from the
/// preset. Works on the request's bytes, so that everything the caller wrote goes through as written. The preset's provider
/// preferences are not written into the body; they belong under the request's, see `PreferenceMembers.over`.
package enum PresetMerge {
  /// What is known of a request's top-level members.
  private struct Outline {
    var names: Set<String> = []
    var model: JSONSpan?
    var messages: JSONSpan?
    var tools: JSONSpan?
    var hasSystemMessage = false
    var toolNames: Set<String> = []
    var hasTools = false
    var members = JSONMemberList()
    /// Behind the last member, or behind the opening bracket.
    var end = 0
    /// Whether nothing stands before what is added.
    var isEmpty = true
  }

  /// Appends the merged request to `buffer`. Throws a 400 when the body is no JSON object.
  package static func apply(
    _ preset: PresetSettings, _ reference: PresetReference, to body: UnsafeRawBufferPointer, into buffer: ByteBuffer
  ) throws(GatewayError) {
    let outline: Outline
    do throws(JSONProblem) {
      outline = try read(body)
    } catch {
      throw .caller(.invalidRequest, "The request body is not valid JSON: \(error).")
    }
    var splice = JSONSplice()
    outline.members.addRemovals(to: &splice)
    var added: [String] = []
    mergeModel(preset, reference, outline, &splice, &added)
    mergeSystemPrompt(preset, outline, &splice)
    for parameter in preset.parameters {
      if parameter.name == "tools", let span = outline.tools {
        mergeTools(parameter.json, span, outline, &splice)
      } else if !outline.names.contains(parameter.name) {
        added.append(quoted(parameter.name) + ":" + parameter.json)
      }
    }
    if !added.isEmpty {
      let text = (outline.isEmpty ? "" : ",") + added.joined(separator: ",")
      splice.replace(outline.end, outline.end, with: Array(text.utf8))
    }
    splice.apply(to: body, into: buffer)
  }

  // MARK: Parts

  /// The request's model wins; else the preset's first, with its others as the chain behind it.
  private static func mergeModel(
    _ preset: PresetSettings, _ reference: PresetReference, _ outline: Outline, _ splice: inout JSONSplice,
    _ added: inout [String]
  ) {
    if let model = reference.model {
      if let span = outline.model { splice.replace(span, with: Array(quoted(model).utf8)) }
      return
    }
    guard let first = preset.models.first else {
      // A name of a preset is no name of a model: what is missing is said later, and by name.
      if let span = outline.model { splice.replace(span, with: Array("null".utf8)) }
      return
    }
    if let span = outline.model {
      splice.replace(span, with: Array(quoted(first).utf8))
    } else {
      added.append("\"model\":" + quoted(first))
    }
    if preset.models.count > 1, !outline.names.contains("models") {
      added.append("\"models\":[" + preset.models.dropFirst().map(quoted).joined(separator: ",") + "]")
    }
  }

  private static func mergeSystemPrompt(_ preset: PresetSettings, _ outline: Outline, _ splice: inout JSONSplice) {
    guard let prompt = preset.systemPrompt, let messages = outline.messages, !outline.hasSystemMessage else { return }
    let text = "{\"role\":\"system\",\"content\":" + quoted(prompt) + "},"
    splice.replace(messages.start + 1, messages.start + 1, with: Array(text.utf8))
  }

  /// The preset's tools first, without those that the request has under the same name.
  private static func mergeTools(
    _ json: String, _ span: JSONSpan, _ outline: Outline, _ splice: inout JSONSplice
  ) {
    guard let tools = (try? JSONValue.parse(Array(json.utf8)))?.arrayValue else { return }
    let kept = tools.filter { !outline.toolNames.contains(identity($0)) }
    guard !kept.isEmpty else { return }
    let text = kept.map { String(decoding: $0.serialized(), as: UTF8.self) }.joined(separator: ",")
    let separator = outline.hasTools ? "," : ""
    splice.replace(span.start + 1, span.start + 1, with: Array((text + separator).utf8))
  }

  /// A function is known by its name, another tool by its type.
  private static func identity(_ tool: JSONValue) -> String {
    if let name = tool["function"]?["name"]?.stringValue { return "function " + name }
    let type = tool["type"]?.stringValue ?? ""
    guard let name = tool["parameters"]?["name"]?.stringValue else { return type }
    return type + " " + name
  }

  private static func quoted(_ text: String) -> String {
    String(decoding: JSONValue.string(text).serialized(), as: UTF8.self)
  }

  // MARK: Reading

  private static func read(_ body: UnsafeRawBufferPointer) throws(JSONProblem) -> Outline {
    var outline = Outline()
    var scanner = JSONScanner(body)
    guard try scanner.peek() == .object else {
      throw scanner.problem("the request body should be a JSON object")
    }
    let start = scanner.position
    outline.end = start + 1
    try scanner.object { (key, scanner) throws(JSONProblem) in
      let name = key.string
      let span = try scanner.value()
      outline.end = span.end
      outline.members.append(start: key.span.start, end: span.end, isRemoved: name == "preset")
      outline.names.insert(name)
      if name != "preset" { outline.isEmpty = false }
      switch name {
      case "model": outline.model = span
      case "messages" where span.kind == .array && span.count > 2:
        outline.messages = span
        outline.hasSystemMessage = try hasSystemMessage(span.bytes(in: scanner.text))
      case "tools" where span.kind == .array:
        outline.tools = span
        for tool in try JSONValue.parse(span.bytes(in: scanner.text)).arrayValue ?? [] {
          outline.toolNames.insert(identity(tool))
          outline.hasTools = true
        }
      default: break
      }
    }
    try scanner.end()
    return outline
  }

  private static func hasSystemMessage(_ messages: UnsafeRawBufferPointer) throws(JSONProblem) -> Bool {
    var found = false
    var scanner = JSONScanner(messages)
    try scanner.array { (_, scanner) throws(JSONProblem) in
      guard try scanner.peek() == .object else {
        try scanner.value()
        return
      }
      try scanner.object { (key, scanner) throws(JSONProblem) in
        let span = try scanner.value()
        guard key.matches("role"), span.kind == .string else { return }
        let role = JSONString.decode(span, in: scanner.text)
        if role == "system" || role == "developer" { found = true }
      }
    }
    return found
  }
}
