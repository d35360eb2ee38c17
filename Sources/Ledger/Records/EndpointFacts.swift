import Core

/// What every record says about an endpoint, put into bytes once: where data goes, what it costs, what an attempt is called.
package final class EndpointFacts: Sendable {
  /// `Ending.Served` up to the provider's own id, as it is written.
  let served: [UInt8]
  /// The price row with the flag before it, as it is written.
  let prices: [UInt8]
  /// The names at the start of an attempt, as they are written.
  let attempt: [UInt8]

  /// The facts of an endpoint; `prices` nil: unknown.
  package init(_ served: Ending.Served, prices: PriceList?) {
    let buffer = RecordBuffer(capacity: 512)
    func bytes(_ write: (RecordBuffer) -> Void) -> [UInt8] {
      buffer.truncate(0)
      write(buffer)
      return Array(buffer.bytes)
    }
    self.served = bytes { served.writeEndpoint(to: $0) }
    self.prices = bytes { buffer in
      buffer.flag(prices != nil)
      prices?.write(to: buffer)
    }
    attempt = bytes { AttemptRecord.writeNames(served.providerName, served.endpoint, served.model, to: $0) }
  }
}

/// One try against one endpoint, before it is written.
package struct AttemptNote: Sendable {
  /// The endpoint.
  package let facts: EndpointFacts
  /// What became of it: a short word.
  package let result: String
  /// The HTTP status that came; 0 when none did.
  package let status: Int64
  /// When it began, counted from the admission. Unit: milliseconds.
  package let startMilliseconds: Int64
  /// How long it took to fail, or to its first event. Unit: milliseconds.
  package let milliseconds: Int64

  /// One try.
  package init(_ facts: EndpointFacts, result: String, status: Int64, startMilliseconds: Int64, milliseconds: Int64) {
    self.facts = facts
    self.result = result
    self.status = status
    self.startMilliseconds = startMilliseconds
    self.milliseconds = milliseconds
  }

  fileprivate func write(to buffer: RecordBuffer) {
    buffer.raw(facts.attempt)
    buffer.text(result, limit: RecordLimits.attempt)
    buffer.number(status)
    buffer.number(startMilliseconds)
    buffer.number(milliseconds)
  }
}

/// An `Ending` on its way into the journal: what many records share is not made anew for each, and nothing of it is ever
/// copied. Written, it is the same bytes.
package struct EndingDraft: ~Copyable {
  /// How it ended.
  package var outcome: Outcome
  /// The HTTP status the caller got; 0 when it got none.
  package var status: Int64
  /// The endpoint whose tokens reached the caller; nil when none did.
  package var served: EndpointFacts?
  /// The provider's own id of the answer.
  package var upstreamID: String?
  /// Every attempt, in the order in which they began.
  package var attempts: [AttemptNote]
  /// Tokens by class.
  package var usage: Usage
  /// Where the counts come from.
  package var usageSource: UsageSource
  /// What the caller is charged.
  package var cost: Money
  /// What the provider says it charges us.
  package var upstreamCost: Money?
  /// From admission to the first token. Unit: milliseconds.
  package var firstTokenMilliseconds: Int64?
  /// From the first token to the end. Unit: milliseconds.
  package var generationMilliseconds: Int64?
  /// From admission to the end. Unit: milliseconds.
  package var totalMilliseconds: Int64
  /// The finish reason in the common vocabulary.
  package var finishReason: String?
  /// The finish reason as the provider wrote it.
  package var nativeFinishReason: String?
  /// The service tier that the provider reported.
  package var serviceTier: String?
  /// The fields of the request that had no equivalent in the provider's wire format.
  package var dropped: String?

  /// A draft; what is left out is not known or zero.
  package init(
    outcome: Outcome, status: Int64, served: EndpointFacts? = nil, upstreamID: String? = nil,
    attempts: [AttemptNote] = [], usage: Usage = .zero, usageSource: UsageSource = .reported, cost: Money = .zero,
    upstreamCost: Money? = nil, firstTokenMilliseconds: Int64? = nil, generationMilliseconds: Int64? = nil,
    totalMilliseconds: Int64 = 0, finishReason: String? = nil, nativeFinishReason: String? = nil,
    serviceTier: String? = nil, dropped: String? = nil
  ) {
    self.outcome = outcome
    self.status = status
    self.served = served
    self.upstreamID = upstreamID
    self.attempts = attempts
    self.usage = usage
    self.usageSource = usageSource
    self.cost = cost
    self.upstreamCost = upstreamCost
    self.firstTokenMilliseconds = firstTokenMilliseconds
    self.generationMilliseconds = generationMilliseconds
    self.totalMilliseconds = totalMilliseconds
    self.finishReason = finishReason
    self.nativeFinishReason = nativeFinishReason
    self.serviceTier = serviceTier
    self.dropped = dropped
  }

  /// Appends what `Ending.write` would for the same ending.
  package func write(to buffer: RecordBuffer) {
    buffer.byte(outcome.rawValue)
    buffer.number(status)
    buffer.flag(served != nil)
    if let served {
      buffer.raw(served.served)
      buffer.text(ifAny: upstreamID, limit: RecordLimits.name)
    }
    let count = min(attempts.count, RecordLimits.attempts)
    buffer.number(Int64(count))
    for index in 0..<count { attempts[index].write(to: buffer) }
    usage.write(to: buffer)
    buffer.byte(usageSource.rawValue)
    if let served { buffer.raw(served.prices) } else { buffer.flag(false) }
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
}
