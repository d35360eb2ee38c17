/// `thoughtSignature`: bytes that tie a part to the thoughts behind it and that the model wants to see again.
enum GeminiSignature {
  /// What Google takes in place of a signature, for calls that another model made (its page on thought signatures, October
  /// 2026).
  static let placeholder = "skip_thought_signature_validator"

  /// How every sealed piece begins: `pb1:` in Base64, the same in every alphabet.
  static let sealedBeginning: StaticString = "cGIx"

  /// The piece of reasoning that a signature stands for. `id` is that of the call it belongs to; `text` what stands
  /// readable beside it.
  static func piece(_ signature: String, id: String? = nil, text: String? = nil) -> Reasoning {
    if let piece = foreign(signature, text: text ?? "") { return piece }
    guard let text else { return Reasoning(.encrypted(signature), id: id, format: .gemini) }
    return Reasoning(.text(text), signature: signature, format: .gemini)
  }

  /// Another provider's piece that stands as a signature; nil for Google's own. `text`: its readable part.
  static func foreign(_ signature: String, text: String) -> Reasoning? {
    sealed(signature).flatMap { ReasoningSeal.open($0, text: text) }
  }

  /// A piece of another provider as a signature, to come back whole.
  static func seal(_ piece: Reasoning) -> String { Base64.encode(Array(ReasoningSeal.seal(piece).utf8)) }

  /// Whether a piece says nothing but its text, which anyone may have written.
  static func isAnyones(_ piece: Reasoning) -> Bool {
    piece.format == .unknown && piece.signature == nil && piece.id == nil
  }

  /// Whether a part is the signature of the part behind it.
  static func isBare(_ part: Part) -> Bool {
    guard let piece = part.reasoning, piece.format == .gemini, case .encrypted = piece.content else { return false }
    return true
  }

  /// Whether a signature is no provider's but another provider's piece, which Google's servers cannot read.
  static func isSealed(_ signature: String) -> Bool { sealed(signature).map(ReasoningSeal.isSealed) == true }

  private static func sealed(_ signature: String) -> String? {
    guard signature.hasPrefix(sealedBeginning.description) else { return nil }
    return Base64.decode(GeminiMedia.standard(signature)).map { String(decoding: $0, as: UTF8.self) }
  }
}
