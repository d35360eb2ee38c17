import Core
import JSON
import Ledger

/// What the administration answers about workspaces, as OpenRouter's interface has it (reference section 9.7). Logging of
/// contents, broadcasts and guardrails of a workspace do not exist here: their members have the values that say so.
package enum WorkspaceDocuments {
  /// `GET /workspaces/{id}`, `POST /workspaces`, `PATCH /workspaces/{id}`.
  package static func one(_ workspace: Workspace) -> JSONValue { .object([("data", self.workspace(workspace))]) }

  /// `GET /workspaces`: a part of `total` workspaces.
  package static func list(_ workspaces: [Workspace], total: Int) -> JSONValue {
    .object([("data", .array(workspaces.map(workspace))), ("total_count", .integer(total))])
  }

  private static func workspace(_ workspace: Workspace) -> JSONValue {
    .object([
      ("id", .string(workspace.id)), ("default_guardrail_id", .string(workspace.id)), ("name", .string(workspace.name)),
      ("slug", .string(workspace.slug)), ("description", .text(ifAny: workspace.description)),
      ("default_text_model", .null), ("default_image_model", .null), ("default_provider_sort", .null),
      ("include_byok_in_budgets", .bool(false)), ("is_observability_io_logging_enabled", .bool(false)),
      ("is_observability_broadcast_enabled", .bool(false)), ("is_data_discount_logging_enabled", .bool(false)),
      ("io_logging_sampling_rate", .integer(1)), ("io_logging_api_key_ids", .null),
      ("created_at", .instant(workspace.createdAt)), ("created_by", .text(ifAny: workspace.createdBy)),
      ("updated_at", .instant(ifAny: workspace.updatedAt)),
    ])
  }

  /// `GET /workspaces/{id}/members`: a part of `total` members.
  package static func members(_ members: [WorkspaceMember], total: Int) -> JSONValue {
    .object([("data", .array(members.map(member))), ("total_count", .integer(total))])
  }

  /// `POST /workspaces/{id}/members/add`.
  package static func added(_ members: [WorkspaceMember]) -> JSONValue {
    .object([("data", .array(members.map(member))), ("added_count", .integer(members.count))])
  }

  /// `POST /workspaces/{id}/members/remove`.
  package static func removed(_ count: Int) -> JSONValue { .object([("removed_count", .integer(count))]) }

  private static func member(_ member: WorkspaceMember) -> JSONValue {
    .object([
      ("id", .string(member.id)), ("workspace_id", .string(member.workspace)), ("user_id", .string(member.userID)),
      ("role", .string(member.isAdmin ? "admin" : "member")), ("created_at", .instant(member.createdAt)),
    ])
  }

  /// `GET /workspaces/{id}/budgets`.
  package static func budgets(_ budgets: [WorkspaceBudget]) -> JSONValue {
    .object([("data", .array(budgets.map(budget))), ("include_byok_in_budgets", .bool(false))])
  }

  /// `GET` and `PUT /workspaces/{id}/budgets/{interval}`.
  package static func one(_ budget: WorkspaceBudget) -> JSONValue {
    .object([("data", self.budget(budget)), ("include_byok_in_budgets", .bool(false))])
  }

  private static func budget(_ budget: WorkspaceBudget) -> JSONValue {
    .object([
      ("id", .string(budget.id)), ("workspace_id", .string(budget.workspace)), ("limit_usd", .usd(budget.limit)),
      ("reset_interval", .text(ifAny: budget.interval.reset?.rawValue)), ("created_at", .instant(budget.createdAt)),
      ("updated_at", .instant(budget.updatedAt)),
    ])
  }
}
