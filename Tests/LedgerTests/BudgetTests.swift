import Core
import Ledger
import Synchronization
import TestSupport
import Testing

/// 1 USD in 10⁻¹² USD.
private let dollar: Int64 = 1_000_000_000_000

@Suite("Budgets")
struct BudgetTests {
  /// Friday, 20 November 2026, 17:35:48 UTC.
  static let time = AdmissionTime(now: 1_795_196_148, second: 1000)

  private func key(_ number: Int64 = 1, _ limits: KeyLimits = KeyLimits()) -> StoredKey {
    StoredKey(
      number: number, hash: KeyHash("k\(number)"), role: .user, name: "ci", label: "l", createdAt: 1, limits: limits)
  }

  private func request(_ units: Int64) -> AdmissionRequest {
    AdmissionRequest(
      bound: CostBound(
        cost: Money(units: units), promptCost: .zero, promptTokens: 0, completionTokens: units,
        completionPrice: Money(units: 1)))
  }

  private func later(_ seconds: Int64) -> AdmissionTime {
    AdmissionTime(now: BudgetTests.time.now + seconds, second: BudgetTests.time.second + seconds)
  }

  private func admit(
    _ accounts: Accounts, _ key: KeyAccount, _ request: AdmissionRequest, _ time: AdmissionTime = BudgetTests.time,
    workspace: String = ""
  ) -> Result<Hold, Refusal> {
    do throws(Refusal) {
      return .success(try accounts.admit(request, key: key, workspace: workspace, time: time))
    } catch {
      return .failure(error)
    }
  }

  @Test("64 threads on a budget for 10 get 10 holds, never more, and nothing stays held: 1,000 times")
  func race() {
    let accounts = Accounts(time: BudgetTests.time)
    let admitted = Atomic<Int>(0)
    let most = Atomic<Int64>(0)
    for round in 0..<1000 {
      let key = accounts.apply(key(Int64(round), KeyLimits(limit: Money(units: 10_000))), time: BudgetTests.time)
      let held = Mutex<[Hold]>([])
      DispatchGroupOf(64).run { index in
        guard case .success(let hold) = admit(accounts, key, request(1000)) else { return }
        admitted.add(1, ordering: .relaxed)
        let standing = key.budget.standing(today: BudgetTests.time.day)
        let committed = standing.spending.total.units + standing.held.units
        _ = most.max(committed, ordering: .relaxed)
        switch index % 3 {
        case 0: hold.settle(cost: Money(units: 900), tokens: 10, time: BudgetTests.time)
        case 1: held.withLock { $0.append(hold) }
        default: held.withLock { $0.append(hold) }
        }
      }
      for hold in held.withLock({ $0 }) { hold.settle(cost: Money(units: 1000), tokens: 10, time: BudgetTests.time) }
      let standing = key.budget.standing(today: BudgetTests.time.day)
      #expect(standing.held == .zero)
      #expect(standing.holds == 0)
      #expect(key.underWay == 0)
      #expect(standing.spending.total.units <= 10_000)
    }
    #expect(admitted.load(ordering: .relaxed) >= 10_000)
    #expect(most.load(ordering: .relaxed) <= 10_000)
    #expect(accounts.account.standing(today: BudgetTests.time.day).held == .zero)
    #expect(accounts.leakedHolds == 0)
  }

  @Test("A hold ends once, and one that is forgotten is released and counted")
  func endsOnce() throws {
    let accounts = Accounts(time: BudgetTests.time)
    let key = accounts.apply(key(1, KeyLimits(limit: Money(units: 100))), time: BudgetTests.time)
    let hold = try admit(accounts, key, request(60)).get()
    #expect(throws: Refusal.self) { try admit(accounts, key, request(60)).get() }
    #expect(hold.settle(cost: Money(units: 30), tokens: 1, time: BudgetTests.time))
    #expect(!hold.settle(cost: Money(units: 30), tokens: 1, time: BudgetTests.time))
    #expect(!hold.release(time: BudgetTests.time))
    #expect(key.budget.standing(today: BudgetTests.time.day).spending.total.units == 30)
    _ = try admit(accounts, key, request(70)).get()
    #expect(accounts.leakedHolds == 1)
    #expect(key.budget.standing(today: BudgetTests.time.day).held == .zero)
    try admit(accounts, key, request(70)).get().release(time: BudgetTests.time)
    #expect(accounts.leakedHolds == 1)
  }

