import Core

/// Lengths at which texts of records are cut. Unit: bytes.
package enum RecordLimits {
  /// Of ids, models and providers.
  package static let name = 128
  /// Of what callers write about themselves: user, session, referer, title, user agent.
  package static let caller = 256
  /// Of the texts of an attempt.
  static let attempt = 64
  /// Most attempts of a record; further ones are left out.
  package static let attempts = 24
  /// Longest decision; a longer one is left out.
  package static let decision = 12 * 1024
  /// Longest ending as bytes: what a journal sets aside for each request that is open. `CodingTests` holds the longest
  /// possible ending against it.
  package static let ending = 9 * 1024
}

/// Openings as bytes, version 1: every member in the order of the declaration.
extension Opening {
  /// The version that `write` writes.
  package static let version: UInt8 = 1

  /// Appends the opening; allocates nothing.
  package func write(to buffer: RecordBuffer) {
    buffer.text(id, limit: RecordLimits.name)
    buffer.text(requestID, limit: RecordLimits.name)
    buffer.number(createdAt)
    buffer.number(keyID)
    buffer.text(workspace, limit: RecordLimits.name)
    buffer.byte(apiType.rawValue)
    buffer.flag(isStreamed)
    buffer.flag(isFree)
    buffer.text(requestedModel, limit: RecordLimits.name)
    buffer.text(ifAny: router, limit: RecordLimits.name)
    buffer.text(ifAny: preset, limit: RecordLimits.name)
    buffer.text(ifAny: session, limit: RecordLimits.caller)
    buffer.text(ifAny: user, limit: RecordLimits.caller)
    buffer.text(ifAny: referer, limit: RecordLimits.caller)
    buffer.text(ifAny: title, limit: RecordLimits.caller)
    buffer.text(ifAny: userAgent, limit: RecordLimits.caller)
    buffer.number(images)
    buffer.number(promptBound)
    buffer.number(hold.units)
    buffer.number(costIfUnknown.units)
    decision.withUnsafeBytes { bytes in
      buffer.blob(bytes.count <= RecordLimits.decision ? bytes : UnsafeRawBufferPointer(start: nil, count: 0))
    }
  }

  /// Reads what `write` wrote. Throws when the bytes are something else.
  package init(_ reader: inout RecordReader) throws(RecordDamage) {
    id = try reader.text()
    requestID = try reader.text()
    createdAt = try reader.number()
    keyID = try reader.number()
    workspace = try reader.text()
    guard let apiType = APIType(rawValue: try reader.byte()) else { throw RecordDamage(reason: "a kind of request") }
    self.apiType = apiType
    isStreamed = try reader.flag()
    isFree = try reader.flag()
    requestedModel = try reader.text()
    router = try reader.textIfAny()
    preset = try reader.textIfAny()
    session = try reader.textIfAny()
    user = try reader.textIfAny()
    referer = try reader.textIfAny()
    title = try reader.textIfAny()
    userAgent = try reader.textIfAny()
    images = try reader.number()
    promptBound = try reader.number()
    hold = Money(units: try reader.number())
    costIfUnknown = Money(units: try reader.number())
    decision = Array(try reader.blob())
  }
}

/// Endings as bytes, version 1: every member in the order of the declaration.
extension Ending {
  /// The version that `write` writes.
  package static let version: UInt8 = 1

  /// Appends the ending; allocates nothing. At most `RecordLimits.ending` bytes.
  package func write(to buffer: RecordBuffer) {
    buffer.byte(outcome.rawValue)
    buffer.number(status)
    buffer.flag(served != nil)
    served?.write(to: buffer)
    buffer.number(Int64(min(attempts.count, RecordLimits.attempts)))
    for attempt in attempts.prefix(RecordLimits.attempts) { attempt.write(to: buffer) }
    usage.write(to: buffer)
    buffer.byte(usageSource.rawValue)
    buffer.flag(prices != nil)
    prices?.write(to: buffer)
    buffer.number(cost.units)
    buffer.number(ifAny: upstreamCost?.units)
    buffer.number(ifAny: firstTokenMilliseconds)
    buffer.number(ifAny: generationMilliseconds)
    buffer.number(totalMilliseconds)
    buffer.text(ifAny: finishReason, limit: RecordLimits.attempt)
    buffer.text(ifAny: nativeFinishReason, limit: RecordLimits.attempt)
    buffer.text(ifAny: serviceTier, limit: RecordLimits.attempt)
    buffer.text(ifAny: dropped, limit: RecordLimits.caller)
  }

