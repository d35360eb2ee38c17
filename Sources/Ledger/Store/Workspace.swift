import Core

/// A part of the account with its own keys, members and budgets.
package struct Workspace: Sendable, Hashable {
  /// Its id, a UUID.
  package var id: String
  /// What people call it. 1 to 100 characters.
  package var name: String
  /// Its name in addresses: groups of a-z and 0-9 with single hyphens between them, at most 50 characters.
  package var slug: String
  /// What it is for.
  package var description: String?
  /// When it was made. Unit: seconds since 1970.
  package var createdAt: Int64
  /// When it was last changed. Unit: seconds since 1970.
  package var updatedAt: Int64?
  /// Who made it.
  package var createdBy: String?
  /// Whether it is the one that always exists.
  package var isDefault: Bool

  /// A workspace.
  package init(
    id: String, name: String, slug: String, description: String? = nil, createdAt: Int64, updatedAt: Int64? = nil,
    createdBy: String? = nil, isDefault: Bool = false
  ) {
    self.id = id
    self.name = name
    self.slug = slug
    self.description = description
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.createdBy = createdBy
    self.isDefault = isDefault
  }

  /// Whether a text may be a slug.
  package static func isSlug(_ text: String) -> Bool {
    guard (1...50).contains(text.utf8.count) else { return false }
    return text.split(separator: "-", omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) }
    }
  }
}

/// Somebody in a workspace.
package struct WorkspaceMember: Sendable, Hashable {
  /// The membership's id, a UUID.
  package var id: String
  /// The workspace's id.
  package var workspace: String
  /// Who it is.
  package var userID: String
  /// Whether they administer it.
  package var isAdmin: Bool
  /// When they were added. Unit: seconds since 1970.
  package var createdAt: Int64

  /// A member.
  package init(id: String, workspace: String, userID: String, isAdmin: Bool = false, createdAt: Int64) {
    self.id = id
    self.workspace = workspace
    self.userID = userID
    self.isAdmin = isAdmin
    self.createdAt = createdAt
  }
}

/// How long a workspace's budget lasts. In the order of their breadth.
package enum BudgetInterval: String, Sendable, CaseIterable {
  case daily, weekly, monthly, lifetime

  /// When it begins again at zero; nil: never.
  package var reset: LimitReset? {
    switch self {
    case .daily: .daily
    case .weekly: .weekly
    case .monthly: .monthly
    case .lifetime: nil
    }
  }
}

/// Most that a workspace may spend in an interval.
package struct WorkspaceBudget: Sendable, Hashable {
  /// The budget's id, a UUID.
  package var id: String
  /// The workspace's id.
  package var workspace: String
  /// How long it lasts.
  package var interval: BudgetInterval
  /// The most. More than zero.
  package var limit: Money
  /// When it was made. Unit: seconds since 1970.
  package var createdAt: Int64
  /// When it was last set. Unit: seconds since 1970.
  package var updatedAt: Int64

  /// A budget.
  package init(
    id: String, workspace: String, interval: BudgetInterval, limit: Money, createdAt: Int64, updatedAt: Int64
  ) {
    self.id = id
    self.workspace = workspace
    self.interval = interval
    self.limit = limit
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }

  /// Why `limits` cannot stand beside each other, or nil: a longer interval has a higher limit.
  package static func conflict(_ limits: [BudgetInterval: Money]) -> String? {
    let present = BudgetInterval.allCases.filter { limits[$0] != nil }
    for (shorter, longer) in zip(present, present.dropFirst()) {
      if let less = limits[shorter], let more = limits[longer], less >= more {
        return "the \(shorter.rawValue) budget must be less than the \(longer.rawValue) one"
      }
    }
    return nil
  }
}
