/// Where bytes that are no text are found.
package enum MediaSource: Sendable, Equatable {
  /// An address that someone must fetch.
  case url(String)
  /// The bytes themselves, in base64, and their media type such as `image/png`.
  case data(type: String, base64: String)
  /// Plain text instead of bytes.
  case text(String)
  /// A file that was given to the provider before.
  case file(id: String)

  /// The source that an address means: `data:` addresses hold their bytes.
  package init(address: String) {
    self = MediaSource.data(inAddress: address) ?? .url(address)
  }

  /// The address that means this source, or nil for files and texts.
  package var address: String? {
    switch self {
    case .url(let url): url
    case .data(let type, let base64): "data:\(type);base64,\(base64)"
    case .text, .file: nil
    }
  }

  /// Reads `data:TYPE;base64,BYTES`; nil for anything else.
  private static func data(inAddress address: String) -> MediaSource? {
    let bytes = address.utf8
    guard bytes.starts(with: "data:".utf8), let comma = bytes.prefix(256).firstIndex(of: UInt8(ascii: ",")) else {
      return nil
    }
    let head = address[bytes.index(bytes.startIndex, offsetBy: 5)..<comma]
    guard head.hasSuffix(";base64") else { return nil }
    let type = head.dropLast(7).split(separator: ";").first.map(String.init) ?? ""
    return .data(type: type, base64: String(address[bytes.index(after: comma)...]))
  }
}

/// A picture.
package struct ImageContent: Sendable, Equatable {
  /// Where it is.
  package var source: MediaSource
  /// How closely it is looked at: `auto`, `low`, `high`, `original`.
  package var detail: String?

  /// A picture.
  package init(_ source: MediaSource, detail: String? = nil) {
    self.source = source
    self.detail = detail
  }
}

/// A document, such as a PDF.
package struct FileContent: Sendable, Equatable {
  /// Where it is.
  package var source: MediaSource
  /// Its name or title.
  package var name: String?
  /// What the caller says about it; not quoted from.
  package var context: String?
  /// Whether the answer is to say which places it rests on.
  package var wantsCitations: Bool?

  /// A document.
  package init(_ source: MediaSource, name: String? = nil, context: String? = nil, wantsCitations: Bool? = nil) {
    self.source = source
    self.name = name
    self.context = context
    self.wantsCitations = wantsCitations
  }
}

/// Sound: in a turn its bytes, in an answer also its words and how it is found again.
package struct AudioContent: Sendable, Equatable {
  /// The bytes in base64; nil where only the id is known.
  package var base64: String?
  /// `wav`, `mp3`, …; nil where the request has said it.
  package var format: String?
  /// The provider's name for it.
  package var id: String?
  /// What is said in it.
  package var transcript: String?
  /// When the provider forgets it. Unit: seconds since 1970.
  package var expiresAt: Int64?

  /// Sound.
  package init(
    base64: String?, format: String? = nil, id: String? = nil, transcript: String? = nil, expiresAt: Int64? = nil
  ) {
    self.base64 = base64
    self.format = format
    self.id = id
    self.transcript = transcript
    self.expiresAt = expiresAt
  }
}
