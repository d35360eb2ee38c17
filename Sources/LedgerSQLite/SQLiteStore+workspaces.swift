import Core
import Ledger

extension SQLiteStore {
  /// The id of the workspace that always exists.
  static func defaultWorkspace(_ database: Database) throws(StoreError) -> String {
    let statement = try database.cached("SELECT id FROM workspaces WHERE is_default = 1")
    defer { statement.reset() }
    guard try statement.step() else { throw .failed(step: "find the default workspace", reason: "it is gone") }
    return statement.text(0)
  }

  /// All workspaces, the default one first.
  package func workspaces() throws(StoreError) -> [Workspace] {
    try read { database throws(StoreError) in
      let row = try database.prepare(
        """
        SELECT id, name, slug, description, created_at, updated_at, created_by, is_default FROM workspaces
        ORDER BY is_default DESC, number
        """)
      var workspaces: [Workspace] = []
      while try row.step() {
        workspaces.append(
          Workspace(
            id: row.text(0), name: row.text(1), slug: row.text(2), description: row.text(ifAny: 3),
            createdAt: row.integer(4), updatedAt: row.integer(ifAny: 5), createdBy: row.text(ifAny: 6),
            isDefault: row.integer(7) != 0))
      }
      return workspaces
    }
  }

  /// Makes a workspace.
  package func insert(_ workspace: Workspace, by administrator: Administrator) throws(StoreError) {
    try administer(administrator) { (database, _) throws(StoreError) in
      let statement = try database.prepare(
        """
        INSERT INTO workspaces (id, name, slug, description, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?)
        """)
      try statement.bind(1, workspace.id)
      try statement.bind(2, workspace.name)
      try statement.bind(3, workspace.slug)
      try statement.bind(4, ifAny: workspace.description)
      try statement.bind(5, workspace.createdAt)
      try statement.bind(6, ifAny: workspace.createdBy)
      try SQLiteStore.finish(statement, slug: workspace.slug)
      return ((), AuditNote(action: "workspace.create", subject: workspace.id, detail: "slug=\(workspace.slug)"))
    }
  }

  /// Replaces a workspace's name, slug and description.
  package func update(_ workspace: Workspace, by administrator: Administrator) throws(StoreError) {
    try administer(administrator) { (database, _) throws(StoreError) in
      try SQLiteStore.require(workspace.id, database)
      let statement = try database.prepare(
        "UPDATE workspaces SET name = ?, slug = ?, description = ?, updated_at = ? WHERE id = ?")
      try statement.bind(1, workspace.name)
      try statement.bind(2, workspace.slug)
      try statement.bind(3, ifAny: workspace.description)
      try statement.bind(4, administrator.now)
      try statement.bind(5, workspace.id)
      try SQLiteStore.finish(statement, slug: workspace.slug)
      return ((), AuditNote(action: "workspace.update", subject: workspace.id, detail: "slug=\(workspace.slug)"))
    }
  }

  /// Removes a workspace with its members and budgets.
  package func deleteWorkspace(_ id: String, by administrator: Administrator) throws(StoreError) {
    try administer(administrator) { (database, _) throws(StoreError) in
      try SQLiteStore.require(id, database)
      if try SQLiteStore.defaultWorkspace(database) == id { throw .refused("the default workspace stays") }
      let keys = try database.prepare("SELECT 1 FROM keys WHERE workspace = ? AND deleted_at IS NULL LIMIT 1")
      try keys.bind(1, id)
      if try keys.step() { throw .refused("the workspace has keys; delete them first") }
      keys.reset()
      for table in ["workspace_members WHERE workspace", "workspace_budgets WHERE workspace", "workspaces WHERE id"] {
        let statement = try database.prepare("DELETE FROM \(table) = ?")
        try statement.bind(1, id)
        try statement.finish()
      }
      return ((), AuditNote(action: "workspace.delete", subject: id))
    }
  }

  private static func finish(_ statement: Statement, slug: String) throws(StoreError) {
    do throws(StoreError) {
      try statement.finish()
    } catch {
      throw error == .duplicateKey ? .duplicateSlug(slug) : error
    }
  }

  private static func require(_ id: String, _ database: Database) throws(StoreError) {
    let statement = try database.cached("SELECT 1 FROM workspaces WHERE id = ?")
    try statement.bind(1, id)
    defer { statement.reset() }
    guard try statement.step() else { throw .notFound("workspace '\(id)'") }
  }

  /// The members of a workspace.
  package func members(_ workspace: String) throws(StoreError) -> [WorkspaceMember] {
    try read { database throws(StoreError) in try SQLiteStore.members(workspace, database) }
  }

  private static func members(_ workspace: String, _ database: Database) throws(StoreError) -> [WorkspaceMember] {
    let row = try database.prepare(
      "SELECT id, user_id, is_admin, created_at FROM workspace_members WHERE workspace = ? ORDER BY number")
    try row.bind(1, workspace)
    var members: [WorkspaceMember] = []
    while try row.step() {
      members.append(
        WorkspaceMember(
          id: row.text(0), workspace: workspace, userID: row.text(1), isAdmin: row.integer(2) != 0,
          createdAt: row.integer(3)))
    }
    return members
  }

