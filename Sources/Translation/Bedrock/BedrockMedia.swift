import JSON

/// Pictures, documents, sound and films as Converse has them: a format and bytes, or a place in S3.
enum BedrockMedia {
  /// Whether an address is a place that Bedrock reads itself.
  static func isStored(_ url: String) -> Bool { url.hasPrefix("s3://") }

  /// `source` of a block; nil for what is not at hand.
  static func source(_ source: MediaSource) -> JSONValue? {
    switch source {
    case .data(_, let base64): .object([("bytes", .string(base64))])
    case .url(let url) where isStored(url): .object([("s3Location", .object([("uri", .string(url))]))])
    case .text(let text): .object([("bytes", .string(Base64.encode(Array(text.utf8))))])
    case .url, .file: nil
    }
  }

  /// The media type that a source has or whose ending its address has; empty where neither is known.
  private static func word(_ source: MediaSource, name: String? = nil) -> String {
    if case .text = source { return "txt" }
    if case .data(let type, _) = source, !type.isEmpty { return type.lowercased() }
    var address = name ?? ""
    if case .url(let url) = source { address = url }
    guard let dot = address.lastIndex(of: ".") else { return "" }
    return address[address.index(after: dot)...].lowercased()
  }

  /// A picture's format; nil for one that is not taken.
  static func imageFormat(_ source: MediaSource) -> String? {
    switch word(source) {
    case "image/png", "png": "png"
    case "image/jpeg", "image/jpg", "jpeg", "jpg": "jpeg"
    case "image/gif", "gif": "gif"
    case "image/webp", "webp": "webp"
    default: nil
    }
  }

  private static let documents: [String: String] = [
    "application/pdf": "pdf", "text/csv": "csv", "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html", "text/plain": "txt", "text/markdown": "md", "htm": "html", "markdown": "md",
  ]

  /// A document's format; nil for one that is not taken.
  static func documentFormat(_ file: FileContent) -> String? {
    let word = word(file.source, name: file.name)
    if let format = documents[word] { return format }
    if documents.values.contains(word) { return word }
    return word.hasPrefix("text/") ? "txt" : word.isEmpty ? "pdf" : nil
  }

  /// A film's format; nil for one that is not taken.
  static func videoFormat(_ source: MediaSource) -> String? {
    let word = word(source)
    let format = word.hasPrefix("video/") ? String(word.dropFirst(6)) : word
    switch format {
    case "quicktime": return "mov"
    case "x-matroska": return "mkv"
    case "x-flv": return "flv"
    case "x-ms-wmv": return "wmv"
    case "3gpp", "3gp": return "three_gp"
    case "mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv": return format
    default: return nil
    }
  }

  /// A sound's format; nil for one that is not taken.
  static func audioFormat(_ format: String?) -> String? {
    switch format {
    case "pcm16": "pcm"
    case "mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "m4a", "mpeg", "mpga", "pcm", "webm": format
    default: nil
    }
  }
}

/// Names of documents, which a request must not hold twice.
struct BedrockDocumentNames {
  private var taken: Set<String> = []

  /// A name of nothing but letters, digits, single blanks, hyphens, parentheses and brackets: what is allowed.
  mutating func name(_ wanted: String?) -> String {
    var words = (wanted ?? "").split { !BedrockDocumentNames.isAllowed($0) }.joined(separator: " ")
    words = String(words.prefix(180))
    let base = words.isEmpty ? "document" : words
    var name = base
    var number = 2
    while !taken.insert(name).inserted {
      name = "\(base) \(number)"
      number += 1
    }
    return name
  }

  private static func isAllowed(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber) || "-()[]".contains(character)
  }
}
