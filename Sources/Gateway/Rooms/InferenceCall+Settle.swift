import Core
import Ledger
import Planning
import Translation

/// The way of a request into the books: what became of each attempt, and its one ending.
extension InferenceCall {
  /// Writes the ending, once, before the last bytes of the answer are handed to the exchange.
  func settle(_ outcome: Outcome, status: Int, _ settlement: Settlement) {
    guard !isSettled else { return }
    isSettled = true
    let cost = settlement.cost ?? .zero
    let usage = settlement.usage?.usage ?? .zero
    if cost > admitted.hold.amount { noteOverrun(cost) }
    home.books.close(
      generationID, ending(outcome, status: status, settlement),
      LoopBooks.Closing(
        hold: admitted.hold, cost: cost, tokens: usage.promptTokens + usage.completionTokens,
        costIfUnknown: admitted.costIfUnknown, isOpened: isOpened, response: exchange.unsent))
  }

  /// What reached the caller of an answer that did not come to its end; nothing, when nothing did.
  func settlementOfParts() -> Settlement {
    var parts = rescue.parts
    if let speaker, !speaker.isNoted, speaker.deltaBytes > 0 {
      speaker.isNoted = true
      parts.append(part(speaker, failure: nil))
    }
    guard let last = parts.popLast() else { return .nothing }
    let total = Rescue.total(parts, last)
    return Settlement(
      usage: total.usage, cost: total.cost, served: speaker, upstreamID: speaker?.upstreamID)
  }

  /// Notes what became of an attempt, once.
  func note(_ state: AttemptState, _ result: String) {
    guard !state.isRecorded else { return }
    state.isRecorded = true
    let end = state.firstEventAt ?? home.loop.now
    attempts.append(
      AttemptNote(
        state.planned.endpoint.facts, result: result, status: Int64(state.head.status),
        startMilliseconds: state.startedAt.milliseconds(since: startedAt),
        milliseconds: end.milliseconds(since: state.startedAt)))
  }

  private func ending(_ outcome: Outcome, status: Int, _ settlement: Settlement) -> EndingDraft {
    let served = settlement.served
    if let served { note(served, outcome == .complete || outcome == .rescued ? "served" : "cut") }
    if let attempt { note(attempt, "abandoned") }
    if let rival { note(rival, "abandoned") }
    if attempts.count > 1 { attempts.sort { $0.startMilliseconds < $1.startMilliseconds } }
    let first = served?.firstEventAt
    let now = home.loop.now
    let native = settlement.finishReason
    return EndingDraft(
      outcome: outcome, status: Int64(status), served: served?.planned.endpoint.facts,
      upstreamID: settlement.upstreamID ?? served?.head.requestID, attempts: attempts,
      usage: settlement.usage?.usage ?? .zero,
      usageSource: settlement.usage?.isEstimated == true ? .estimated : .reported, cost: settlement.cost ?? .zero,
      upstreamCost: settlement.usage?.reportedCost,
      firstTokenMilliseconds: first?.milliseconds(since: startedAt),
      generationMilliseconds: first.map { now.milliseconds(since: $0) },
      totalMilliseconds: now.milliseconds(since: startedAt),
      finishReason: settlement.commonFinishReason ?? native.map(Settle.finishReason),
      nativeFinishReason: native, serviceTier: settlement.serviceTier, dropped: served?.outgoing?.dropped)
  }

  /// A provider counted more than the bound allows. It is charged as it is; somebody should know.
  private func noteOverrun(_ cost: Money) {
    GatewayCounters.add(home.shared.counters.overruns)
    home.log.write(
      .error, "a provider billed more than was held for the request",
      [
        ("generation", generationID), ("key", caller.name), ("held_usd", admitted.hold.amount.dollars),
        ("billed_usd", cost.dollars),
        ("endpoint", speaker?.planned.endpoint.tag ?? attempt?.planned.endpoint.tag ?? ""),
      ])
  }
}
