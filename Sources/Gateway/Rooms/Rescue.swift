import Core
import Ledger
import Planning
import Translation

/// What is known for an answer that may break off, or has: what the caller has of it, and who delivered it at what cost.
/// Belongs to one call.
struct Rescue {
  /// What one attempt delivered.
  struct Part {
    /// The attempt.
    let planned: Plan.Attempt
    /// How its text was joined to what was there.
    let joint: RescueMark.Joint
    /// Text of it that reached the caller. Unit: bytes.
    let deliveredBytes: Int
    /// What of it is billed.
    let usage: OpenAIUsage
    /// Its price; nil when unknown.
    let cost: Money?
    /// Why it broke off; nil for the last one.
    let failure: ErrorKind?
  }

  /// What has reached the caller; nil where no rescue is possible from the start.
  var transcript: StreamTranscript?
  /// The attempts whose text reached the caller, without the one under way.
  var parts: [Part] = []
  /// Why the answer broke off first; what the caller is told when no rescue succeeds.
  var cause: GatewayError?
  /// Places of the plan that refused to go on from the delivered text.
  var refusedPrefill: [Int] = []

  /// Whether the answer comes from more than one attempt.
  var isUnderWay: Bool { cause != nil }

  /// The sum of all parts with the last one.
  func total(_ last: Part) -> (usage: OpenAIUsage, cost: Money?) { Rescue.total(parts, last) }

  /// The sum of `parts` and `last`.
  static func total(_ parts: [Part], _ last: Part) -> (usage: OpenAIUsage, cost: Money?) {
    if parts.isEmpty { return (last.usage, last.cost) }
    let all = parts + [last]
    // A part without a price takes nothing from what is known of the others.
    let known = all.compactMap(\.cost)
    let sum = known.isEmpty ? nil : known.reduce(Money.zero) { $0.adding($1) ?? Money(units: .max) }
    return (.combined(all.map { ($0.usage.usage, $0.usage.isEstimated) }), sum)
  }

  /// How the answer came about.
  func mark(_ last: Part) -> RescueMark {
    RescueMark(
      (parts + [last]).map {
        RescueMark.Part(
          provider: $0.planned.endpoint.provider.name, model: $0.planned.model.id, joint: $0.joint,
          deliveredBytes: $0.deliveredBytes, failure: $0.failure)
      })
  }
}
