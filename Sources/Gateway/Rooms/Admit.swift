import Core
import HTTPServer
import HTTPWire
import Ledger
import Planning
import Translation

/// What stands behind a request that may be dispatched: its identity in the books, what is held for it, and where it may go.
/// Only the room `admit` makes one, so that nothing reaches a provider without it.
struct Admitted {
  /// The identity of the answer, whatever provider gives it.
  let generationID: String
  /// What is held on the budgets.
  let hold: Hold
  /// What is charged when nobody ever learns how the request ended.
  let costIfUnknown: Money
  /// The plan; with a budget in force without the endpoints whose price is unknown.
  let plan: Plan

  fileprivate init(generationID: String, hold: Hold, costIfUnknown: Money, plan: Plan) {
    self.generationID = generationID
    self.hold = hold
    self.costIfUnknown = costIfUnknown
    self.plan = plan
  }
}

/// The room between plan and dispatch: holds an upper bound of the cost on every budget that is in force, and has the
/// request's opening written.
struct Admit {
  let read: ReadRequest
  let caller: Caller
  let exchange: Exchange
  let snapshot: GatewaySnapshot
  let books: GatewayBooks
  let journal: LoopBooks
  /// The time of the loop.
  let now: MonotonicTime

  /// Admits a request. Throws 402, 403 or 429 that says what is left, what was asked and what would fit; 503 when it cannot
  /// be written down.
  func admit(_ plan: Plan) throws(GatewayError) -> Admitted {
    let milliseconds = WallClock.milliseconds()
    let time = AdmissionTime(milliseconds: milliseconds, now)
    let plan = priced(plan)
    let bound = bound(plan)
    let isFree = plan.attempts.first?.variants.contains(.free) ?? false
    let asked = AdmissionRequest(
      bound: bound, promptEstimate: Int64((read.request.textBytes + 3) / 4), isFree: isFree)
    let hold: Hold
    do throws(Refusal) {
      hold = try books.accounts.admit(asked, key: caller.account, workspace: caller.workspace, time: time)
    } catch {
      throw error.error(now: time.now)
    }
    let id = Identifier.generation()
    let costIfUnknown = bound?.promptCost ?? .zero
    do throws(GatewayError) {
      try journal.stage(opening(id, plan, bound, hold: hold.amount, isFree: isFree, milliseconds))
    } catch {
      hold.release(time: time)
      throw error
    }
    return Admitted(generationID: id, hold: hold, costIfUnknown: costIfUnknown, plan: plan)
  }

  /// A budget cannot hold what nobody knows: with one in force, endpoints without a price are left out, as long as any
  /// other is there.
  private func priced(_ plan: Plan) -> Plan {
    guard plan.attempts.contains(where: { $0.endpoint.pricing == nil }),
      books.accounts.isLimited(key: caller.account, workspace: caller.workspace)
    else { return plan }
    return plan.withoutUnpriced ?? plan
  }

  private func bound(_ plan: Plan) -> CostBound? {
    let hasMedia = read.request.modalities.contains { $0 != "image" }
    let size = CostBound.Request(
      textBytes: Int64(read.request.textBytes), images: read.request.imageCount,
      mediaBytes: hasMedia ? Int64(exchange.body.count - read.request.textBytes) : 0, maxTokens: read.request.maxTokens,
      choices: read.request.choiceCount, hasCompletion: read.request.operation != .embedding)
    // What a model reads at a time does not bound a batch of embeddings.
    let isBatch = read.request.operation == .embedding
    var dearest: CostBound?
    for attempt in plan.attempts {
      let endpoint = attempt.endpoint
      let bound = CostBound.of(
        size,
        at: CostBound.Endpoint(
          prices: endpoint.pricing, contextLength: isBatch ? nil : endpoint.contextLength.map { Int64($0) },
          maxCompletionTokens: endpoint.maxCompletionTokens.map { Int64($0) }))
      dearest = CostBound.dearer(dearest, bound)
    }
    return dearest
  }

  private func opening(
    _ id: String, _ plan: Plan, _ bound: CostBound?, hold: Money, isFree: Bool, _ milliseconds: Int64
  ) -> Opening {
    let head = exchange.head
    return Opening(
      id: id, requestID: exchange.requestID, createdAt: milliseconds, keyID: caller.account.number,
      workspace: caller.workspace, apiType: read.request.operation == .embedding ? .embeddings : .completions,
      isStreamed: read.request.isStream, isFree: isFree,
      requestedModel: read.request.model ?? read.request.models.first ?? "",
      preset: read.presetName, session: read.request.sessionID ?? head.text("x-session-id"), user: read.request.user,
      referer: head.text("http-referer"), title: head.text("x-title") ?? head.text("x-openrouter-title"),
      userAgent: head.text("user-agent"), images: read.request.imageCount, promptBound: bound?.promptTokens ?? 0,
      hold: hold, costIfUnknown: bound?.promptCost ?? .zero, decision: snapshot.decision(plan))
  }
}

extension RequestHead {
  /// The text of a field that may be missing; nothing is made of one that is.
  fileprivate func text(_ name: StaticString) -> String? {
    fields.contains(name) ? fields.first(name.description) : nil
  }
}
