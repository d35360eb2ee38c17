import Core

/// What is known of a request when it has ended. Written before the last byte of the answer goes out.
package struct Ending: Sendable, Hashable {
  /// Where the answer came from: the evidence of where data went.
  package struct Served: Sendable, Hashable {
    /// The catalogue's id of the model that answered.
    package var model: String
    /// The provider's slug.
    package var provider: String
    /// The provider's display name.
    package var providerName: String
    /// The endpoint's tag.
    package var endpoint: String
    /// Where it computes; nil when unknown.
    package var region: String?
    /// Whether the provider trains on the data; nil when unknown.
    package var trainsOnData: Bool?
    /// How long the provider keeps the data. Unit: days; nil when unknown.
    package var retentionDays: Int64?
    /// Whether the endpoint is known to keep nothing.
    package var zdr: Bool
    /// The provider's own id of the answer.
    package var upstreamID: String?

    /// Where an answer came from.
    package init(
      model: String, provider: String, providerName: String, endpoint: String, region: String? = nil,
      trainsOnData: Bool? = nil, retentionDays: Int64? = nil, zdr: Bool = false, upstreamID: String? = nil
    ) {
      self.model = model
      self.provider = provider
      self.providerName = providerName
      self.endpoint = endpoint
      self.region = region
      self.trainsOnData = trainsOnData
      self.retentionDays = retentionDays
      self.zdr = zdr
      self.upstreamID = upstreamID
    }
  }

  /// How it ended.
  package var outcome: Outcome
  /// The HTTP status the caller got; 0 when it got none.
  package var status: Int64
  /// The attempt whose tokens reached the caller; nil when none did.
  package var served: Served?
  /// Every attempt, in the order in which they began.
  package var attempts: [AttemptRecord]
  /// Tokens by class, in `Usage`'s convention.
  package var usage: Usage
  /// Where the counts come from.
  package var usageSource: UsageSource
  /// The price row that was used; nil when the endpoint has none.
  package var prices: PriceList?
  /// What the caller is charged.
  package var cost: Money
  /// What the provider says it charges us; nil when it says nothing.
  package var upstreamCost: Money?
  /// From admission to the first token. Unit: milliseconds; nil when none came.
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
  /// The fields of the request that had no equivalent in the provider's wire format, as `x-patchbay-dropped` named them;
  /// nil when there were none.
  package var dropped: String?

  /// An ending; what is left out is not known or zero.
  package init(
    outcome: Outcome, status: Int64 = 200, served: Served? = nil, attempts: [AttemptRecord] = [], usage: Usage = .zero,
    usageSource: UsageSource = .reported, prices: PriceList? = nil, cost: Money = .zero, upstreamCost: Money? = nil,
    firstTokenMilliseconds: Int64? = nil, generationMilliseconds: Int64? = nil, totalMilliseconds: Int64 = 0,
    finishReason: String? = nil, nativeFinishReason: String? = nil, serviceTier: String? = nil, dropped: String? = nil
  ) {
    self.outcome = outcome
    self.status = status
    self.served = served
    self.attempts = attempts
    self.usage = usage
    self.usageSource = usageSource
    self.prices = prices
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
}

/// One try against one endpoint, as the record keeps it.
package struct AttemptRecord: Sendable, Hashable {
  /// The provider's name; its slug in records of earlier versions.
  package var provider: String
  /// The endpoint's tag.
  package var endpoint: String
  /// The catalogue's id of the model.
  package var model: String
  /// The HTTP status that came; 0 when none did.
  package var status: Int64
  /// When it began, counted from the admission. Unit: milliseconds.
  package var startMilliseconds: Int64
  /// How long it took to fail, or to its first event. Unit: milliseconds.
  package var milliseconds: Int64
  /// What became of it, in a word: `served`, `cut`, or the kind of the error.
  package var result: String

  /// One try.
  package init(
    provider: String, endpoint: String, model: String, status: Int64, startMilliseconds: Int64 = 0,
    milliseconds: Int64 = 0, result: String
  ) {
    self.provider = provider
    self.endpoint = endpoint
    self.model = model
    self.status = status
    self.startMilliseconds = startMilliseconds
    self.milliseconds = milliseconds
    self.result = result
  }
}
