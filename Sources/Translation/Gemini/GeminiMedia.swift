/// Bytes and addresses in Google's format: `inlineData` and `fileData`.
enum GeminiMedia {
  /// Whether Google itself holds what stands at an address: its storage, its Files API, its films.
  static func isGooglesOwn(_ url: String) -> Bool {
    let places = [
      "gs://", "https://generativelanguage.googleapis.com/", "https://www.youtube.com/", "https://youtube.com/",
      "https://youtu.be/",
    ]
    return places.contains { url.hasPrefix($0) }
  }

  /// Whether an address is one of a file that was given to Google before.
  static func isUpload(_ uri: String) -> Bool {
    uri.hasPrefix("gs://") || uri.hasPrefix("https://generativelanguage.googleapis.com/") || uri.hasPrefix("files/")
  }

  // MARK: Writing

  /// The part for a source; nil for one that Google cannot reach. `type` is that of bytes without one.
  static func part(_ source: MediaSource, type: String?, extras: [Member] = []) -> ObjectWriter? {
    switch source {
    case .data(let own, let base64): return inline(type: own.isEmpty ? type ?? "" : own, base64: base64)
    case .text(let text): return inline(type: "text/plain", base64: Base64.encode(Array(text.utf8)))
    case .url(let url): return file(url, extras)
    case .file(let id): return isUpload(id) ? file(id, extras) : nil
    }
  }

  private static func inline(type: String, base64: String) -> ObjectWriter {
    ObjectWriter([
      ("inlineData", .object([("mimeType", .string(type)), ("data", .string(base64))]))
    ])
  }

  private static func file(_ uri: String, _ extras: [Member]) -> ObjectWriter {
    var inner = ObjectWriter()
    let given = extras.first { $0.name == "mimeType" }?.value.stringValue
    inner.add("mimeType", given ?? type(ofAddress: uri))
    inner.add("fileUri", uri)
    return ObjectWriter([("fileData", inner.value)])
  }

  // MARK: Types

  private static let types: [Substring: String] = [
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp", "gif": "image/gif",
    "heic": "image/heic", "heif": "image/heif", "pdf": "application/pdf", "txt": "text/plain", "html": "text/html",
    "mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "mpg": "video/mpeg", "mpeg": "video/mpeg",
    "mp3": "audio/mp3", "wav": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg", "aac": "audio/aac",
  ]

  /// The media type that the ending of an address promises; nil for one that promises none.
  static func type(ofAddress uri: String) -> String? {
    let path = uri.prefix { $0 != "?" && $0 != "#" }
    guard let name = path.split(separator: "/").last, let dot = name.lastIndex(of: ".") else {
      return uri.hasPrefix("https://") && isGooglesOwn(uri) && !isUpload(uri) ? "video/mp4" : nil
    }
    return types[Substring(name[name.index(after: dot)...].lowercased())]
  }

  /// `audio/wav` for `wav`.
  static func audioType(_ format: String?) -> String { "audio/" + (format ?? "wav") }

  /// `wav` for `audio/wav`; OpenAI's words for the two formats it knows.
  static func audioFormat(_ type: String) -> String {
    let name = type.dropFirst("audio/".utf8.count).prefix { $0 != ";" }
    switch name {
    case "x-wav", "wave": return "wav"
    case "mpeg": return "mp3"
    default: return String(name)
    }
  }

  // MARK: Reading

  /// What bytes of a type are.
  static func content(type: String, base64: String) -> Part.Content {
    let source = MediaSource.data(type: type, base64: standard(base64))
    if type.hasPrefix("audio/") {
      return .audio(AudioContent(base64: standard(base64), format: audioFormat(type)))
    }
    return content(type, source)
  }

  /// What a file of a type is.
  static func content(type: String?, uri: String) -> Part.Content {
    content(type ?? self.type(ofAddress: uri) ?? "", isUpload(uri) ? .file(id: uri) : .url(uri))
  }

  private static func content(_ type: String, _ source: MediaSource) -> Part.Content {
    if type.hasPrefix("image/") { return .image(ImageContent(source)) }
    return type.hasPrefix("video/") ? .video(source) : .file(FileContent(source))
  }

  /// Base64 in the alphabet that other interfaces know: Google's own client libraries write the one for addresses.
  static func standard(_ base64: String) -> String {
    let bytes = base64.utf8
    let isForAddresses = bytes.contains { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    if !isForAddresses, bytes.count % 4 == 0 { return base64 }
    let standard = bytes.map { byte in
      switch byte {
      case UInt8(ascii: "-"): UInt8(ascii: "+")
      case UInt8(ascii: "_"): UInt8(ascii: "/")
      default: byte
      }
    }
    return String(decoding: standard, as: UTF8.self) + String(repeating: "=", count: (4 - bytes.count % 4) % 4)
  }
}
