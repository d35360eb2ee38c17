import Core
import JSON
import Ledger

/// What the administration answers about keys, as OpenRouter's interface has it (reference sections 9.2 to 9.4). Provider
/// accounts of callers (`byok`) do not exist here: their sums are 0.
package enum KeyDocuments {
  /// `GET /key`: what a key sees of itself. `isFreeTier`: no credits were ever added.
  package static func current(
    _ caller: AdministrationCaller, limit: SpendingLimit?, _ spending: Spending, isFreeTier: Bool
  ) -> JSONValue {
    let isManagement = caller.role == .management
    let members: [(key: String, value: JSONValue)] =
      [("label", .string(caller.label))] + limits(limit?.amount, limit?.reset, spending) + usage(spending) + [
        ("is_free_tier", .bool(isFreeTier)), ("is_management_key", .bool(isManagement)),
        ("is_provisioning_key", .bool(isManagement)), ("creator_user_id", .text(ifAny: caller.creator)),
        ("expires_at", .instant(ifAny: caller.expiresAt)),
        (
          "rate_limit",
          .object([
            ("requests", .integer(-1)), ("interval", .string("10s")),
            ("note", .string("This field is deprecated and means nothing.")),
          ])
        ),
      ]
    return .object([("data", .object(members))])
  }

  /// A key as `/keys` shows it.
  package static func key(_ key: StoredKey, _ spending: Spending) -> JSONValue {
    let members: [(key: String, value: JSONValue)] =
      [
        ("hash", .string(key.hash.hexadecimal)), ("name", .string(key.name)), ("label", .string(key.label)),
        ("disabled", .bool(key.disabled)),
      ] + limits(key.limits.limit, key.limits.reset, spending) + usage(spending) + [
        ("created_at", .instant(key.createdAt)), ("updated_at", .instant(ifAny: key.updatedAt)),
        ("expires_at", .instant(ifAny: key.expiresAt)), ("creator_user_id", .text(ifAny: key.creator)),
        ("workspace_id", .string(key.workspace)),
      ]
    return .object(members)
  }

  /// `GET /keys/{hash}` and `PATCH /keys/{hash}`.
  package static func one(_ key: StoredKey, _ spending: Spending) -> JSONValue {
    .object([("data", self.key(key, spending))])
  }

  /// `GET /keys`.
  package static func list(_ keys: [(key: StoredKey, spending: Spending)]) -> JSONValue {
    .object([("data", .array(keys.map { key($0.key, $0.spending) }))])
  }

  /// `POST /keys`, status 201: the only time that the key itself is shown.
  package static func created(_ key: StoredKey, secret: Secret) -> JSONValue {
    .object([("data", self.key(key, Spending())), ("key", .string(secret.reveal()))])
  }

  /// `DELETE` of a key, a workspace or a budget.
  package static let deleted = JSONValue.object([("deleted", .bool(true))])

  /// `POST /auth/keys/code`. Unit of `createdAt`: seconds since 1970.
  package static func authorizationCode(_ code: Secret, application: Int64, createdAt: Int64) -> JSONValue {
    .object([
      (
        "data",
        .object([
          ("id", .string(code.reveal())), ("app_id", .integer(application)), ("created_at", .instant(createdAt)),
        ])
      )
    ])
  }

  /// `POST /auth/keys`.
  package static func exchanged(_ secret: Secret, user: String?) -> JSONValue {
    .object([("key", .string(secret.reveal())), ("user_id", .text(ifAny: user))])
  }

  private static func limits(
    _ limit: Money?, _ reset: LimitReset?, _ spending: Spending
  ) -> [(key: String, value: JSONValue)] {
    let remaining = limit.map { limit in
      // What was spent may be anything, and the limit is not negative.
      Money(units: max(0, limit.units.subtractingReportingOverflow(max(0, spending.spent(reset).units)).partialValue))
    }
    return [
      ("limit", .usd(ifAny: limit)), ("limit_remaining", .usd(ifAny: remaining)),
      ("limit_reset", .text(ifAny: reset?.rawValue)), ("include_byok_in_limit", .bool(false)),
    ]
  }

  private static func usage(_ spending: Spending) -> [(key: String, value: JSONValue)] {
    [
      ("usage", .usd(spending.total)), ("usage_daily", .usd(spending.daily)), ("usage_weekly", .usd(spending.weekly)),
      ("usage_monthly", .usd(spending.monthly)), ("byok_usage", .usd(.zero)), ("byok_usage_daily", .usd(.zero)),
      ("byok_usage_weekly", .usd(.zero)), ("byok_usage_monthly", .usd(.zero)),
    ]
  }
}
