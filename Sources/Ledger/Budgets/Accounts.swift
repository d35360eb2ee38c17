import Core
import Synchronization

/// All budgets of the gateway: the account's, each workspace's, each key's. The one place where requests are admitted. Safe
/// from any thread; shared by all loops.
package final class Accounts: Sendable {
  private struct Registry {
    var keys: [Int64: KeyAccount] = [:]
    var workspaces: [String: WorkspaceAccount] = [:]
  }

  private struct Credits {
    var total = Money.zero
    var wereAdded = false
  }

  /// What all requests of the account spend.
  package let account: Budget
  private let registry = Mutex(Registry())
  private let credits = Mutex(Credits())
  private let free: FreeAllowance
  private let freeLimits: FreeLimits
  private let leaks = LeakCount()

  /// Accounts as of an instant: what the account has spent, and how many free requests it has sent today.
  package init(
    spending: Money = .zero, freeRequestsToday: Int64 = 0, freeLimits: FreeLimits = FreeLimits(), time: AdmissionTime
  ) {
    account = Budget(spending: Spending(total: spending), day: time.day)
    self.freeLimits = freeLimits
    free = FreeAllowance(
      perMinute: freeLimits.perMinute, perDay: freeLimits.perDay, used: freeRequestsToday, day: time.day)
  }

  /// Reads everything from a store, whose journals have been folded. Blocks.
  package convenience init(
    _ store: any LedgerStore, freeLimits: FreeLimits = FreeLimits(), time: AdmissionTime
  ) throws(StoreError) {
    self.init(
      spending: try store.accountSpending(),
      freeRequestsToday: try store.freeRequests(since: time.day * UTCDay.seconds * 1000), freeLimits: freeLimits,
      time: time)
    try adopt(store, changedAfter: 0, time: time)
  }

  /// Puts in force what a store says: the limits of keys that were made or changed after a revision, all workspaces with
  /// their budgets, all credits. Returns the keys, deleted ones and those of the administration among them. Everything is
  /// read before anything is changed. One call at a time, or what an earlier one has read comes last. Blocks.
  @discardableResult
  package func adopt(
    _ store: any LedgerStore, changedAfter revision: Int64, time: AdmissionTime
  ) throws(StoreError) -> [StoredKey] {
    let keys = try store.keys(changedAfter: revision)
    let limited = keys.filter { $0.deletedAt == nil && $0.role == .user }
    let keySpending = limited.allSatisfy { key($0.number) != nil } ? [:] : try store.keySpending(at: time.now)
    let workspaces = try store.workspaces()
    let isKnown = workspaces.allSatisfy { workspace($0.id, today: time.day) != nil }
    let workspaceSpending = isKnown ? [:] : try store.workspaceSpending(at: time.now)
    let budgets = Dictionary(grouping: try store.budgets(), by: \.workspace)
    let credits = try store.credits()
    for key in limited { _ = apply(key, spending: keySpending[key.number] ?? Spending(), time: time) }
    for workspace in workspaces {
      apply(
        workspace, budgets[workspace.id] ?? [], spending: workspaceSpending[workspace.id] ?? Spending(), time: time)
    }
    apply(credits: credits)
    return keys
  }

  /// Holds that were forgotten; 0 unless there is a defect. For the metrics.
  package var leakedHolds: Int { leaks.count.load(ordering: .relaxed) }

  // MARK: What the administration changes

  /// Puts a key's limits in force and returns its account, the same for the same number; `spending` matters only the first
  /// time.
  package func apply(_ key: StoredKey, spending: Spending = Spending(), time: AdmissionTime) -> KeyAccount {
    let account =
      self.key(key.number)
      ?? registry.withLock { registry in
        if let known = registry.keys[key.number] { return known }
        let fresh = KeyAccount(number: key.number, name: key.name, spending: spending, day: time.day)
        registry.keys[key.number] = fresh
        return fresh
      }
    account.apply(name: key.name, key.limits)
    return account
  }

  /// Puts a workspace's budgets in force; `spending` matters only the first time.
  package func apply(
    _ workspace: Workspace, _ budgets: [WorkspaceBudget], spending: Spending = Spending(), time: AdmissionTime
  ) {
    let budget = registry.withLock { registry in
      let known =
        registry.workspaces[workspace.id]
        ?? WorkspaceAccount(id: workspace.id, budget: Budget(spending: spending, day: time.day))
      registry.workspaces[workspace.id] = known
      known.name = workspace.name
      return known.budget
    }
    budget.setLimits(budgets.map { SpendingLimit($0.limit, reset: $0.interval.reset) })
  }

  /// Puts the balance in force: from the first entry on, spending is limited by the sum.
  package func apply(credits entries: [CreditEntry]) {
    var total = Money.zero
    var added = Money.zero
    for entry in entries {
      total = total.adding(entry.amount) ?? total
      if entry.amount > .zero { added = added.adding(entry.amount) ?? added }
    }
    credits.withLock { $0 = Credits(total: total, wereAdded: !entries.isEmpty) }
    account.setLimits(entries.isEmpty ? [] : [SpendingLimit(total, reset: nil)])
    let enough = added.units / 1_000_000_000_000 >= freeLimits.threshold
    free.setLimits(
      perMinute: freeLimits.perMinute, perDay: enough ? freeLimits.perDayWithCredits : freeLimits.perDay)
  }

  // MARK: What may be asked

  /// The account of a key; nil for one that was never applied.
  package func key(_ number: Int64) -> KeyAccount? { registry.withLock { $0.keys[number] } }

  /// The sum of all credits and what was spent of them; whether any were ever added.
  package func balance(today: Int64) -> (credits: Money, usage: Money, isLimited: Bool) {
    let credits = credits.withLock { $0 }
    return (credits.total, account.standing(today: today).spending.total, credits.wereAdded)
  }

  /// What a workspace has spent; nil for one that was never applied.
  package func workspace(_ id: String, today: Int64) -> BudgetStanding? {
    registry.withLock { $0.workspaces[id]?.budget }?.standing(today: today)
  }

  /// Whether anything limits what a request of a key in a workspace may cost.
  package func isLimited(key: KeyAccount, workspace: String) -> Bool {
    if key.budget.isLimited || account.isLimited { return true }
    return self.workspace(workspace, of: key)?.budget.isLimited ?? false
  }

  // MARK: Admission

  /// Admits a request of a key in a workspace, or says why not; then nothing is held or counted. The order: slots and rates
  /// of the key, free variants, the key's limit, the account's credits, the workspace's budgets.
  package func admit(
    _ request: AdmissionRequest, key: KeyAccount, workspace: String, time: AdmissionTime
  ) throws(Refusal) -> Hold {
    let workspaceAccount = self.workspace(workspace, of: key)
    try key.enter(tokens: request.promptEstimate, second: time.second)
    let amount = request.bound?.cost ?? .zero
    var steps = 0
    do throws(Refusal) {
      if request.isFree { try free.take(time) }
      steps = 1
      try hold(amount, on: key.budget, request, time) { .key(name: key.name) }
      steps = 2
      try hold(amount, on: account, request, time) { .account }
      steps = 3
      if let workspaceAccount {
        try hold(amount, on: workspaceAccount.budget, request, time) { .workspace(name: workspaceAccount.name) }
      }
      return Hold(
        amount, key: key, account: account, workspace: workspaceAccount?.budget, expectedTokens: request.promptEstimate,
        day: time.day, leaks: leaks)
    } catch {
      if steps >= 3 { account.settle(held: amount, cost: .zero, admitted: time.day) }
      if steps >= 2 { key.budget.settle(held: amount, cost: .zero, admitted: time.day) }
      if steps >= 1, request.isFree { free.giveBack() }
      key.leave(expected: request.promptEstimate, used: nil, second: time.second)
      throw error
    }
  }

  /// The account of a workspace, which a key's requests nearly always share: it is looked up once for each key.
  private func workspace(_ id: String, of key: KeyAccount) -> WorkspaceAccount? {
    if let last = key.lastWorkspace, last.id == id { return last }
    let found = registry.withLock { $0.workspaces[id] }
    key.lastWorkspace = found
    return found
  }

  /// The scope is made only where it is shown.
  private func hold(
    _ amount: Money, on budget: Budget, _ request: AdmissionRequest, _ time: AdmissionTime,
    _ scope: () -> Refusal.Scope
  ) throws(Refusal) {
    switch budget.hold(amount, today: time.day, isKnown: request.bound != nil) {
    case .held: return
    case .unknown: throw .unpriced(scope())
    case .short(let shortage): throw .tooDear(scope(), shortage, request.bound ?? .nothing)
    }
  }
}

/// A workspace as admission sees it: one object for the life of the process. Safe from any thread.
final class WorkspaceAccount: Sendable {
  /// Its id.
  let id: String
  /// What it has spent and may spend.
  let budget: Budget
  private let currentName = Mutex("")

  init(id: String, budget: Budget) {
    self.id = id
    self.budget = budget
  }

  /// What people call it.
  var name: String {
    get { currentName.withLock { $0 } }
    set { currentName.withLock { $0 = newValue } }
  }
}

extension CostBound {
  /// Costs nothing.
  fileprivate static let nothing = CostBound(
    cost: .zero, promptCost: .zero, promptTokens: 0, completionTokens: 0, completionPrice: .zero)
}
