/// What a request holds beside text.
struct Attachments {
  /// How many of a kind, and how large together.
  struct Count {
    /// How many.
    var number = 0
    /// Their size, decoded. Unit: bytes.
    var bytes = 0
  }

  /// The kinds.
  enum Kind: CaseIterable {
    case image, document, audio, video
  }

  /// What was sent as bytes.
  private var counts: [Kind: Count] = [:]
  /// How many were named by an address or an id.
  private(set) var addresses = 0

  /// The words with which a message asks for `summary` as its answer.
  static let question = "count attachments"

  /// Counts one that was sent as base64. False, and not counted, when it is none.
  mutating func add(_ kind: Kind, base64: String) -> Bool {
    guard let size = Base64Text.size(base64), size > 0 else { return false }
    add(kind, bytes: size)
    return true
  }

  /// Counts one of so many bytes.
  mutating func add(_ kind: Kind, bytes: Int) {
    counts[kind, default: Count()].number += 1
    counts[kind, default: Count()].bytes += bytes
  }

  /// Counts one that was sent as a `data:` address, or else by its address. False, and not counted, for a `data:` address
  /// without base64.
  mutating func add(_ kind: Kind, address: String) -> Bool {
    guard address.hasPrefix("data:") else {
      addAddress()
      return true
    }
    guard let comma = address.firstIndex(of: ","), address[..<comma].hasSuffix(";base64") else { return false }
    return add(kind, base64: String(address[address.index(after: comma)...]))
  }

  /// Counts one that is named only.
  mutating func addAddress() { addresses += 1 }

  /// `images: 1 (68 bytes), documents: 0 (0 bytes), audio: 0 (0 bytes), video: 0 (0 bytes), addresses: 0`.
  var summary: String {
    let parts = Attachments.Kind.allCases.map { kind in
      let count = counts[kind] ?? Count()
      return "\(Attachments.word(kind)): \(count.number) (\(count.bytes) bytes)"
    }
    return parts.joined(separator: ", ") + ", addresses: \(addresses)"
  }

  private static func word(_ kind: Kind) -> String {
    switch kind {
    case .image: "images"
    case .document: "documents"
    case .audio: "audio"
    case .video: "video"
    }
  }
}
