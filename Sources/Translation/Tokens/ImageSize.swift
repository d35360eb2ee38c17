/// The width and height of a picture, as its first bytes tell.
struct ImageSize: Equatable {
  /// Unit: pixels.
  var width: Int
  /// Unit: pixels.
  var height: Int

  /// What is assumed where a picture does not tell.
  static let assumed = ImageSize(width: 1024, height: 1024)

  /// Characters of base64 that are looked at: a JPEG's size comes after its preview.
  private static let searched = 128 * 1024

  /// A size.
  init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// The size of a picture in base64; nil when it is no PNG, JPEG, GIF or WebP, or does not tell early enough.
  init?(base64: String) {
    let start = base64.utf8.prefix(Self.searched)
    guard let bytes = Base64.decode(String(start) ?? ""),
      let size = Self.png(bytes) ?? Self.gif(bytes) ?? Self.webP(bytes)
        ?? Self.jpeg(bytes), size.width > 0, size.height > 0
    else { return nil }
    self = size
  }

  /// PNG, section 11.2.2: the header is the first chunk.
  private static func png(_ bytes: [UInt8]) -> ImageSize? {
    guard bytes.count >= 24, bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return nil }
    return ImageSize(width: big(bytes, 16, 4), height: big(bytes, 20, 4))
  }

  /// GIF89a, section 18.
  private static func gif(_ bytes: [UInt8]) -> ImageSize? {
    guard bytes.count >= 10, bytes.starts(with: "GIF8".utf8) else { return nil }
    return ImageSize(width: little(bytes, 6, 2), height: little(bytes, 8, 2))
  }

  /// RFC 9649: the simple, the lossless and the extended form.
  private static func webP(_ bytes: [UInt8]) -> ImageSize? {
    guard bytes.count >= 30, bytes.starts(with: "RIFF".utf8), bytes[8..<12].elementsEqual("WEBP".utf8) else {
      return nil
    }
    switch bytes[15] {
    case UInt8(ascii: " "):
      return ImageSize(width: little(bytes, 26, 2) & 0x3FFF, height: little(bytes, 28, 2) & 0x3FFF)
    case UInt8(ascii: "L"):
      let packed = little(bytes, 21, 4)
      return ImageSize(width: packed & 0x3FFF + 1, height: packed >> 14 & 0x3FFF + 1)
    case UInt8(ascii: "X"):
      return ImageSize(width: little(bytes, 24, 3) + 1, height: little(bytes, 27, 3) + 1)
    default: return nil
    }
  }

  /// ITU T.81, section B.2.2: the frame's header comes after other segments, which are skipped.
  private static func jpeg(_ bytes: [UInt8]) -> ImageSize? {
    guard bytes.starts(with: [0xFF, 0xD8]) else { return nil }
    var position = 2
    while position + 9 <= bytes.count {
      guard bytes[position] == 0xFF else { return nil }
      let mark = bytes[position + 1]
      if mark == 0xFF {
        position += 1
      } else if (0xC0...0xCF).contains(mark), mark != 0xC4, mark != 0xC8, mark != 0xCC {
        return ImageSize(width: big(bytes, position + 7, 2), height: big(bytes, position + 5, 2))
      } else {
        position += 2 + max(2, big(bytes, position + 2, 2))
      }
    }
    return nil
  }

  private static func big(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int {
    bytes[start..<(start + count)].reduce(0) { $0 << 8 | Int($1) }
  }

  private static func little(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int {
    bytes[start..<(start + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
