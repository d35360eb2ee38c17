import Core
import JSON

/// `reasoning_details`, OpenRouter's form for pieces of reasoning (reference section 10.5).
enum ReasoningDetails {
  /// Reads an array of pieces; those of kinds not known are passed over. Callers may give back what a stream brought
  /// as it came: fragments of one piece are joined.
  static func read(_ value: JSONValue, field: String) throws(GatewayError) -> [Reasoning] {
    var pieces: [Reasoning] = []
    var gathered: GatheredReasoning?
    for element in try value.elements(field) {
      guard let next = piece(element) else { continue }
      if gathered?.take(next) == true { continue }
      if let gathered { pieces.append(gathered.joined) }
      gathered = GatheredReasoning(next)
    }
    if let gathered { pieces.append(gathered.joined) }
    return pieces
  }

  private static func piece(_ value: JSONValue) -> Reasoning? {
    let content: Reasoning.Content
    switch value["type"]?.stringValue {
    case "reasoning.text": content = .text(value["text"]?.stringValue ?? "")
    case "reasoning.summary": content = .summary(value["summary"]?.stringValue ?? "")
    case "reasoning.encrypted": content = .encrypted(value["data"]?.stringValue ?? "")
    default: return nil
    }
    return Reasoning(
      content, signature: value["signature"]?.stringValue, id: value["id"]?.stringValue,
      format: value["format"]?.stringValue.map { ReasoningFormat(rawValue: $0) } ?? .unknown,
      index: value["index"]?.integerValue)
  }

  /// The array for pieces in their order. Where one has no index they are counted anew, lest two be taken for one.
  static func array(_ pieces: [Reasoning]) -> JSONValue {
    let isCounted = pieces.allSatisfy { $0.index != nil }
    return .array(
      pieces.enumerated().map { position, piece in
        object(piece, index: isCounted ? piece.index ?? Int64(position) : Int64(position))
      })
  }

  private static func object(_ piece: Reasoning, index: Int64) -> JSONValue {
    var writer = ObjectWriter()
    switch piece.content {
    case .text(let text):
      writer.add("type", "reasoning.text")
      writer.add("text", text)
    case .summary(let text):
      writer.add("type", "reasoning.summary")
      writer.add("summary", text)
    case .encrypted(let data):
      writer.add("type", "reasoning.encrypted")
      writer.add("data", data)
    }
    writer.add("signature", piece.signature)
    writer.add("id", piece.id)
    writer.add("format", piece.format.rawValue)
    writer.add("index", index)
    return writer.value
  }
}

/// Fragments of one piece of reasoning, joined at the end: a caller may send any number of them.
private struct GatheredReasoning {
  private var piece: Reasoning
  private var texts: [String]

  init(_ piece: Reasoning) {
    self.piece = piece
    texts = [GatheredReasoning.text(piece)]
  }

  /// Takes a fragment of the same piece; false when it is of another one.
  mutating func take(_ next: Reasoning) -> Bool {
    guard piece.index != nil, piece.index == next.index, piece.signature == nil,
      next.id == nil || next.id == piece.id
    else { return false }
    switch (piece.content, next.content) {
    case (.text, .text), (.summary, .summary), (.encrypted, .encrypted): break
    case (.summary, .text("")) where next.signature != nil: break
    default: return false
    }
    texts.append(GatheredReasoning.text(next))
    piece.signature = next.signature
    return true
  }

  var joined: Reasoning {
    var joined = piece
    let text = texts.joined()
    switch piece.content {
    case .text: joined.content = .text(text)
    case .summary: joined.content = .summary(text)
    case .encrypted: joined.content = .encrypted(text)
    }
    return joined
  }

  private static func text(_ piece: Reasoning) -> String {
    if case .encrypted(let data) = piece.content { data } else { piece.text ?? "" }
  }
}

/// `annotations`, OpenAI's form for citations.
enum OpenAICitation {
  /// Reads an array of citations.
  static func read(_ value: JSONValue, field: String) throws(GatewayError) -> [Citation] {
    try value.elements(field).map(citation)
  }

  /// One citation.
  static func citation(_ value: JSONValue) -> Citation {
    guard value["type"]?.stringValue == "url_citation", let page = value["url_citation"] else {
      return Citation(native: Citation.Native(format(value), value))
    }
    var range: Range<Int64>?
    if let start = page["start_index"]?.integerValue, let end = page["end_index"]?.integerValue, start < end {
      range = start..<end
    }
    return Citation(
      url: page["url"]?.stringValue, title: page["title"]?.stringValue, quote: page["content"]?.stringValue,
      range: range)
  }

  /// Places in documents have no form of OpenAI's own and go through as Anthropic's.
  private static func format(_ value: JSONValue) -> WireFormat {
    value["type"]?.stringValue?.hasSuffix("_location") == true ? .anthropic : .openAI
  }

  /// The object for a citation.
  static func object(_ citation: Citation) -> JSONValue {
    guard let url = citation.url else { return citation.native?.value ?? .object([("type", .string("url_citation"))]) }
    var page = ObjectWriter([("url", .string(url))])
    page.add("title", citation.title)
    page.add("content", citation.quote)
    page.add("start_index", citation.range?.lowerBound ?? 0)
    page.add("end_index", citation.range?.upperBound ?? 0)
    return .object([("type", .string("url_citation")), ("url_citation", page.value)])
  }
}
