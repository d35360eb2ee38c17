/// Signs of a reasoning that the simulator has made: from the text alone, so that they are known again without being
/// remembered. They prove nothing to anyone else.
struct Seal {
  /// Length of the sign itself. Unit: bytes.
  private static let size = 32

  /// The provider that seals; what one has sealed, another does not know.
  let maker: String

  /// The signature that goes with a text, in base64.
  func signature(of text: String) -> String { Base64Text.encode(sign(Array(text.utf8))) }

  /// A text that only its maker can read, in base64.
  func sealed(_ text: String) -> String {
    let bytes = Array(text.utf8)
    return Base64Text.encode(sign(bytes) + bytes)
  }

  /// What a sealed text says; nil when this maker has not sealed it.
  func opened(_ sealed: String) -> String? {
    guard let bytes = Base64Text.decode(sealed, isLenient: true), bytes.count >= Seal.size,
      Array(bytes.prefix(Seal.size)) == sign(Array(bytes.dropFirst(Seal.size)))
    else { return nil }
    return String(decoding: bytes.dropFirst(Seal.size), as: UTF8.self)
  }

  private func sign(_ bytes: [UInt8]) -> [UInt8] {
    var generator = SeededGenerator(text: maker + " " + String(decoding: bytes, as: UTF8.self))
    return (0..<Seal.size / 8).flatMap { _ in
      let number = generator.next()
      return withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
  }
}
