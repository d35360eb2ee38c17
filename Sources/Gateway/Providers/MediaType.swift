/// What fetched bytes are: providers refuse a picture whose name does not fit its bytes, and servers often name it wrongly.
enum MediaType {
  /// How many of the first bytes are looked at. Readers of PDF look for its mark so far.
  static let looksAt = 1024

  /// Types that are recognised by their bytes, so that bytes of another kind are not believed to be of them.
  private static let recognised: Set<String> = [
    "image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp", "application/pdf",
  ]
  /// Types that say nothing.
  private static let silent: Set<String> = [
    "", "application/octet-stream", "binary/octet-stream", "application/binary",
  ]

  /// The media type of content that `declared` (in lower case, without parameters) and its `first` bytes tell; nil when they
  /// contradict each other or tell nothing.
  static func judge(_ declared: String, _ first: [UInt8]) -> String? {
    if let found = recognise(first) { return found }
    if declared == "application/pdf", holds("%PDF-", in: first) { return declared }
    guard !first.isEmpty, !recognised.contains(declared), !silent.contains(declared), isType(declared) else {
      return nil
    }
    return declared
  }

  /// PNG (W3C PNG section 5.2), JPEG (ITU-T T.81 annex B), GIF (GIF89a section 17), WebP (RFC 9649 section 2.4), PDF
  /// (ISO 32000 section 7.5.2).
  private static func recognise(_ first: [UInt8]) -> String? {
    if first.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
    if first.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
    if first.starts(with: "GIF87a".utf8) || first.starts(with: "GIF89a".utf8) { return "image/gif" }
    if first.starts(with: "RIFF".utf8), first.dropFirst(8).starts(with: "WEBP".utf8) { return "image/webp" }
    return first.starts(with: "%PDF-".utf8) ? "application/pdf" : nil
  }

  private static func holds(_ mark: String, in bytes: [UInt8]) -> Bool {
    bytes.indices.contains { bytes[$0...].starts(with: mark.utf8) }
  }

  private static func isType(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return parts.count == 2
      && parts.allSatisfy { part in
        !part.isEmpty
          && part.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || "+-._".utf8.contains($0) }
      }
  }
}