  @Test("A cost above its hold is booked as it is, and the next request sees it")
  func overrun() throws {
    let accounts = Accounts(time: BudgetTests.time)
    let key = accounts.apply(key(1, KeyLimits(limit: Money(units: 100))), time: BudgetTests.time)
    try admit(accounts, key, request(60)).get().settle(cost: Money(units: 150), tokens: 1, time: BudgetTests.time)
    guard case .failure(.tooDear(.key(name: "ci"), let shortage, _)) = admit(accounts, key, request(1)) else {
      Issue.record("admitted")
      return
    }
    #expect(shortage.left.units == -50)
    #expect(throws: Refusal.self) { try admit(accounts, key, request(0)).get() }
  }

  @Test(
    "A limit begins anew at its boundary in UTC, and a clock that goes back opens nothing",
    arguments: [
      (LimitReset.daily, 6 * 3600 + 24 * 60 + 12), (.weekly, 2 * 86_400 + 6 * 3600 + 24 * 60 + 12),
      (.monthly, 10 * 86_400 + 6 * 3600 + 24 * 60 + 12),
    ] as [(LimitReset, Int64)])
  func resets(reset: LimitReset, seconds: Int64) throws {
    let accounts = Accounts(time: BudgetTests.time)
    let key = accounts.apply(key(1, KeyLimits(limit: Money(units: 100), reset: reset)), time: BudgetTests.time)
    let running = try admit(accounts, key, request(40)).get()
    try admit(accounts, key, request(60)).get().settle(cost: Money(units: 60), tokens: 1, time: BudgetTests.time)
    #expect(throws: Refusal.self) { try admit(accounts, key, request(1), later(seconds - 1)).get() }
    try admit(accounts, key, request(60), later(seconds)).get().release(time: later(seconds))
    // What was admitted before counts before.
    running.settle(cost: Money(units: 40), tokens: 1, time: later(seconds))
    let standing = key.budget.standing(today: later(seconds).day)
    #expect(standing.spending.spent(reset) == .zero)
    #expect(standing.spending.total.units == 100)
    let hold = try admit(accounts, key, request(100), later(seconds - 3600)).get()
    #expect(throws: Refusal.self) { try admit(accounts, key, request(1), later(seconds - 3600)).get() }
    hold.release(time: later(seconds))
  }

  @Test("The account is unlimited until credits are added; then the balance decides")
  func credits() throws {
    let accounts = Accounts(spending: Money(units: 70), time: BudgetTests.time)
    let key = accounts.apply(key(), time: BudgetTests.time)
    try admit(accounts, key, request(1_000_000)).get().release(time: BudgetTests.time)
    let entry = CreditEntry(at: 1, amount: Money(units: 100), note: "", actor: "")
    accounts.apply(credits: [entry])
    #expect(accounts.balance(today: BudgetTests.time.day).isLimited)
    try admit(accounts, key, request(30)).get().release(time: BudgetTests.time)
    guard case .failure(.tooDear(.account, let shortage, _)) = admit(accounts, key, request(31)) else {
      Issue.record("admitted")
      return
    }
    #expect(shortage.left.units == 30)
    accounts.apply(credits: [entry, CreditEntry(at: 1, amount: Money(units: -50), note: "", actor: "")])
    // A negative balance refuses even what costs nothing.
    #expect(throws: Refusal.self) { try admit(accounts, key, request(0)).get() }
    #expect(key.underWay == 0)
    #expect(key.budget.standing(today: BudgetTests.time.day).held == .zero)
  }

