import Core

/// What sums need of an opening, and where the rest stands in its bytes.
struct OpeningFigures: Sendable {
  /// The generation id, with its length before it.
  let id: RecordSpan
  /// Unit: milliseconds since 1970.
  let createdAt: Int64
  /// The store's number of the key.
  let keyID: Int64
  /// The workspace, with its length before it.
  let workspace: RecordSpan
  /// Whether the model is a free variant.
  let isFree: Bool
  /// The model that was asked for, with its length before it.
  let model: RecordSpan
  /// What was held.
  let hold: Money

  /// The figures of an opening that `Opening.write` wrote; nil when the bytes are something else.
  init?(_ bytes: UnsafeRawBufferPointer) {
    var scanner = FieldScanner(bytes)
    id = scanner.text()
    scanner.text()
    createdAt = scanner.number()
    keyID = scanner.number()
    workspace = scanner.text()
    if APIType(rawValue: scanner.byte()) == nil { scanner.refuse() }
    _ = scanner.flag()
    isFree = scanner.flag()
    model = scanner.text()
    // The router, the preset, and what the caller says about itself.
    for _ in 0..<7 { scanner.skipTextIfAny() }
    _ = scanner.number()
    _ = scanner.number()
    hold = Money(units: scanner.number())
    _ = scanner.number()
    scanner.text()
    guard scanner.isSound else { return nil }
  }
}

/// What sums need of an ending, and where the rest stands in its bytes.
struct EndingFigures: Sendable {
  /// How it ended.
  let outcome: Outcome
  /// The model, the provider, its name, the endpoint and the region, as they are written; nil when nobody answered.
  let served: RecordSpan?
  /// Tokens by class.
  let usage: Usage
  /// Where the counts come from.
  let usageSource: UsageSource
  /// What the caller is charged.
  let cost: Money

  /// The figures of an ending that `Ending.write` wrote; nil when the bytes are something else.
  init?(_ bytes: UnsafeRawBufferPointer) {
    var scanner = FieldScanner(bytes)
    let outcome = Outcome(rawValue: scanner.byte())
    _ = scanner.number()
    served = scanner.flag() ? EndingFigures.served(&scanner) : nil
    EndingFigures.skipAttempts(&scanner)
    usage = Usage(&scanner)
    let source = UsageSource(rawValue: scanner.byte())
    if scanner.flag() { for _ in 0..<7 { _ = scanner.number() } }
    cost = Money(units: scanner.number())
    for _ in 0..<3 { scanner.skipNumberIfAny() }
    _ = scanner.number()
    for _ in 0..<4 { scanner.skipTextIfAny() }
    guard scanner.isSound, let outcome, let source else { return nil }
    self.outcome = outcome
    usageSource = source
  }

  private static func served(_ scanner: inout FieldScanner) -> RecordSpan {
    let start = scanner.position
    for _ in 0..<4 { scanner.text() }
    scanner.skipTextIfAny()
    let end = scanner.position
    scanner.skipNumberIfAny()
    scanner.skipNumberIfAny()
    _ = scanner.flag()
    scanner.skipTextIfAny()
    return RecordSpan(start: start, end: end)
  }

  private static func skipAttempts(_ scanner: inout FieldScanner) {
    let count = scanner.number()
    guard (0...Int64(RecordLimits.attempts)).contains(count) else { return scanner.refuse() }
    for _ in 0..<count {
      for _ in 0..<4 { scanner.text() }
      for _ in 0..<3 { _ = scanner.number() }
    }
  }
}

extension Usage {
  fileprivate init(_ scanner: inout FieldScanner) {
    self.init(
      promptTokens: scanner.number(), completionTokens: scanner.number(), cachedTokens: scanner.number(),
      cacheWriteTokens: scanner.number(), reasoningTokens: scanner.number(), audioPromptTokens: scanner.number(),
      audioCompletionTokens: scanner.number(), imageCompletionTokens: scanner.number())
  }
}
