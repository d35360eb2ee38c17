import JSON

/// How tokens are drawn. Ranges are those of OpenAI's interface; other dialects' encoders fit or drop what they do not know.
package struct SamplingParameters: Sendable, Equatable {
  /// Range: 0...2.
  package var temperature: JSONNumber?
  /// Range: 0...1.
  package var topP: JSONNumber?
  /// 0: off.
  package var topK: JSONNumber?
  /// Range: 0...1.
  package var minP: JSONNumber?
  /// Range: 0...1.
  package var topA: JSONNumber?
  /// Range: -2...2.
  package var frequencyPenalty: JSONNumber?
  /// Range: -2...2.
  package var presencePenalty: JSONNumber?
  /// Above 0, at most 2.
  package var repetitionPenalty: JSONNumber?
  /// Any whole number.
  package var seed: JSONNumber?
  /// Token ids and how much likelier they become: an object.
  package var logitBias: JSONValue?

  /// Nothing said.
  package init() {}

  /// The numbers and the fields they are.
  package var numbers: [(field: RequestField, value: JSONNumber)] {
    let all: [(RequestField, JSONNumber?)] = [
      (.temperature, temperature), (.topP, topP), (.topK, topK), (.minP, minP), (.topA, topA),
      (.frequencyPenalty, frequencyPenalty), (.presencePenalty, presencePenalty),
      (.repetitionPenalty, repetitionPenalty), (.seed, seed),
    ]
    return all.compactMap { field, value in value.map { (field, $0) } }
  }
}