  @Test("A workspace's budget is a 403 that names the broadest interval")
  func workspaces() throws {
    let accounts = Accounts(time: BudgetTests.time)
    let key = accounts.apply(key(), time: BudgetTests.time)
    let workspace = Workspace(id: "w", name: "Team", slug: "team", createdAt: 1)
    let budgets = [(BudgetInterval.daily, 10), (.monthly, 20), (.weekly, 15)].map { interval, units in
      WorkspaceBudget(
        id: "b", workspace: "w", interval: interval, limit: Money(units: Int64(units)), createdAt: 1, updatedAt: 1)
    }
    accounts.apply(
      workspace, budgets, spending: Spending(total: Money(units: 12), monthly: Money(units: 12)), time: BudgetTests.time
    )
    try admit(accounts, key, request(8), workspace: "w").get().release(time: BudgetTests.time)
    guard case .failure(let refusal) = admit(accounts, key, request(16), workspace: "w") else {
      Issue.record("admitted")
      return
    }
    let error = refusal.error(now: 0)
    #expect(error.kind == .forbidden)
    #expect(error.message.hasPrefix("The workspace 'Team' has 0.000000000008 USD left of its monthly limit"))
    #expect(key.budget.standing(today: BudgetTests.time.day).holds == 0)
  }

  @Test("Where a limit is set, a model without a price is refused; where none is, it is not")
  func unpriced() throws {
    let accounts = Accounts(time: BudgetTests.time)
    let free = accounts.apply(key(1), time: BudgetTests.time)
    try admit(accounts, free, AdmissionRequest(bound: nil)).get().release(time: BudgetTests.time)
    let limited = accounts.apply(key(2, KeyLimits(limit: Money(units: 1))), time: BudgetTests.time)
    guard case .failure(let refusal) = admit(accounts, limited, AdmissionRequest(bound: nil)) else {
      Issue.record("admitted")
      return
    }
    #expect(refusal == .unpriced(.key(name: "ci")))
    #expect(refusal.error(now: 0).kind == .paymentRequired)
  }

  @Test("Requests per minute hold for any 60 seconds, and say how long to wait")
  func requestRate() throws {
    let accounts = Accounts(time: BudgetTests.time)
    let key = accounts.apply(key(1, KeyLimits(requestsPerMinute: 3)), time: BudgetTests.time)
    for second in [0, 0, 30] as [Int64] {
      try admit(accounts, key, request(1), later(second)).get().settle(cost: .zero, tokens: 1, time: later(second))
    }
    guard case .failure(let refusal) = admit(accounts, key, request(1), later(40)) else {
      Issue.record("admitted")
      return
    }
    #expect(refusal == .requestRate(limit: 3, waitSeconds: 20))
    let error = refusal.error(now: 1000)
    #expect(error.kind == .rateLimited)
    #expect(error.retryAfterSeconds == 20)
    #expect(throws: Refusal.self) { try admit(accounts, key, request(1), later(59)).get() }
    _ = try admit(accounts, key, request(1), later(60)).get().settle(cost: .zero, tokens: 1, time: later(60))
    _ = try admit(accounts, key, request(1), later(60)).get().settle(cost: .zero, tokens: 1, time: later(60))
    #expect(throws: Refusal.self) { try admit(accounts, key, request(1), later(60)).get() }
    _ = try admit(accounts, key, request(1), later(1000)).get().release(time: later(1000))
  }

  @Test("Tokens per minute count what was used in place of what was expected")
  func tokenRate() throws {
    let accounts = Accounts(time: BudgetTests.time)
    let key = accounts.apply(key(1, KeyLimits(tokensPerMinute: 1000)), time: BudgetTests.time)
    var large = request(1)
    large.promptEstimate = 400
    try admit(accounts, key, large).get().settle(cost: .zero, tokens: 700, time: BudgetTests.time)
    guard case .failure(let refusal) = admit(accounts, key, large, later(10)) else {
      Issue.record("admitted")
      return
    }
    #expect(refusal == .tokenRate(limit: 1000, used: 700, asked: 400, waitSeconds: 50))
    large.promptEstimate = 300
    try admit(accounts, key, large, later(10)).get().release(time: later(10))
    large.promptEstimate = 1001
    guard case .failure(let never) = admit(accounts, key, large, later(200)) else {
      Issue.record("admitted")
      return
    }
    #expect(never.error(now: 0).message.contains("never fits"))
  }

