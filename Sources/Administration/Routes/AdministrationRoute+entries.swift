extension AdministrationRoute {
  /// Every route with every method, for the table of routes.
  package static let entries: [RouteEntry] = rows.flatMap { row in
    row.route.methods.map { method in
      RouteEntry(
        method: method.rawValue, path: row.path, aliases: row.route == .balance ? [] : ["/api" + row.path],
        access: row.route.access, purpose: row.route.purpose(method))
    }
  }

  private static let rows: [(route: AdministrationRoute, path: String)] = [
    (.key, "/v1/key"), (.keys, "/v1/keys"), (.storedKey(hash: ""), "/v1/keys/{hash}"), (.credits, "/v1/credits"),
    (.balance, "/api/endpoints/openrouter/credits"), (.activity, "/v1/activity"), (.generation, "/v1/generation"),
    (.loginCode, "/v1/auth/keys/code"), (.login, "/v1/auth/keys"), (.workspaces, "/v1/workspaces"),
    (.workspace(""), "/v1/workspaces/{id}"), (.members(""), "/v1/workspaces/{id}/members"),
    (.addMembers(""), "/v1/workspaces/{id}/members/add"), (.removeMembers(""), "/v1/workspaces/{id}/members/remove"),
    (.budgets(""), "/v1/workspaces/{id}/budgets"),
    (.budget("", interval: ""), "/v1/workspaces/{id}/budgets/{interval}"),
  ]

  private func purpose(_ method: AdministrationMethod) -> String {
    switch (self, method) {
    case (.key, _): "what a key sees of itself: limit, spending, expiry"
    case (.keys, .post): "make a key; the answer is the only one that shows it"
    case (.keys, _): "list keys"
    case (.storedKey, .patch): "change a key"
    case (.storedKey, .delete): "delete a key"
    case (.storedKey, _): "one key"
    case (.credits, .post): "add credits, or take some back"
    case (.credits, _): "all credits, and what was spent"
    case (.balance, _): "the balance, for LibreChat"
    case (.activity, _): "use by day, model and endpoint"
    case (.generation, _): "the record of a request"
    case (.loginCode, _): "a code for a login with PKCE"
    case (.login, _): "a key for a code"
    case (.workspaces, .post): "make a workspace"
    case (.workspaces, _): "list workspaces"
    case (.workspace, .patch): "change a workspace"
    case (.workspace, .delete): "delete a workspace"
    case (.workspace, _): "one workspace"
    case (.members, _): "list a workspace's members"
    case (.addMembers, _): "add members to a workspace"
    case (.removeMembers, _): "remove members from a workspace"
    case (.budgets, _): "list a workspace's budgets"
    case (.budget, .put): "set a workspace's budget for a day, week or month, or for its life"
    case (.budget, .delete): "remove a workspace's budget"
    case (.budget, _): "one budget of a workspace"
    }
  }
}
