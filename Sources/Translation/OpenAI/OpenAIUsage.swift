import Core
import JSON
import Ledger

/// A `usage` object as a provider sent it: its bytes for the caller and its counts for the books.
package struct OpenAIUsage: Sendable {
  /// The object as it was written.
  let bytes: [UInt8]
  /// The counts in it.
  package let usage: Usage
  /// Where `cost` stands in `bytes`, if the provider sent one.
  private let costSpan: JSONSpan?
  private let isEmpty: Bool

  /// What the provider says it charges; nil when it says nothing that is an amount.
  package var reportedCost: Money? {
    guard let costSpan, costSpan.kind == .number else { return nil }
    return bytes.withUnsafeBytes { Money(decimal: String(decoding: costSpan.bytes(in: $0), as: UTF8.self)) }
  }

  /// Whether the gateway counted it itself.
  package var isEstimated = false
  /// Whether it counts nothing at all.
  package var isZero: Bool { usage.promptTokens == 0 && usage.completionTokens == 0 }

  /// Takes the scanner's next value if it is an object; other kinds are skipped and give nil.
  static func read(_ scanner: inout JSONScanner) throws(JSONProblem) -> OpenAIUsage? {
    guard try scanner.peek() == .object else {
      try scanner.value()
      return nil
    }
    let start = scanner.position
    var usage = Usage(promptTokens: 0, completionTokens: 0)
    var cost: JSONSpan?
    var isEmpty = true
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      isEmpty = false
      if key.isNamed("prompt_tokens") {
        usage.promptTokens = try count(&scanner)
      } else if key.isNamed("completion_tokens") {
        usage.completionTokens = try count(&scanner)
      } else if key.isNamed("prompt_tokens_details") {
        try promptDetails(&scanner, &usage)
      } else if key.isNamed("completion_tokens_details") {
        try completionDetails(&scanner, &usage)
      } else if key.isNamed("prompt_cache_hit_tokens") {
        // DeepSeek's older name for the same count; the details, where present, say the same.
        let hits = try count(&scanner)
        if usage.cachedTokens == 0 { usage.cachedTokens = hits }
      } else if key.isNamed("cost") {
        let span = try scanner.value()
        cost = JSONSpan(start: span.start - start, end: span.end - start, kind: span.kind)
      } else {
        try scanner.value()
      }
      hasMember = try scanner.nextMember()
    }
    let text = UnsafeRawBufferPointer(rebasing: scanner.text[start..<scanner.position])
    return OpenAIUsage(bytes: Array(text), usage: usage.clamped, costSpan: cost, isEmpty: isEmpty)
  }

  /// Usage that the gateway counted itself because the provider sent none; marked as such for the caller.
  package static func estimated(_ usage: Usage) -> OpenAIUsage {
    let usage = usage.clamped
    let text =
      #"{"prompt_tokens":\#(usage.promptTokens),"completion_tokens":\#(usage.completionTokens),"#
      + #""total_tokens":\#(usage.promptTokens + usage.completionTokens),"is_estimated":true}"#
    return OpenAIUsage(bytes: Array(text.utf8), usage: usage, costSpan: nil, isEmpty: false, isEstimated: true)
  }

  /// The sum of what several attempts used for one answer, marked when any of it is an estimate.
  package static func combined(_ parts: [(usage: Usage, isEstimated: Bool)]) -> OpenAIUsage {
    var sum = Usage(promptTokens: 0, completionTokens: 0)
    for part in parts.map(\.usage.clamped) {
      sum.promptTokens += part.promptTokens
      sum.completionTokens += part.completionTokens
      sum.cachedTokens += part.cachedTokens
      sum.cacheWriteTokens += part.cacheWriteTokens
      sum.reasoningTokens += part.reasoningTokens
      sum.audioPromptTokens += part.audioPromptTokens
      sum.audioCompletionTokens += part.audioCompletionTokens
      sum.imageCompletionTokens += part.imageCompletionTokens
    }
    let isEstimated = parts.contains(where: \.isEstimated)
    let text =
      #"{"prompt_tokens":\#(sum.promptTokens),"completion_tokens":\#(sum.completionTokens),"#
      + #""total_tokens":\#(sum.promptTokens + sum.completionTokens),"#
      + #""prompt_tokens_details":{"cached_tokens":\#(sum.cachedTokens),"cache_write_tokens":\#(sum.cacheWriteTokens)},"#
      + #""completion_tokens_details":{"reasoning_tokens":\#(sum.reasoningTokens)}"#
      + (isEstimated ? #","is_estimated":true}"# : "}")
    return OpenAIUsage(
      bytes: Array(text.utf8), usage: sum, costSpan: nil, isEmpty: false, isEstimated: isEstimated)
  }

  /// Appends the object with our `cost`, in USD; null where the price is not known. A cost that the provider sent is
  /// replaced, or kept where we have none of our own.
  func write(cost: Money?, to buffer: ByteBuffer) {
    bytes.withUnsafeBytes { text in
      if let costSpan {
        var splice = JSONSplice()
        if let cost { splice.replace(costSpan, with: Array(cost.dollars.utf8)) }
        return splice.apply(to: text, into: buffer)
      }
      buffer.append(UnsafeRawBufferPointer(rebasing: text.dropLast()))
      buffer.append(isEmpty ? #""cost":"# : #","cost":"#)
      buffer.append(cost?.dollars ?? "null")
      buffer.append("}")
    }
  }

  private static func count(_ scanner: inout JSONScanner) throws(JSONProblem) -> Int64 {
    let span = try scanner.value()
    guard span.kind == .number else { return 0 }
    if let small = span.smallInteger(in: scanner.text) { return small }
    let text = String(decoding: span.bytes(in: scanner.text), as: UTF8.self)
    if let exact = Int64(text) { return exact }
    guard let value = Double(text) else { return 0 }
    return value >= Double(Usage.plausibleTokens) ? Usage.plausibleTokens : Int64(max(value, 0))
  }

  private static func promptDetails(_ scanner: inout JSONScanner, _ usage: inout Usage) throws(JSONProblem) {
    guard try entersObject(&scanner) else { return }
    repeat {
      let key = try scanner.key()
      if key.isNamed("cached_tokens") {
        usage.cachedTokens = try count(&scanner)
      } else if key.isNamed("cache_write_tokens") {
        usage.cacheWriteTokens = try count(&scanner)
      } else if key.isNamed("audio_tokens") {
        usage.audioPromptTokens = try count(&scanner)
      } else {
        try scanner.value()
      }
    } while try scanner.nextMember()
  }

  private static func completionDetails(_ scanner: inout JSONScanner, _ usage: inout Usage) throws(JSONProblem) {
    guard try entersObject(&scanner) else { return }
    repeat {
      let key = try scanner.key()
      if key.isNamed("reasoning_tokens") {
        usage.reasoningTokens = try count(&scanner)
      } else if key.isNamed("audio_tokens") {
        usage.audioCompletionTokens = try count(&scanner)
      } else if key.isNamed("image_tokens") {
        usage.imageCompletionTokens = try count(&scanner)
      } else {
        try scanner.value()
      }
    } while try scanner.nextMember()
  }

  /// Enters the object that comes next; whether it has members. Other kinds are skipped.
  private static func entersObject(_ scanner: inout JSONScanner) throws(JSONProblem) -> Bool {
    if try scanner.peek() == .object { return try scanner.enterObject() }
    try scanner.value()
    return false
  }
}
