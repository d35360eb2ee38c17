import Core
import JSON

/// `reasoning` items: a summary, the thoughts themselves, and what only the provider can read.
enum ResponsesReasoning {
  /// The pieces of an item of a request, which share its id and `index`. Foreign ones come out of their seal.
  static func parts(_ item: JSONValue, index: Int64, _ field: String) throws(GatewayError) -> [Part] {
    let summaries = try texts(item["summary"], field + ".summary")
    let contents = try texts(item["content"], field + ".content")
    let encrypted = try item["encrypted_content"]?.text(field + ".encrypted_content")
    if let encrypted, let sealed = ReasoningSeal.open(encrypted, text: (summaries + contents).joined(separator: "\n\n"))
    {
      var piece = sealed
      piece.index = index
      return [Part(.reasoning(piece))]
    }
    let format = try item["format"]?.text(field + ".format").map { ReasoningFormat(rawValue: $0) } ?? .openAIResponses
    let id = try item["id"]?.text(field + ".id")
    let signature = try item["signature"]?.text(field + ".signature")
    func piece(_ content: Reasoning.Content) -> Part {
      let isAnyones = format == .unknown
      return Part(
        .reasoning(
          Reasoning(
            content, signature: signature, id: isAnyones ? nil : id, format: format, index: isAnyones ? nil : index)))
    }
    var parts = summaries.map { piece(.summary($0)) } + contents.map { piece(.text($0)) }
    if let encrypted { parts.append(piece(.encrypted(encrypted))) }
    return parts
  }

  private static func texts(_ value: JSONValue?, _ field: String) throws(GatewayError) -> [String] {
    guard let value else { return [] }
    var texts: [String] = []
    for (index, element) in try value.elements(field).enumerated() {
      texts.append(try (element["text"] ?? .null).requiredText("\(field)[\(index)].text"))
    }
    return texts
  }

  /// The pieces of a provider's item: its summaries in one, as a stream brings them.
  static func answer(_ item: JSONValue, index: Int64) -> [Part] {
    let id = item["id"]?.stringValue
    func joined(_ name: String) -> String {
      (item[name]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.joined(separator: "\n\n")
    }
    func piece(_ content: Reasoning.Content) -> Part {
      Part(.reasoning(Reasoning(content, id: id, format: .openAIResponses, index: index)))
    }
    var parts: [Part] = []
    if case let text = joined("summary"), !text.isEmpty { parts.append(piece(.summary(text))) }
    if case let text = joined("content"), !text.isEmpty { parts.append(piece(.text(text))) }
    if let data = item["encrypted_content"]?.stringValue { parts.append(piece(.encrypted(data))) }
    return parts
  }

  /// Whether a piece belongs into the same item as the one before it.
  static func continues(_ piece: Reasoning, _ previous: Reasoning) -> Bool {
    guard piece.format == previous.format, isOwn(piece.format) else { return false }
    if let index = piece.index, let other = previous.index { return index == other }
    return piece.id != nil && piece.id == previous.id
  }

  /// The item that pieces become for a caller, whoever wrote them: foreign ones are sealed, to come back whole. `id` is
  /// for pieces without one. `asSummary`: thoughts stand as a summary. No `status`: OpenAI's servers refuse items that come
  /// back with one.
  static func item(_ pieces: [Reasoning], id: String, asSummary: Bool = false) -> JSONValue {
    var summaries: [JSONValue] = []
    var contents: [JSONValue] = []
    var encrypted: String?
    for piece in pieces {
      switch piece.content {
      case .summary(let text): summaries.append(part("summary_text", text))
      case .text(let text) where asSummary: if !text.isEmpty { summaries.append(part("summary_text", text)) }
      case .text(let text): if !text.isEmpty { contents.append(part("reasoning_text", text)) }
      case .encrypted(let data): encrypted = data
      }
    }
    let format = pieces.first?.format ?? .unknown
    if !isOwn(format), let piece = pieces.first { encrypted = seal(piece) }
    let own = pieces.lazy.compactMap(\.id).first
    var writer = ObjectWriter([("type", .string("reasoning"))])
    writer.add("id", isOwn(format) ? own ?? id : id)
    writer.add("summary", .array(summaries))
    if !contents.isEmpty { writer.add("content", .array(contents)) }
    writer.add("encrypted_content", encrypted)
    if format != .openAIResponses { writer.add("format", known(format)) }
    return writer.value
  }

  /// Whether pieces of the format are items of this wire format, whoever serves it.
  static func isOwn(_ format: ReasoningFormat) -> Bool { format.rawValue.hasSuffix("responses-v1") }

  /// Whether thoughts go where summaries do: callers that ask for a summary read nothing else, and providers that know none
  /// show thoughts.
  static func isSummary(_ format: ReasoningFormat, _ context: CallerContext) -> Bool {
    context.conversation?.reasoning?.summary != nil && !isOwn(format)
  }

  /// What stands as a foreign piece's encrypted content; nil for text that anyone may have written.
  static func seal(_ piece: Reasoning) -> String? {
    let isAnyones = piece.format == .unknown && piece.signature == nil && piece.id == nil && piece.text != nil
    return isAnyones ? nil : ReasoningSeal.seal(piece)
  }

  /// The format's name where OpenRouter's interface has it.
  static func known(_ format: ReasoningFormat) -> String {
    let isKnown = isOwn(format) || [.anthropic, .gemini].contains(format)
    return isKnown ? format.rawValue : ReasoningFormat.unknown.rawValue
  }

  /// A text within an item.
  static func part(_ type: String, _ text: String) -> JSONValue {
    .object([("type", .string(type)), ("text", .string(text))])
  }
}
