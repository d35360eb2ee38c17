import JSON

/// A whole answer in no dialect.
package struct Answer: Sendable, Equatable {
  /// One of several answers to one request.
  package struct Choice: Sendable, Equatable {
    /// Its number, from 0.
    package var index: Int64
    /// What is said: text, reasoning, calls and so on, in the provider's order.
    package var parts: [Part]
    /// Why it ended.
    package var finish: FinishReason?
    /// Probabilities of its tokens, in OpenAI's form.
    package var logprobs: JSONValue?

    /// A choice.
    package init(_ parts: [Part], index: Int64 = 0, finish: FinishReason? = nil, logprobs: JSONValue? = nil) {
      self.parts = parts
      self.index = index
      self.finish = finish
      self.logprobs = logprobs
    }
  }

  /// The provider's name for it.
  package var id: String?
  /// The model, as whoever wrote the answer calls it.
  package var model: String?
  /// The provider's display name, where the rooms have written it.
  package var provider: String?
  /// When it was made. Unit: seconds since 1970.
  package var created: Int64?
  /// The choices by their numbers; most dialects know one.
  package var choices: [Choice]
  /// What it used.
  package var usage: AnswerUsage?
  /// The tier that served it, in OpenAI's words.
  package var serviceTier: String?
  /// The provider's state of its software.
  package var fingerprint: String?
  /// Members that have no field here.
  package var extras: [Member] = []

  /// An answer.
  package init(_ choices: [Choice], usage: AnswerUsage? = nil) {
    self.choices = choices
    self.usage = usage
  }
}

extension [Part] {
  /// The parts with all texts in the first: an answer's content is one string, which clients rely on.
  var withOneText: [Part] {
    let texts = compactMap { part -> TextContent? in
      if case .text(let content) = part.content { content } else { nil }
    }
    guard texts.count > 1, let first = firstIndex(where: { $0.text != nil }) else { return self }
    let joined = TextContent(texts.map(\.text).joined(), citations: texts.flatMap(\.citations))
    let before = self[..<first]
    let behind = self[first...].filter { $0.text == nil }
    return before + [Part(.text(joined))] + behind
  }
}
