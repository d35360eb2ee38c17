import Core
import JSON

/// How many tokens something is, where no provider has said it. An estimate: Docs/tokens.md has its errors, measured. Pure,
/// and not for the path of every request: a prompt costs a pass over its text.
package enum TokenEstimate {
  /// Tokens of a text, or of JSON that a model reads as it is.
  package static func tokens(of text: UnsafeRawBufferPointer, model: String = "") -> Int64 {
    var shape = TextShape()
    shape.add(text)
    return rounded(TokenFamily(model: model).tokens(of: shape))
  }

  /// Tokens of a text.
  package static func tokens(of text: String, model: String = "") -> Int64 {
    var shape = TextShape()
    shape.add(text)
    return rounded(TokenFamily(model: model).tokens(of: shape))
  }

  /// Tokens of a request's prompt: its messages, tools, schema and media, and what the provider's template adds. At least 1.
  package static func prompt(_ conversation: Conversation, model: String) -> Int64 {
    var counter = PromptCounter(model: model)
    counter.add(conversation)
    return max(1, counter.tokens)
  }

  /// Tokens of an answer: its text, reasoning and calls. Media in it are not counted.
  package static func completion(_ answer: Answer, model: String) -> Int64 {
    var counter = PromptCounter(model: model)
    for choice in answer.choices { counter.add(choice.parts) }
    return counter.tokens
  }

  /// Tokens of an answer's text of which the length is known and nothing else. Rough: Docs/tokens.md tells how rough.
  package static func completion(bytes: Int, model: String) -> Int64 {
    guard bytes > 0 else { return 0 }
    return Int64((Double(bytes) / TokenFamily(model: model).bytesPerToken).rounded(.up))
  }

  /// A count from an estimate: whole, not negative, and no more than fits.
  static func rounded(_ tokens: Double) -> Int64 { Int64(min(max(0, tokens), 1e15).rounded(.up)) }
}
