import JSON

/// Citations in Bedrock's format. Places in documents go on in Anthropic's form, the one that callers know.
enum BedrockCitation {
  /// One citation of a whole answer or of a stream.
  static func citation(_ value: JSONValue) -> Citation {
    let quote = (value["sourceContent"]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.joined()
    let title = value["title"]?.stringValue
    let location = value["location"]
    var citation = Citation(
      url: location?["web"]?["url"]?.stringValue, title: title, quote: quote.isEmpty ? nil : quote)
    citation.native =
      place(location, title: title, quote: quote).map { Citation.Native(.anthropic, $0) }
      ?? Citation.Native(.bedrock, value)
    return citation
  }

  /// The kinds of places: their names and those of their numbers, here and at Anthropic's.
  private static let kinds: [(name: String, type: String, index: (String, String), start: String, end: String)] = [
    (
      "documentChar", "char_location", ("documentIndex", "document_index"), "start_char_index", "end_char_index"
    ),
    (
      "documentPage", "page_location", ("documentIndex", "document_index"), "start_page_number", "end_page_number"
    ),
    (
      "documentChunk", "content_block_location", ("documentIndex", "document_index"), "start_block_index",
      "end_block_index"
    ),
    (
      "searchResultLocation", "search_result_location", ("searchResultIndex", "search_result_index"),
      "start_block_index", "end_block_index"
    ),
  ]

  private static func place(_ location: JSONValue?, title: String?, quote: String) -> JSONValue? {
    for kind in kinds {
      guard let place = location?[kind.name] else { continue }
      var writer = ObjectWriter([("type", .string(kind.type)), ("cited_text", .string(quote))])
      writer.add(kind.index.1, place[kind.index.0]?.integerValue)
      writer.add(kind.name == "searchResultLocation" ? "title" : "document_title", title.map { .string($0) } ?? .null)
      writer.add(kind.start, place["start"]?.integerValue)
      writer.add(kind.end, place["end"]?.integerValue)
      return writer.value
    }
    return nil
  }
}