  @Test("What was expected and not used is taken back from the seconds that counted it")
  func takesBack() {
    var window = RateWindow()
    window.advance(to: 100)
    window.add(500)
    window.advance(to: 110)
    window.add(20)
    window.add(-300)
    #expect(window.sum == 220)
    window.add(-1000)
    #expect(window.sum == 0)
    window.advance(to: 200)
    window.add(7)
    #expect(window.sum == 7)
  }

  @Test("No more requests at a time than allowed, and a slot is free when a request ends")
  func concurrency() throws {
    let accounts = Accounts(time: BudgetTests.time)
    let key = accounts.apply(key(1, KeyLimits(maxConcurrent: 2)), time: BudgetTests.time)
    let first = try admit(accounts, key, request(1)).get()
    let second = try admit(accounts, key, request(1)).get()
    #expect(throws: Refusal.concurrency(limit: 2)) { try admit(accounts, key, request(1)).get() }
    first.settle(cost: .zero, tokens: 0, time: BudgetTests.time)
    try admit(accounts, key, request(1)).get().release(time: BudgetTests.time)
    second.release(time: BudgetTests.time)
  }

  @Test("Free variants have 20 requests a minute, 50 a day, and 1,000 once 10 USD were added")
  func freeVariants() throws {
    let accounts = Accounts(freeRequestsToday: 20, time: BudgetTests.time)
    let key = accounts.apply(key(), time: BudgetTests.time)
    let free = AdmissionRequest(bound: request(0).bound, isFree: true)
    func send(_ count: Int, at seconds: Int64) -> Refusal? {
      for _ in 0..<count {
        switch admit(accounts, key, free, later(seconds)) {
        case .success(let hold): hold.settle(cost: .zero, tokens: 1, time: later(seconds))
        case .failure(let refusal): return refusal
        }
      }
      return nil
    }
    #expect(send(20, at: 0) == nil)
    #expect(send(1, at: 1) == .freeRate(limit: 20, waitSeconds: 59))
    #expect(send(10, at: 60) == nil)
    let midnight: Int64 = 6 * 3600 + 24 * 60 + 12
    #expect(send(1, at: 60) == .freeDay(limit: 50, waitSeconds: midnight - 60))
    #expect(send(1, at: midnight) == nil)
    accounts.apply(credits: [CreditEntry(at: 1, amount: Money(units: 10 * dollar), note: "", actor: "")])
    for minute in 1...4 { #expect(send(20, at: midnight + 60 * Int64(minute)) == nil) }
  }

  @Test("A 402 says what is left, what was asked and what would fit")
  func message() throws {
    let accounts = Accounts(time: BudgetTests.time)
    let key = accounts.apply(key(1, KeyLimits(limit: Money(units: dollar), reset: .daily)), time: BudgetTests.time)
    let prices = PriceList(prompt: Money(units: 2_500_000), completion: Money(units: 10_000_000))
    let bound = CostBound.of(
      CostBound.Request(textBytes: 936, maxTokens: 200_000), at: CostBound.Endpoint(prices: prices))
    guard case .failure(let refusal) = admit(accounts, key, AdmissionRequest(bound: bound)) else {
      Issue.record("admitted")
      return
    }
    let error = refusal.error(now: 0)
    #expect(error.kind == .paymentRequired)
    #expect(
      error.message
        == "The key 'ci' has 1 USD left of its daily limit of 1 USD, and the request could cost up to 1.31322 USD "
        + "(1000 prompt and 131072 completion tokens at most). Set max_tokens to 99750 or less, or have the key's limit "
        + "raised.")
  }
}

@Suite("Upper bounds of costs")
struct CostBoundTests {
  private let cheap = PriceList(prompt: Money(units: 1), completion: Money(units: 2))
  private let dear = PriceList(
    prompt: Money(units: 10), completion: Money(units: 20), cacheWrite: Money(units: 12), reasoning: Money(units: 30),
    request: Money(units: 1000), image: Money(units: 500))

