import Core
import JSON

/// Types and ranges of the well-known request fields (reference section 2.1). Unknown fields are not looked at: they go
/// to the provider, which may know them. Null is accepted everywhere, as OpenAI's own interface does.
package enum OpenAIField {
  private enum Rule {
    case bool
    case text
    case shortText(Int)
    case word([String])
    case metadata
    case number(ClosedRange<Double>)
    case positiveNumber(Double)
    case integer(ClosedRange<Int64>)
    case stop
    case object
    case array
    case toolChoice
    case prompt
    case input
  }

  private static let rules: [String: Rule] = [
    "stream": .bool, "logprobs": .bool, "parallel_tool_calls": .bool, "store": .bool, "structured_outputs": .bool,
    "echo": .bool, "user": .text, "session_id": .shortText(sessionLimit), "service_tier": .text,
    "reasoning_effort": .word(efforts), "verbosity": .word(["low", "medium", "high", "xhigh", "max"]),
    "prompt_cache_key": .text, "suffix": .text, "encoding_format": .text,
    "temperature": .number(0...2), "top_p": .number(0...1), "min_p": .number(0...1), "top_a": .number(0...1),
    "frequency_penalty": .number(-2...2), "presence_penalty": .number(-2...2), "repetition_penalty": .positiveNumber(2),
    "max_tokens": .integer(1...Int64.max), "max_completion_tokens": .integer(1...Int64.max),
    "n": .integer(1...128), "best_of": .integer(1...128), "top_k": .integer(0...Int64.max),
    "top_logprobs": .integer(0...20), "seed": .integer(Int64.min...Int64.max), "dimensions": .integer(1...Int64.max),
    "stop": .stop, "logit_bias": .object, "metadata": .metadata, "reasoning": .object, "prediction": .object,
    "trace": .object, "debug": .object, "modalities": .array, "transforms": .array, "tool_choice": .toolChoice,
    "prompt": .prompt, "input": .input,
  ]

  /// Longest `session_id`. Unit: characters. Source: reference section 2.1.
  package static let sessionLimit = 256
  /// Reference section 2.1, and Groq's word for a model's own.
  private static let efforts = ["max", "xhigh", "high", "medium", "low", "minimal", "none", "default"]

  /// Throws a 400 that names the field when the value has the wrong type or lies outside its range.
  static func check(
    _ name: String, _ span: JSONSpan, in text: UnsafeRawBufferPointer, for operation: OpenAIOperation
  ) throws(GatewayError) {
    guard span.kind != .null, let rule = rules[name] else {
      if span.kind == .null, name == operation.subject.request.description {
        throw .field(name, "The field '\(name)' is null; give it a value.")
      }
      return
    }
    // In the legacy interface `logprobs` is a number; only chat knows it as a switch.
    if name == "logprobs", operation == .completion { return }
    guard let expected = mismatch(rule, span, text, operation) else { return }
    throw .field(name, "'\(name)' must be \(expected).")
  }

  /// What the value should be, or nil when it is fine.
  private static func mismatch(
    _ rule: Rule, _ span: JSONSpan, _ text: UnsafeRawBufferPointer, _ operation: OpenAIOperation
  ) -> String? {
    switch rule {
    case .bool: return span.kind == .bool ? nil : "true or false, not \(span.kind.words)"
    case .text: return span.kind == .string ? nil : "a string, not \(span.kind.words)"
    case .object: return span.kind == .object ? nil : "an object, not \(span.kind.words)"
    case .array: return span.kind == .array ? nil : "an array, not \(span.kind.words)"
    case .shortText(let limit):
      return span.kind == .string && JSONString.decode(span, in: text).count <= limit
        ? nil : "a string of at most \(limit) characters"
    case .word(let words):
      return span.kind == .string && words.contains(JSONString.decode(span, in: text))
        ? nil : "one of \(words.joined(separator: ", "))"
    case .metadata: return metadata(span, text)
    case .number(let range):
      return number(span, text) { range.contains($0) }
        ? nil : "a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))"
    case .positiveNumber(let most):
      return number(span, text) { $0 > 0 && $0 <= most } ? nil : "a number above 0, at most \(plain(most))"
    case .integer(let range): return integer(span, text, range) ? nil : words(range)
    case .stop: return span.kind == .string || span.kind == .array ? nil : "a string or an array of strings"
    case .toolChoice:
      // `any` is Mistral's word.
      let words = ["none", "auto", "required", "any"]
      return span.kind == .object || span.kind == .string && words.contains(JSONString.decode(span, in: text))
        ? nil : "\"none\", \"auto\", \"required\" or an object that names a tool"
    case .prompt:
      return operation != .completion || span.kind == .string || span.kind == .array ? nil : "a string or an array"
    case .input:
      if operation != .embedding { return nil }
      return span.kind == .string && span.count > 2 || span.kind == .array && span.count > 2
        ? nil : "a string that is not empty, or an array of texts or tokens"
    }
  }

  /// At most 16 pairs, names of at most 64 and texts of at most 512 characters (reference section 2.1).
  private static func metadata(_ span: JSONSpan, _ text: UnsafeRawBufferPointer) -> String? {
    guard span.kind == .object, let members = try? JSONValue.parse(span.bytes(in: text)).objectValue else {
      return "an object, not \(span.kind.words)"
    }
    let isFine =
      members.count <= 16
      && members.allSatisfy { $0.key.count <= 64 && ($0.value.stringValue.map { $0.count <= 512 } ?? false) }
    return isFine ? nil : "at most 16 texts of at most 512 characters, under names of at most 64"
  }

  private static func number(
    _ span: JSONSpan, _ text: UnsafeRawBufferPointer, _ isFine: (Double) -> Bool
  ) -> Bool {
    guard span.kind == .number, let value = Double(String(decoding: span.bytes(in: text), as: UTF8.self)) else {
      return false
    }
    return isFine(value)
  }

  private static func integer(
    _ span: JSONSpan, _ text: UnsafeRawBufferPointer, _ range: ClosedRange<Int64>
  ) -> Bool {
    guard span.kind == .number else { return false }
    let digits = String(decoding: span.bytes(in: text), as: UTF8.self)
    if let value = Int64(digits) { return range.contains(value) }
    // Larger than a machine word, such as a 64-bit unsigned seed: fine where there is no upper bound.
    return range.upperBound == .max && !digits.contains(where: { $0 == "." || $0 == "e" || $0 == "E" })
      && (digits.first != "-" || range.lowerBound == .min)
  }

  private static func words(_ range: ClosedRange<Int64>) -> String {
    if range.lowerBound == .min { return "a whole number" }
    return range.upperBound == .max
      ? "a whole number of at least \(range.lowerBound)"
      : "a whole number from \(range.lowerBound) to \(range.upperBound)"
  }

  private static func plain(_ value: Double) -> String { String(Int(value)) }
}
