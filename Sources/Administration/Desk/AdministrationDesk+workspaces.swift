import Core
import JSON
import Ledger

extension AdministrationDesk {
  /// The workspace with that id or slug. Throws 404.
  func find(workspace text: String) throws(GatewayError) -> Workspace {
    let all = try books { () throws(StoreError) in try store.workspaces() }
    guard let found = all.first(where: { $0.id == text.lowercased() || $0.slug == text }) else {
      throw .caller(.notFound, "There is no workspace '\(text.prefix(80))'.")
    }
    return found
  }

  /// The workspace that always exists.
  func defaultWorkspace() throws(GatewayError) -> Workspace {
    let all = try books { () throws(StoreError) in try store.workspaces() }
    guard let found = all.first(where: \.isDefault) else {
      throw GatewayError(.internalFailure, "The default workspace is gone.", origin: .gateway)
    }
    return found
  }

  /// `GET /workspaces`.
  func listWorkspaces(_ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    let page = try Page(request.items)
    let all = try books { () throws(StoreError) in try store.workspaces() }
    return AdministrationAnswer(WorkspaceDocuments.list(page.of(all), total: all.count))
  }

  /// `POST /workspaces`.
  func createWorkspace(_ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    let asked = try WorkspaceRequest.creation(request.document())
    var workspace = Workspace(
      id: Identifier.uuid(), name: "", slug: "", createdAt: request.now, createdBy: request.administrator.name)
    asked.apply(to: &workspace)
    let complete = workspace
    try books { () throws(StoreError) in try store.insert(complete, by: request.administrator) }
    try adopt()
    return AdministrationAnswer(WorkspaceDocuments.one(workspace), status: 201)
  }

  /// `GET`, `PATCH`, `DELETE /workspaces/{id}`.
  func workspace(_ name: String, _ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    var workspace = try find(workspace: name)
    switch request.method {
    case .delete:
      let id = workspace.id
      try books { () throws(StoreError) in try store.deleteWorkspace(id, by: request.administrator) }
      try adopt()
      return AdministrationAnswer(KeyDocuments.deleted)
    case .patch:
      try WorkspaceRequest.change(request.document()).apply(to: &workspace)
      workspace.updatedAt = request.now
      let complete = workspace
      try books { () throws(StoreError) in try store.update(complete, by: request.administrator) }
      try adopt()
      return AdministrationAnswer(WorkspaceDocuments.one(workspace))
    default: return AdministrationAnswer(WorkspaceDocuments.one(workspace))
    }
  }

  // MARK: Members

  /// `GET /workspaces/{id}/members`.
  func listMembers(_ name: String, _ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    let page = try Page(request.items)
    let id = try find(workspace: name).id
    let all = try books { () throws(StoreError) in try store.members(id) }
    return AdministrationAnswer(WorkspaceDocuments.members(page.of(all), total: all.count))
  }

  /// `POST /workspaces/{id}/members/add`.
  func addMembers(_ name: String, _ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    let id = try find(workspace: name).id
    let users = try MembersRequest(request.document()).users
    let added = try books { () throws(StoreError) in
      try store.addMembers(users, to: id, by: request.administrator)
    }
    return AdministrationAnswer(WorkspaceDocuments.added(added))
  }

  /// `POST /workspaces/{id}/members/remove`.
  func removeMembers(_ name: String, _ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    let id = try find(workspace: name).id
    let users = try MembersRequest(request.document()).users
    let count = try books { () throws(StoreError) in
      try store.removeMembers(users, from: id, by: request.administrator)
    }
    return AdministrationAnswer(WorkspaceDocuments.removed(count))
  }

  // MARK: Budgets

  /// `GET /workspaces/{id}/budgets`, the shortest interval first.
  func listBudgets(_ name: String) throws(GatewayError) -> AdministrationAnswer {
    let all = try budgets(of: try find(workspace: name).id)
    let ordered = BudgetInterval.allCases.compactMap { interval in all.first { $0.interval == interval } }
    return AdministrationAnswer(WorkspaceDocuments.budgets(ordered))
  }

  /// `GET`, `PUT`, `DELETE /workspaces/{id}/budgets/{interval}`.
  func budget(
    _ name: String, _ word: String, _ request: AdministrationRequest
  ) throws(GatewayError) -> AdministrationAnswer {
    guard let interval = BudgetInterval(rawValue: word) else {
      let known = BudgetInterval.allCases.map(\.rawValue).joined(separator: ", ")
      throw .field("interval", "The interval must be one of \(known), not '\(word.prefix(80))'.")
    }
    let id = try find(workspace: name).id
    switch request.method {
    case .put:
      let limit = try BudgetRequest(request.document()).limit
      let budget = try set(limit, interval, id, request)
      try adopt()
      return AdministrationAnswer(WorkspaceDocuments.one(budget))
    case .delete:
      try books { () throws(StoreError) in try store.deleteBudget(interval, of: id, by: request.administrator) }
      try adopt()
      return AdministrationAnswer(KeyDocuments.deleted)
    default:
      guard let budget = try budgets(of: id).first(where: { $0.interval == interval }) else {
        throw .caller(.notFound, "The workspace has no \(interval.rawValue) budget.")
      }
      return AdministrationAnswer(WorkspaceDocuments.one(budget))
    }
  }

  private func budgets(of id: String) throws(GatewayError) -> [WorkspaceBudget] {
    try books { () throws(StoreError) in try store.budgets() }.filter { $0.workspace == id }
  }

  /// A limit that cannot stand beside the others is the member's fault.
  private func set(
    _ limit: Money, _ interval: BudgetInterval, _ id: String, _ request: AdministrationRequest
  ) throws(GatewayError) -> WorkspaceBudget {
    do throws(StoreError) {
      return try store.setBudget(limit, interval, of: id, by: request.administrator)
    } catch {
      if case .refused(let reason) = error { throw .field("limit_usd", "'limit_usd' does not fit: \(reason).") }
      throw error.answer
    }
  }
}