  @Test("The dearest endpoint counts, with its dearest prices")
  func dearest() throws {
    let request = CostBound.Request(textBytes: 36, maxTokens: 50)
    let bounds = [cheap, dear, nil].map { CostBound.of(request, at: CostBound.Endpoint(prices: $0)) }
    let bound = try #require(bounds.reduce(nil, CostBound.dearer))
    #expect(bounds.reversed().reduce(nil, CostBound.dearer) == bound)
    #expect(bound.cost.units == 3700)
    #expect(bound.promptCost.units == 2200)
    #expect(bound.completionTokens(within: Money(units: 2500)) == 10)
    #expect(bound.completionTokens(within: Money(units: 100)) == 0)
    #expect(CostBound.dearer(nil, nil) == nil)
  }

  @Test("The endpoint's own limits bound what the request leaves open")
  func limits() throws {
    let open = CostBound.Request(textBytes: 1_000_000)
    func bound(_ request: CostBound.Request, _ context: Int64?, _ most: Int64?) -> CostBound? {
      CostBound.of(request, at: CostBound.Endpoint(prices: cheap, contextLength: context, maxCompletionTokens: most))
    }
    #expect(bound(open, 8192, 4096)?.promptTokens == 8192)
    #expect(bound(open, 8192, 4096)?.completionTokens == 4096)
    #expect(bound(open, 8192, nil)?.completionTokens == 8192)
    #expect(bound(open, nil, nil)?.completionTokens == CostBound.unboundedCompletion)
    var several = open
    several.choices = 3
    several.maxTokens = 100
    #expect(bound(several, nil, 4096)?.completionTokens == 300)
    several.maxTokens = 100_000
    #expect(bound(several, nil, 4096)?.completionTokens == 12_288)
    several.hasCompletion = false
    #expect(bound(several, nil, nil)?.completionTokens == 0)
  }

  @Test("Pictures and sound count by what they are, not by their bytes")
  func media() {
    let request = CostBound.Request(textBytes: 0, images: 2, mediaBytes: 4999, maxTokens: 1)
    let endpoint = CostBound.Endpoint(prices: dear)
    #expect(CostBound.promptTokens(request, at: endpoint) == 12_164)
    #expect(CostBound.of(request, at: endpoint)?.cost.units == 147_998)
  }

  @Test("Absurd numbers make the largest amount, never a crash")
  func saturates() {
    let prices = PriceList(prompt: Money(units: .max), completion: Money(units: .max), request: Money(units: .max))
    let request = CostBound.Request(
      textBytes: .max - 64, images: .max, mediaBytes: .max - 50, maxTokens: .max, choices: .max)
    #expect(CostBound.of(request, at: CostBound.Endpoint(prices: prices))?.cost.units == .max)
    let negative = CostBound.Request(textBytes: -5, images: -1, mediaBytes: -1, maxTokens: -1, choices: -1)
    #expect(CostBound.of(negative, at: CostBound.Endpoint(prices: cheap))?.cost.units == 64)
  }

  @Test("No usage that fits the bounds costs more than the bound")
  func isAnUpperBound() throws {
    var generator = SplitMix(state: 22)
    for _ in 0..<2000 {
      func price() -> Money { Money(units: .random(in: 0...50, using: &generator)) }
      let prices = PriceList(
        prompt: price(), completion: price(), cacheRead: price(), cacheWrite: price(), reasoning: price(),
        request: price(), image: price())
      let images = Int64.random(in: 0...3, using: &generator)
      let request = CostBound.Request(
        textBytes: .random(in: 0...2000, using: &generator), images: images,
        maxTokens: .random(in: 0...500, using: &generator))
      let bound = try #require(CostBound.of(request, at: CostBound.Endpoint(prices: prices)))
      let prompt = Int64.random(in: 0...bound.promptTokens, using: &generator)
      let completion = Int64.random(in: 0...bound.completionTokens, using: &generator)
      let cached = Int64.random(in: 0...prompt, using: &generator)
      let usage = Usage(
        promptTokens: prompt, completionTokens: completion, cachedTokens: cached,
        cacheWriteTokens: .random(in: 0...(prompt - cached), using: &generator),
        reasoningTokens: .random(in: 0...completion, using: &generator))
      let cost = try #require(Cost.of(usage, at: prices, images: images))
      #expect(cost <= bound.cost)
    }
  }
}
