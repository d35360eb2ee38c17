import Core
import JSON
import Ledger

/// Answers requests to the administration: keys, credits, books, workspaces, logins. What it is asked and what it answers
/// are values; the store, the accounts and the running gateway are given. Safe from any thread; `answer` blocks and is
/// never called on a loop.
package final class AdministrationDesk: Sendable {
  let store: any LedgerStore
  let accounts: Accounts
  let codes: AuthorizationCodes
  let running: RunningBooks

  /// A desk. `accounts` is what requests are admitted by: the truth about spending.
  package init(
    store: any LedgerStore, accounts: Accounts, codes: AuthorizationCodes = AuthorizationCodes(), running: RunningBooks
  ) {
    self.store = store
    self.accounts = accounts
    self.codes = codes
    self.running = running
  }

  /// Answers a request. Blocks while the store does. Throws what the caller is told instead.
  package func answer(_ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    try check(request)
    let posts = request.method == .post
    switch request.route {
    case .key: return currentKey(request)
    case .keys: return posts ? try createKey(request) : try listKeys(request)
    case .storedKey(let hash): return try key(hash, request)
    case .credits: return posts ? try addCredits(request) : credits(request)
    case .balance: return balance(request)
    case .activity: return try activity(request)
    case .generation: return try generation(request)
    case .loginCode: return try issueCode(request)
    case .login: return try exchangeCode(request)
    case .workspaces: return posts ? try createWorkspace(request) : try listWorkspaces(request)
    case .workspace(let id): return try workspace(id, request)
    case .members(let id): return try listMembers(id, request)
    case .addMembers(let id): return try addMembers(id, request)
    case .removeMembers(let id): return try removeMembers(id, request)
    case .budgets(let id): return try listBudgets(id)
    case .budget(let id, let interval): return try budget(id, interval, request)
    }
  }

  /// Answers a request that needs nothing but memory (`GET /key`, `GET /credits`, LibreChat's balance), also on a loop:
  /// within microseconds and without waiting. Nil for all others. Throws like `answer`, and at once for whoever may not ask,
  /// so that nobody is kept waiting for a refusal.
  package func answerFromMemory(_ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer? {
    try check(request)
    switch request.route {
    case .key, .balance: return try answer(request)
    case .credits where request.method == .get: return try answer(request)
    default: return nil
    }
  }

  private func check(_ request: AdministrationRequest) throws(GatewayError) {
    guard request.route.methods.contains(request.method) else {
      let methods = request.route.methods.map(\.rawValue).joined(separator: ", ")
      throw .caller(.methodNotAllowed, "\(request.method.rawValue) does not work here. Use \(methods).")
    }
    try request.route.access.check(request.caller.role)
  }

  /// Puts a change in force. What is in the store by now comes into force by itself later, if not at once.
  func adopt() throws(GatewayError) {
    do throws(StoreError) { try running.adopt() } catch {
      var answer = error.answer
      answer.message =
        "The change is stored, but not in force yet: the store does not answer. It comes into force by itself."
      throw answer
    }
  }
}
