import Core
import JSON

/// A caller's request in OpenAI's wire format, read in one pass: what the rooms need to know of it, and where in the
/// bytes the gateway's own edits go. The bytes themselves are not kept here. A class, since it is large and handed from room
/// to room.
package final class OpenAIRequest {
  /// What is asked.
  package let operation: OpenAIOperation
  /// `model`, or nil when absent.
  package private(set) var model: String?
  /// `models`, the fallback chain behind `model`.
  package private(set) var models: [String] = []
  /// Whether the answer is to be streamed.
  package private(set) var isStream = false
  /// The `provider` member, the caller's routing preferences.
  package private(set) var provider: JSONValue?
  /// Names of the members that are parameters of the model, as in `supported_parameters`.
  package private(set) var parameters: Set<String> = []
  /// `preset`, the name of a bundle of the configuration.
  package private(set) var preset: String?
  /// `route`, the old name of `provider.sort.partition`: `fallback` or `sort`.
  package private(set) var route: String?
  /// `session_id`: which conversation the request belongs to.
  package private(set) var sessionID: String?
  /// `prompt_cache_key`.
  package private(set) var promptCacheKey: String?
  /// `service_tier`.
  package private(set) var serviceTier: String?
  /// The larger of `max_tokens` and `max_completion_tokens`; nil when neither is given.
  package private(set) var maxTokens: Int64?
  /// How many answers are asked for: the larger of `n` and `best_of`.
  package private(set) var choiceCount: Int64 = 1
  /// `user`: whom the caller says it asks for.
  package private(set) var user: String?
  /// Whether a non-empty list of tools is given.
  package private(set) var hasTools = false
  /// Where the array of tools stands in the body, when it is not empty.
  package private(set) var toolsSpan: JSONSpan?
  /// Whether `response_format` asks for a JSON schema.
  package private(set) var wantsSchema = false
  /// Modalities of the message parts besides text.
  package private(set) var modalities: Set<String> = []
  /// Image parts in the messages.
  package private(set) var imageCount: Int64 = 0
  /// Size of what the model reads of the request, without images, sounds and files: messages, tools and the schema of the
  /// answer. Unit: bytes. For an estimate of its tokens.
  package private(set) var textBytes = 0

  /// Whether the caller wants to read no reasoning: `reasoning.exclude`, or its older name.
  package private(set) var hidesReasoning = false
  private var hasPlainMessages = true
  private var effort: String?
  private var reasoningEffort: String?
  var modelSpan: JSONSpan?
  var streamSpan: JSONSpan?
  var streamOptions: (span: JSONSpan, includeUsage: JSONSpan?, isEmpty: Bool)?
  var members = JSONMemberList()

  /// Members that are the gateway's own and never forwarded (reference section 2.1, marked GW). `user` and `metadata`
  /// are OpenAI's too and go through.
  static let ownMembers: Set<String> = [
    "models", "route", "provider", "preset", "plugins", "transforms", "usage", "session_id", "trace", "debug",
    "include_reasoning", "max_tool_calls", "stop_server_tools_when",
  ]

  /// Whether a member says what to answer, not how, and so is no parameter.
  private static func isSubject(_ name: String) -> Bool {
    switch name {
    case "model", "messages", "prompt", "input", "stream", "stream_options", "user", "metadata": true
    default: false
    }
  }

  /// Whether the model reads a member: all else costs no tokens.
  private static func isRead(_ name: String) -> Bool {
    switch name {
    case "messages", "prompt", "input", "tools", "functions", "response_format", "suffix", "prediction": true
    default: false
    }
  }

  /// Most fields of a request; no interface knows more than 60.
  private static let memberLimit = 256
  /// Largest field that is built as a document. Unit: bytes. What only has to be looked at is never built.
  private static let documentLimit = 65_536
  /// Most models of a chain (contract section 3).
  private static let chainLimit = 10

  /// Reads and checks a request body. Throws a 400 `GatewayError` that names the field and what to change.
  package init(_ operation: OpenAIOperation, body: UnsafeRawBufferPointer) throws(GatewayError) {
    self.operation = operation
    var refusal = Refusal()
    var hasSubject = false
    do throws(JSONProblem) {
      var scanner = JSONScanner(body)
      guard try scanner.peek() == .object else {
        throw scanner.problem("the request body should be a JSON object")
      }
      var seen = SeenNames()
      var hasMember = try scanner.enterObject()
      while hasMember {
        let key = try scanner.key()
        guard seen.count <= OpenAIRequest.memberLimit else {
          throw scanner.problem("the request has more than \(OpenAIRequest.memberLimit) fields")
        }
        let name = OpenAIRequest.name(key)
        if !seen.insert(name) { refusal.note(.field(name, "The field '\(name)' is given twice; send it once.")) }
        if key.isNamed(operation.subject.request) { hasSubject = true }
        let span = try read(name, &scanner, &refusal)
        if span.isNested, name != "messages" || !hasPlainMessages {
          refuseRepeated(name, span.bytes(in: body), &refusal)
        }
        note(name, key, span)
        hasMember = try scanner.nextMember()
      }
      try scanner.end()
    } catch {
      throw .caller(.invalidRequest, "The request body is not valid JSON: \(error).")
    }
    if let effort, let other = reasoningEffort, effort != other {
      refusal.note(
        .field("reasoning_effort", "'reasoning_effort' and 'reasoning.effort' say different things; send one of them."))
    }
    if let error = refusal.error { throw error }
    if !hasSubject {
      let name = operation.subject.request.description
      throw .field(name, "The field '\(name)' is missing.")
    }
  }

  /// Refuses what a member gives twice within it.
  private func refuseRepeated(_ name: String, _ value: UnsafeRawBufferPointer, _ refusal: inout Refusal) {
    guard let path = TwiceGiven.path(value, name) else { return }
    refusal.note(.field(path, "The field '\(path)' is given twice; send it once."))
  }

  /// The chain of models to try: `model`, then `models`, each once.
  package var modelChain: [String] {
    guard let model else { return models }
    return [model] + models.filter { $0 != model }
  }

  // MARK: One member

  /// The first thing that is wrong with a request. The scan goes on: a body that is no JSON is refused for that.
  private struct Refusal {
    private(set) var error: GatewayError?

    mutating func note(_ error: @autoclosure () -> GatewayError) {
      if self.error == nil { self.error = error() }
    }
  }

  /// The member's name. The ones of every request are not made anew.
  private static func name(_ key: JSONKey) -> String {
    if key.isNamed("messages") { return "messages" }
    return key.isNamed("model") ? "model" : key.string
  }

  /// Notes where a member lies, whether it stays, and whether it is a parameter.
  private func note(_ name: String, _ key: JSONKey, _ span: JSONSpan) {
    // Numbers and switches cost no tokens; the model's name is the only short text of most requests.
    if span.isNested || span.kind == .string && !key.isNamed("model"), OpenAIRequest.isRead(name) {
      textBytes += span.count
    }
    if OpenAIRequest.isSubject(name) {
      return members.append(start: key.span.start, end: span.end, isRemoved: false)
    }
    let isOwn = OpenAIRequest.ownMembers.contains(name)
    members.append(start: key.span.start, end: span.end, isRemoved: isOwn)
    if !isOwn, span.kind != .null { parameters.insert(name) }
  }

  /// Takes the value of a member.
  private func read(
    _ name: String, _ scanner: inout JSONScanner, _ refusal: inout Refusal
  ) throws(JSONProblem) -> JSONSpan {
    switch name {
    case "messages": return try readMessages(&scanner, &refusal)
    case "tools": return try readTools(&scanner, &refusal)
    case "response_format": return try readFormat(&scanner, &refusal)
    case "provider", "models", "stream_options", "plugins", "preset": return try readDocument(name, &scanner, &refusal)
    default:
      let span = try scanner.value()
      do throws(GatewayError) {
        try check(name, span, scanner.text)
      } catch {
        refusal.note(error)
      }
      return span
    }
  }

  /// Scalars and whatever is only checked for its type and range.
  private func check(
    _ name: String, _ span: JSONSpan, _ text: UnsafeRawBufferPointer
  ) throws(GatewayError) {
    if name != "model" { try OpenAIField.check(name, span, in: text, for: operation) }
    switch name {
    case "model":
      modelSpan = span
      if span.kind == .null { return }
      guard span.kind == .string else { throw .field(name, "'model' must be a string such as \"openai/gpt-4o\".") }
      let value = JSONString.decode(span, in: text)
      guard !value.isEmpty else { throw .field(name, "'model' is empty; name a model such as \"openai/gpt-4o\".") }
      model = value
    case "stream":
      isStream = span.kind == .bool && span.count == 4
      if isStream, !operation.canStream { throw .field(name, "Embeddings cannot be streamed; leave 'stream' out.") }
      streamSpan = span
    case "max_tokens", "max_completion_tokens":
      if let count = span.smallInteger(in: text) { maxTokens = max(maxTokens ?? 0, count) }
    case "n", "best_of":
      if let count = span.smallInteger(in: text) { choiceCount = max(choiceCount, count) }
    case "user": user = OpenAIRequest.text(span, text)
    case "reasoning_effort": effort = OpenAIRequest.text(span, text)
    case "reasoning":
      if span.count <= OpenAIRequest.documentLimit {
        let value = try? JSONValue.parse(span.bytes(in: text))
        reasoningEffort = value?["effort"]?.stringValue
        if value?["exclude"]?.boolValue == true { hidesReasoning = true }
      }
    case "include_reasoning": if span.kind == .bool, span.count == 5 { hidesReasoning = true }
    case "session_id": sessionID = OpenAIRequest.text(span, text)
    case "prompt_cache_key": promptCacheKey = OpenAIRequest.text(span, text)
    case "service_tier": serviceTier = OpenAIRequest.text(span, text)
    case "route":
      route = OpenAIRequest.text(span, text)
      guard span.kind == .null || route == "fallback" || route == "sort" else {
        throw .field(name, "'route' must be \"fallback\" or \"sort\".")
      }
    default: break
    }
  }

  private static func text(_ span: JSONSpan, _ text: UnsafeRawBufferPointer) -> String? {
    span.kind == .string ? JSONString.decode(span, in: text) : nil
  }

  // MARK: Structured members

  private func readDocument(
    _ name: String, _ scanner: inout JSONScanner, _ refusal: inout Refusal
  ) throws(JSONProblem) -> JSONSpan {
    let kind = try scanner.peek()
    if name == "stream_options", kind == .object { return try readStreamOptions(&scanner) }
    let span = try scanner.value()
    guard span.count <= OpenAIRequest.documentLimit else {
      refusal.note(.field(name, "'\(name)' is longer than \(OpenAIRequest.documentLimit) bytes."))
      return span
    }
    let value = try JSONValue.parse(span.bytes(in: scanner.text))
    do throws(GatewayError) {
      try interpret(name, value, span)
    } catch {
      refusal.note(error)
    }
    return span
  }

  private func interpret(_ name: String, _ value: JSONValue, _ span: JSONSpan) throws(GatewayError) {
    switch name {
    case "provider":
      guard value.objectValue != nil || value.isNull else {
        throw .field(name, "'provider' must be an object with routing preferences, not \(value.kind.words).")
      }
      provider = value.isNull ? nil : value
    case "models": models = try OpenAIRequest.chain(value)
    case "stream_options":
      guard value.isNull else { throw .field(name, "'stream_options' must be an object, not \(value.kind.words).") }
      streamOptions = (span, nil, true)
    case "plugins":
      if !(value.arrayValue ?? []).isEmpty {
        throw .field(name, "This gateway has no plugins yet; leave 'plugins' out.")
      }
    default:
      guard value.isNull || value.stringValue?.isEmpty == false else {
        throw .field(name, "'\(name)' must be the name of a preset, not \(value.kind.words).")
      }
      preset = value.stringValue
    }
  }

  private static func chain(_ value: JSONValue) throws(GatewayError) -> [String] {
    if value.isNull { return [] }
    guard let list = value.arrayValue else {
      throw .field("models", "'models' must be an array of model ids, not \(value.kind.words).")
    }
    var chain: [String] = []
    for element in list {
      guard let id = element.stringValue, !id.isEmpty else {
        throw .field("models", "'models' must hold model ids as strings; it holds \(element.kind.words).")
      }
      if chain.contains(id) { continue }
      guard chain.count < chainLimit else {
        throw .field("models", "'models' holds more than \(chainLimit) models; at most \(chainLimit) can be tried.")
      }
      chain.append(id)
    }
    return chain
  }

  /// Tools are the provider's matter; only whether there are any is looked at.
  private func readTools(
    _ scanner: inout JSONScanner, _ refusal: inout Refusal
  ) throws(JSONProblem) -> JSONSpan {
    let kind = try scanner.peek()
    let start = scanner.position
    switch kind {
    case .null: return try scanner.value()
    case .array:
      try scanner.array { (_, scanner) throws(JSONProblem) in
        hasTools = true
        try scanner.value()
      }
      let span = JSONSpan(start: start, end: scanner.position, kind: .array)
      if hasTools { toolsSpan = span }
      return span
    default:
      refusal.note(.field("tools", "'tools' must be an array of tools, not \(kind.words)."))
      return try scanner.value()
    }
  }

  private func readFormat(
    _ scanner: inout JSONScanner, _ refusal: inout Refusal
  ) throws(JSONProblem) -> JSONSpan {
    let kind = try scanner.peek()
    let start = scanner.position
    switch kind {
    case .null: return try scanner.value()
    case .object:
      try scanner.object { (key, scanner) throws(JSONProblem) in
        let span = try scanner.value()
        if key.isNamed("type"), span.kind == .string {
          wantsSchema = JSONString.decode(span, in: scanner.text) == "json_schema"
        }
      }
      return JSONSpan(start: start, end: scanner.position, kind: .object)
    default:
      refusal.note(.field("response_format", "'response_format' must be an object with a 'type', not \(kind.words)."))
      return try scanner.value()
    }
  }

  private func readStreamOptions(_ scanner: inout JSONScanner) throws(JSONProblem) -> JSONSpan {
    let start = scanner.position
    var includeUsage: JSONSpan?
    var isEmpty = true
    try scanner.object { (key, scanner) throws(JSONProblem) in
      isEmpty = false
      let span = try scanner.value()
      if key.isNamed("include_usage") { includeUsage = span }
    }
    let span = JSONSpan(start: start, end: scanner.position, kind: .object)
    streamOptions = (span, includeUsage, isEmpty)
    return span
  }

  // MARK: Messages

  private func readMessages(
    _ scanner: inout JSONScanner, _ refusal: inout Refusal
  ) throws(JSONProblem) -> JSONSpan {
    let kind = try scanner.peek()
    let start = scanner.position
    guard kind == .array else {
      if operation == .chat {
        refusal.note(.field("messages", "'messages' must be an array of messages, not \(kind.words)."))
      }
      return try scanner.value()
    }
    var reader = OpenAIMessageReader()
    var hasElement = try scanner.enterArray()
    while hasElement {
      try reader.read(reader.count, &scanner)
      hasElement = try scanner.nextElement()
    }
    if !reader.modalities.isEmpty { modalities.formUnion(reader.modalities) }
    imageCount += reader.imageCount
    textBytes -= reader.mediaBytes
    hasPlainMessages = reader.isPlain
    if operation == .chat {
      if reader.count == 0 { refusal.note(.field("messages", "'messages' is empty; send at least one message.")) }
      if let error = reader.refusal { refusal.note(error) }
    }
    return JSONSpan(start: start, end: scanner.position, kind: .array)
  }
}
