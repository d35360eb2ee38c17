import Core
import JSON
import Ledger

/// Vectors of a provider, as places in the bytes of its answer: they are large, and copied once.
package struct EmbeddingAnswer {
  /// Where a vector stands, and how it is written.
  package enum Vector {
    /// An array of numbers.
    case numbers(JSONSpan)
    /// A text in Base64.
    case base64(JSONSpan)
  }

  /// The vectors in the order of the inputs.
  package var vectors: [Vector] = []
  /// What the provider has counted; nil when it counts nothing.
  package var usage: AnswerUsage?
  /// The provider's own id of the answer.
  package var id: String?

  /// Nothing yet.
  package init() {}

  /// Reads the object of an answer; `take` takes the value of each member. Throws a 502 when it is no JSON object.
  static func read(
    _ body: UnsafeRawBufferPointer,
    _ take: (JSONKey, inout JSONScanner, inout EmbeddingAnswer) throws(JSONProblem) -> Void
  ) throws(GatewayError) -> EmbeddingAnswer {
    var answer = EmbeddingAnswer()
    do throws(JSONProblem) {
      var scanner = JSONScanner(body)
      var hasMember = try scanner.enterObject()
      while hasMember {
        try take(try scanner.key(), &scanner, &answer)
        hasMember = try scanner.nextMember()
      }
      try scanner.end()
    } catch {
      throw GatewayError(
        .providerFailed, "The provider sent an answer that is not valid JSON or no embeddings", origin: .upstream,
        context: error.description)
    }
    return answer
  }

  /// Counts prompt tokens, which are all that embeddings use.
  mutating func count(_ tokens: Int64?) {
    guard let tokens else { return }
    let sum = (usage?.counts.promptTokens ?? 0) + min(max(0, tokens), Usage.plausibleTokens)
    usage = AnswerUsage(Usage(promptTokens: sum, completionTokens: 0).clamped)
  }
}

extension JSONScanner {
  /// Takes a vector. Throws when something else stands there.
  mutating func vector() throws(JSONProblem) -> EmbeddingAnswer.Vector {
    switch try peek() {
    case .string: return .base64(try value())
    case .array:
      let start = position
      var hasElement = try enterArray()
      while hasElement {
        guard try peek() == .number else { throw problem("a vector holds something that is no number") }
        try value()
        hasElement = try nextElement()
      }
      return .numbers(JSONSpan(start: start, end: position, kind: .array))
    default: throw problem("a vector should stand here")
    }
  }

  /// Takes an array of vectors.
  mutating func vectors() throws(JSONProblem) -> [EmbeddingAnswer.Vector] {
    var vectors: [EmbeddingAnswer.Vector] = []
    try array { (_, scanner) throws(JSONProblem) in vectors.append(try scanner.vector()) }
    return vectors
  }

  /// Takes an array of objects that each hold a vector as one of their members.
  mutating func vectors(behind name: StaticString) throws(JSONProblem) -> [EmbeddingAnswer.Vector] {
    var vectors: [EmbeddingAnswer.Vector] = []
    try array { (_, scanner) throws(JSONProblem) in
      if let vector = try scanner.vector(behind: name) { vectors.append(vector) }
    }
    return vectors
  }

  /// Takes an object that holds a vector as one of its members; nil when it holds none.
  mutating func vector(behind name: StaticString) throws(JSONProblem) -> EmbeddingAnswer.Vector? {
    var vector: EmbeddingAnswer.Vector?
    try object { (key, scanner) throws(JSONProblem) in
      if key.isNamed(name), vector == nil { vector = try scanner.vector() } else { try scanner.value() }
    }
    return vector
  }
}
