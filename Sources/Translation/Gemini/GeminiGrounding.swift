import JSON

/// What an answer rests on: `groundingMetadata` and `citationMetadata` in Google's format. Places in the text are counted
/// in bytes there and in characters elsewhere.
enum GeminiGrounding {
  /// Most places of a text that are looked up, as each costs a walk through it; answers have a few dozen.
  private static let limit = 1024

  /// The citations of a candidate. `text` is all it has said; `starts` says at which byte of it each part begins, where
  /// the parts are known.
  static func citations(_ candidate: JSONValue, text: String, starts: [Int] = []) -> [Citation] {
    grounding(candidate["groundingMetadata"], text, starts) + quotations(candidate["citationMetadata"], text)
  }

  /// Searches that the provider made.
  static func searches(_ candidate: JSONValue) -> Int64 {
    Int64(candidate["groundingMetadata"]?["webSearchQueries"]?.arrayValue?.count ?? 0)
  }

  private static func grounding(_ metadata: JSONValue?, _ text: String, _ starts: [Int]) -> [Citation] {
    guard let metadata else { return [] }
    let sources = (metadata["groundingChunks"]?.arrayValue ?? []).map(source)
    var citations: [Citation] = []
    var cited: Set<Int> = []
    for support in (metadata["groundingSupports"]?.arrayValue ?? []).prefix(limit) {
      let segment = support["segment"]
      let part = segment?["partIndex"]?.integerValue.flatMap { Int(exactly: $0) } ?? 0
      let start = starts.indices.contains(part) ? starts[part] : 0
      let range = characters(
        (segment?["startIndex"]?.integerValue ?? 0, segment?["endIndex"]?.integerValue ?? 0), behind: start, text)
      for index in (support["groundingChunkIndices"]?.arrayValue ?? []).compactMap(\.integerValue) {
        guard let place = Int(exactly: index), sources.indices.contains(place), var source = sources[place] else {
          continue
        }
        cited.insert(place)
        source.range = range
        citations.append(source)
      }
    }
    for (place, source) in sources.enumerated() where !cited.contains(place) {
      if let source { citations.append(source) }
    }
    return citations
  }

  /// A page, a document or a place that was found.
  private static func source(_ chunk: JSONValue) -> Citation? {
    guard let found = chunk["web"] ?? chunk["retrievedContext"] ?? chunk["maps"], let uri = found["uri"]?.stringValue
    else { return nil }
    return Citation(url: uri, title: found["title"]?.stringValue, quote: found["text"]?.stringValue)
  }

  /// Passages that the model repeats from elsewhere; the two interfaces name the list differently.
  private static func quotations(_ metadata: JSONValue?, _ text: String) -> [Citation] {
    let sources = (metadata?["citationSources"] ?? metadata?["citations"])?.arrayValue ?? []
    return sources.prefix(limit).compactMap { source in
      guard let uri = source["uri"]?.stringValue else { return nil }
      return Citation(
        url: uri, title: source["title"]?.stringValue,
        range: characters((source["startIndex"]?.integerValue ?? 0, source["endIndex"]?.integerValue ?? 0), text))
    }
  }

  // MARK: Places

  private static func characters(
    _ bytes: (start: Int64, end: Int64), behind offset: Int = 0, _ text: String
  ) -> Range<Int64>? {
    let length = text.utf8.count - offset
    guard length > 0, bytes.start >= 0, bytes.end > bytes.start, bytes.start < length else { return nil }
    let start = offset + Int(bytes.start)
    let end = offset + Int(min(bytes.end, Int64(length)))
    let first = characterCount(text, before: start)
    let last = characterCount(text, before: end)
    return first < last ? first..<last : nil
  }

  private static func characterCount(_ text: String, before byte: Int) -> Int64 {
    Int64(text.utf8.prefix(byte).count { $0 & 0xC0 != 0x80 })
  }

  /// The byte at which a character begins.
  private static func byteOffset(_ text: String, character: Int64) -> Int64 {
    let scalars = text.unicodeScalars
    let index = scalars.index(
      scalars.startIndex, offsetBy: Int(clamping: character), limitedBy: scalars.endIndex)
    return Int64(text.utf8.distance(from: text.startIndex, to: index ?? text.endIndex))
  }

  // MARK: Writing

  /// `groundingMetadata` for citations of a text; nil when none of them is of a page.
  static func metadata(_ citations: [Citation], text: String) -> JSONValue? {
    var pages: [String: Int] = [:]
    var chunks: [JSONValue] = []
    var supports: [JSONValue] = []
    for citation in citations.prefix(limit) {
      guard let url = citation.url else { continue }
      if pages[url] == nil {
        pages[url] = chunks.count
        var page = ObjectWriter([("uri", .string(url))])
        page.add("title", citation.title)
        chunks.append(.object([("web", page.value)]))
      }
      guard let range = citation.range, let place = pages[url] else { continue }
      let start = byteOffset(text, character: range.lowerBound)
      let end = byteOffset(text, character: range.upperBound)
      supports.append(
        .object([
          ("segment", segment(text, Int(start), Int(end))), ("groundingChunkIndices", .array([.integer(place)])),
        ]))
    }
    if chunks.isEmpty { return nil }
    var writer = ObjectWriter([("groundingChunks", .array(chunks))])
    if !supports.isEmpty { writer.add("groundingSupports", .array(supports)) }
    return writer.value
  }

  private static func segment(_ text: String, _ start: Int, _ end: Int) -> JSONValue {
    let words = String(decoding: text.utf8.dropFirst(start).prefix(max(end - start, 0)), as: UTF8.self)
    return .object([("startIndex", .integer(start)), ("endIndex", .integer(end)), ("text", .string(words))])
  }
}