  /// Adds members.
  package func addMembers(
    _ users: [String], to workspace: String, by administrator: Administrator
  ) throws(StoreError) -> [WorkspaceMember] {
    try administer(administrator) { (database, _) throws(StoreError) in
      try SQLiteStore.require(workspace, database)
      for user in users {
        let statement = try database.cached(
          """
          INSERT INTO workspace_members (id, workspace, user_id, is_admin, created_at) VALUES (?, ?, ?, 0, ?)
          ON CONFLICT DO NOTHING
          """)
        try statement.bind(1, Identifier.uuid())
        try statement.bind(2, workspace)
        try statement.bind(3, user)
        try statement.bind(4, administrator.now)
        try statement.finish()
      }
      let members = try SQLiteStore.members(workspace, database).filter { users.contains($0.userID) }
      let detail = users.joined(separator: " ")
      return (members, AuditNote(action: "workspace.members.add", subject: workspace, detail: detail))
    }
  }

  /// Removes members.
  package func removeMembers(
    _ users: [String], from workspace: String, by administrator: Administrator
  ) throws(StoreError) -> Int {
    try administer(administrator) { (database, _) throws(StoreError) in
      try SQLiteStore.require(workspace, database)
      let before = try SQLiteStore.members(workspace, database).count
      for user in users {
        let statement = try database.cached("DELETE FROM workspace_members WHERE workspace = ? AND user_id = ?")
        try statement.bind(1, workspace)
        try statement.bind(2, user)
        try statement.finish()
      }
      let removed = before - (try SQLiteStore.members(workspace, database).count)
      let detail = users.joined(separator: " ")
      return (removed, AuditNote(action: "workspace.members.remove", subject: workspace, detail: detail))
    }
  }

  /// The budgets of all workspaces.
  package func budgets() throws(StoreError) -> [WorkspaceBudget] {
    try read { database throws(StoreError) in try SQLiteStore.budgets(database) }
  }

  private static func budgets(_ database: Database) throws(StoreError) -> [WorkspaceBudget] {
    let row = try database.prepare(
      "SELECT id, workspace, interval, amount, created_at, updated_at FROM workspace_budgets ORDER BY workspace")
    var budgets: [WorkspaceBudget] = []
    while try row.step() {
      guard let interval = BudgetInterval(rawValue: row.text(2)) else {
        throw .failed(step: "read a budget", reason: "its interval is not known")
      }
      budgets.append(
        WorkspaceBudget(
          id: row.text(0), workspace: row.text(1), interval: interval, limit: Money(units: row.integer(3)),
          createdAt: row.integer(4), updatedAt: row.integer(5)))
    }
    return budgets
  }

  /// Sets a budget.
  package func setBudget(
    _ limit: Money, _ interval: BudgetInterval, of workspace: String, by administrator: Administrator
  ) throws(StoreError) -> WorkspaceBudget {
    try administer(administrator) { (database, _) throws(StoreError) in
      try SQLiteStore.require(workspace, database)
      guard limit > .zero else { throw .refused("a budget is more than zero") }
      let existing = try SQLiteStore.budgets(database).filter { $0.workspace == workspace }
      var limits = Dictionary(uniqueKeysWithValues: existing.map { ($0.interval, $0.limit) })
      limits[interval] = limit
      if let conflict = WorkspaceBudget.conflict(limits) { throw .refused(conflict) }
      var budget =
        existing.first { $0.interval == interval }
        ?? WorkspaceBudget(
          id: Identifier.uuid(), workspace: workspace, interval: interval, limit: limit, createdAt: administrator.now,
          updatedAt: administrator.now)
      budget.limit = limit
      budget.updatedAt = administrator.now
      let statement = try database.prepare("INSERT OR REPLACE INTO workspace_budgets VALUES (?, ?, ?, ?, ?, ?)")
      try statement.bind(1, workspace)
      try statement.bind(2, interval.rawValue)
      try statement.bind(3, budget.id)
      try statement.bind(4, limit.units)
      try statement.bind(5, budget.createdAt)
      try statement.bind(6, budget.updatedAt)
      try statement.finish()
      let detail = "\(interval.rawValue)=\(limit.dollars)"
      return (budget, AuditNote(action: "workspace.budget.set", subject: workspace, detail: detail))
    }
  }

  /// Removes a budget.
  package func deleteBudget(
    _ interval: BudgetInterval, of workspace: String, by administrator: Administrator
  ) throws(StoreError) {
    try administer(administrator) { (database, _) throws(StoreError) in
      try SQLiteStore.require(workspace, database)
      let statement = try database.prepare("DELETE FROM workspace_budgets WHERE workspace = ? AND interval = ?")
      try statement.bind(1, workspace)
      try statement.bind(2, interval.rawValue)
      try statement.finish()
      return ((), AuditNote(action: "workspace.budget.delete", subject: workspace, detail: interval.rawValue))
    }
  }
}
