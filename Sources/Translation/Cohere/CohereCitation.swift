import JSON

/// Citations in Cohere's format: a place in the answer and the documents or tools' results behind it.
enum CohereCitation {
  /// The citations that one object means: one for each page among its sources, else itself as it came. `offset` is where
  /// the text it speaks of begins in the whole answer; nil: not known. Unit: characters.
  static func citations(_ value: JSONValue, offset: Int64?) -> [Citation] {
    let range = range(value, offset)
    let pages = (value["sources"]?.arrayValue ?? []).compactMap { source -> Citation? in
      guard let document = source["document"] ?? source["tool_output"],
        let url = document["url"]?.stringValue, !url.isEmpty
      else { return nil }
      return Citation(
        url: url, title: document["title"]?.stringValue,
        quote: document["snippet"]?.stringValue ?? document["text"]?.stringValue, range: range)
    }
    if !pages.isEmpty { return pages }
    return [
      Citation(
        title: value["sources"]?[0]?["document"]?["title"]?.stringValue, range: range,
        native: Citation.Native(.cohere, value))
    ]
  }

  private static func range(_ value: JSONValue, _ offset: Int64?) -> Range<Int64>? {
    guard let offset, value["type"]?.stringValue != "THINKING_CONTENT",
      let start = value["start"]?.integerValue, let end = value["end"]?.integerValue, start >= 0, start < end,
      end < 1 << 40
    else { return nil }
    return (offset + start)..<(offset + end)
  }
}
