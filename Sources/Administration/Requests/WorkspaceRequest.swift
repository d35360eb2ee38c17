import Core
import JSON
import Ledger

/// What a request wants of a workspace: `POST /workspaces`, `PATCH /workspaces/{id}`. Members about things that do not
/// exist here (logging of contents, default models) are ignored.
struct WorkspaceRequest {
  private let name: String?
  private let slug: String?
  private let description: RequestMembers.Presence<String>

  /// Reads the body of `POST`. Throws a 400 that names the member.
  static func creation(_ body: JSONValue) throws(GatewayError) -> WorkspaceRequest {
    let members = try RequestMembers(body)
    _ = try members.required("name", members.text("name", limit: 100), "what people call the workspace")
    _ = try members.required("slug", members.slug("slug"), "its name in addresses")
    return try WorkspaceRequest(members)
  }

  /// Reads the body of `PATCH`: what is absent stays. Throws a 400 that names the member.
  static func change(_ body: JSONValue) throws(GatewayError) -> WorkspaceRequest {
    try WorkspaceRequest(try RequestMembers(body))
  }

  private init(_ members: RequestMembers) throws(GatewayError) {
    name = try members.optional("name", members.text("name", limit: 100))
    slug = try members.optional("slug", members.slug("slug"))
    description = try members.text("description", limit: 500, mayBeEmpty: true)
  }

  /// Applies what was asked to a workspace.
  func apply(to workspace: inout Workspace) {
    if let name { workspace.name = name }
    if let slug { workspace.slug = slug }
    switch description {
    case .absent: break
    case .null: workspace.description = nil
    case .value(let text): workspace.description = text
    }
  }
}

/// `PUT /workspaces/{id}/budgets/{interval}`.
struct BudgetRequest {
  /// The most that may be spent. More than zero.
  let limit: Money

  /// Reads a body. Throws a 400 that names the member.
  init(_ body: JSONValue) throws(GatewayError) {
    let members = try RequestMembers(body)
    limit = try members.required("limit_usd", members.amount("limit_usd"), "the most that may be spent")
    guard limit > .zero else { throw .field("limit_usd", "'limit_usd' must be more than zero.") }
    _ = try members.flag("include_byok_in_budgets")
  }
}

/// `POST /workspaces/{id}/members/add` and `…/remove`.
struct MembersRequest {
  /// Who, each once.
  let users: [String]

  /// Reads a body. Throws a 400 that names the member.
  init(_ body: JSONValue) throws(GatewayError) {
    let members = try RequestMembers(body)
    let list = try members.required("user_ids", members.texts("user_ids"), "who it is about")
    guard list.count <= 100, list.allSatisfy({ $0.utf8.count <= 200 }) else {
      throw .field("user_ids", "'user_ids' must be a list of 1 to 100 texts of at most 200 bytes.")
    }
    var seen: Set<String> = []
    users = list.filter { seen.insert($0).inserted }
  }
}