  /// Reads what `write` wrote. Throws when the bytes are something else.
  package init(_ reader: inout RecordReader) throws(RecordDamage) {
    guard let outcome = Outcome(rawValue: try reader.byte()) else { throw RecordDamage(reason: "an outcome") }
    self.outcome = outcome
    status = try reader.number()
    served = try reader.flag() ? try Served(&reader) : nil
    let count = try reader.number()
    guard (0...Int64(RecordLimits.attempts)).contains(count) else { throw RecordDamage(reason: "attempts") }
    attempts = []
    for _ in 0..<count { attempts.append(try AttemptRecord(&reader)) }
    usage = try Usage(&reader)
    guard let source = UsageSource(rawValue: try reader.byte()) else { throw RecordDamage(reason: "a source") }
    usageSource = source
    prices = try reader.flag() ? try PriceList(&reader) : nil
    cost = Money(units: try reader.number())
    upstreamCost = try reader.numberIfAny().map(Money.init(units:))
    firstTokenMilliseconds = try reader.numberIfAny()
    generationMilliseconds = try reader.numberIfAny()
    totalMilliseconds = try reader.number()
    finishReason = try reader.textIfAny()
    nativeFinishReason = try reader.textIfAny()
    serviceTier = try reader.textIfAny()
    dropped = try reader.textIfAny()
  }
}

extension Ending.Served {
  fileprivate func write(to buffer: RecordBuffer) {
    writeEndpoint(to: buffer)
    buffer.text(ifAny: upstreamID, limit: RecordLimits.name)
  }

  /// All that the endpoint alone decides.
  func writeEndpoint(to buffer: RecordBuffer) {
    for text in [model, provider, providerName, endpoint] { buffer.text(text, limit: RecordLimits.name) }
    buffer.text(ifAny: region, limit: RecordLimits.attempt)
    buffer.number(ifAny: trainsOnData.map { $0 ? 1 : 0 })
    buffer.number(ifAny: retentionDays)
    buffer.flag(zdr)
  }

  fileprivate init(_ reader: inout RecordReader) throws(RecordDamage) {
    model = try reader.text()
    provider = try reader.text()
    providerName = try reader.text()
    endpoint = try reader.text()
    region = try reader.textIfAny()
    trainsOnData = try reader.numberIfAny().map { $0 != 0 }
    retentionDays = try reader.numberIfAny()
    zdr = try reader.flag()
    upstreamID = try reader.textIfAny()
  }
}

extension AttemptRecord {
  fileprivate func write(to buffer: RecordBuffer) {
    AttemptRecord.writeNames(provider, endpoint, model, to: buffer)
    buffer.text(result, limit: RecordLimits.attempt)
    buffer.number(status)
    buffer.number(startMilliseconds)
    buffer.number(milliseconds)
  }

  /// All that the endpoint alone decides.
  static func writeNames(_ provider: String, _ endpoint: String, _ model: String, to buffer: RecordBuffer) {
    for text in [provider, endpoint, model] { buffer.text(text, limit: RecordLimits.attempt) }
  }

  fileprivate init(_ reader: inout RecordReader) throws(RecordDamage) {
    provider = try reader.text()
    endpoint = try reader.text()
    model = try reader.text()
    result = try reader.text()
    status = try reader.number()
    startMilliseconds = try reader.number()
    milliseconds = try reader.number()
  }
}

extension Usage {
  func write(to buffer: RecordBuffer) {
    buffer.number(promptTokens)
    buffer.number(completionTokens)
    buffer.number(cachedTokens)
    buffer.number(cacheWriteTokens)
    buffer.number(reasoningTokens)
    buffer.number(audioPromptTokens)
    buffer.number(audioCompletionTokens)
    buffer.number(imageCompletionTokens)
  }

  fileprivate init(_ reader: inout RecordReader) throws(RecordDamage) {
    promptTokens = try reader.number()
    completionTokens = try reader.number()
    cachedTokens = try reader.number()
    cacheWriteTokens = try reader.number()
    reasoningTokens = try reader.number()
    audioPromptTokens = try reader.number()
    audioCompletionTokens = try reader.number()
    imageCompletionTokens = try reader.number()
  }
}

extension PriceList {
  func write(to buffer: RecordBuffer) {
    buffer.number(prompt.units)
    buffer.number(completion.units)
    buffer.number(cacheRead.units)
    buffer.number(cacheWrite.units)
    buffer.number(reasoning.units)
    buffer.number(request.units)
    buffer.number(image.units)
  }

  fileprivate init(_ reader: inout RecordReader) throws(RecordDamage) {
    prompt = Money(units: try reader.number())
    completion = Money(units: try reader.number())
    cacheRead = Money(units: try reader.number())
    cacheWrite = Money(units: try reader.number())
    reasoning = Money(units: try reader.number())
    request = Money(units: try reader.number())
    image = Money(units: try reader.number())
  }
}
