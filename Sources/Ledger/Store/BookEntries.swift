import Core

/// Credits that were added or taken back.
package struct CreditEntry: Sendable, Hashable {
  /// Its number.
  package var number: Int64
  /// When. Unit: seconds since 1970.
  package var at: Int64
  /// How much; negative: a correction.
  package var amount: Money
  /// Why.
  package var note: String
  /// Who.
  package var actor: String

  /// An entry.
  package init(number: Int64 = 0, at: Int64, amount: Money, note: String, actor: String) {
    self.number = number
    self.at = at
    self.amount = amount
    self.note = note
    self.actor = actor
  }
}

/// Who changes something, and when; goes into the audit log.
package struct Administrator: Sendable, Hashable {
  /// `cli:USER`, `key:NAME` or `server`.
  package var name: String
  /// Seconds since 1970.
  package var now: Int64

  /// Somebody at an instant.
  package init(_ name: String, now: Int64) {
    self.name = name
    self.now = now
  }
}

/// One administrative change in the log that is only ever appended to. Each entry's hash covers the one before it.
package struct AuditEntry: Sendable, Hashable {
  /// Its number, from 1 on without gaps.
  package var number: Int64
  /// When. Unit: seconds since 1970.
  package var at: Int64
  /// Who.
  package var actor: String
  /// What, such as `key.create`.
  package var action: String
  /// On what: the hash of a key, the id of a workspace.
  package var subject: String
  /// What changed, as text; never a key.
  package var detail: String
  /// SHA-256 over the entry and the hash before it.
  package var hash: KeyHash

  /// An entry.
  package init(
    number: Int64, at: Int64, actor: String, action: String, subject: String, detail: String, hash: KeyHash
  ) {
    self.number = number
    self.at = at
    self.actor = actor
    self.action = action
    self.subject = subject
    self.detail = detail
    self.hash = hash
  }

  /// The hash that an entry must have behind one with the hash `previous` (nil: the first). Lengths stand before the
  /// texts, so that no two different entries are hashed alike.
  package static func hash(
    previous: KeyHash?, number: Int64, at: Int64, actor: String, action: String, subject: String, detail: String
  ) -> KeyHash {
    let texts = [actor, action, subject, detail].map { "\($0.utf8.count):\($0)" }.joined(separator: "|")
    return KeyHash("\(previous?.hexadecimal ?? "-")|\(number)|\(at)|\(texts)")
  }

  /// Whether the entry follows one with the hash `previous`.
  package func follows(_ previous: KeyHash?) -> Bool {
    hash
      == AuditEntry.hash(
        previous: previous, number: number, at: at, actor: actor, action: action, subject: subject, detail: detail)
  }
}

/// Money spent in the windows that limits know.
package struct Spending: Sendable, Hashable {
  /// Since the beginning.
  package var total: Money
  /// On the current UTC day.
  package var daily: Money
  /// Since Monday.
  package var weekly: Money
  /// Since the first of the month.
  package var monthly: Money

  /// Sums.
  package init(total: Money = .zero, daily: Money = .zero, weekly: Money = .zero, monthly: Money = .zero) {
    self.total = total
    self.daily = daily
    self.weekly = weekly
    self.monthly = monthly
  }

  /// What counts against a limit with that reset.
  package func spent(_ reset: LimitReset?) -> Money {
    switch reset {
    case .daily: daily
    case .weekly: weekly
    case .monthly: monthly
    case nil: total
    }
  }
}

/// What requests used, summed.
package struct UsageRow: Sendable, Hashable {
  /// The UTC day, in days since 1970; nil when days are summed.
  package var day: Int64?
  /// The store's number of the key; nil when keys are summed.
  package var key: Int64?
  /// The workspace; nil when they are summed.
  package var workspace: String?
  /// The model; nil when models are summed.
  package var model: String?
  /// The provider's slug; nil when providers are summed.
  package var provider: String?
  /// The provider's display name; nil when providers are summed.
  package var providerName: String?
  /// The endpoint's tag; nil when endpoints are summed.
  package var endpoint: String?
  /// The endpoint's region; nil when regions are summed, empty when unknown.
  package var region: String?
  /// Requests.
  package var requests: Int64 = 0
  /// Of these, with counts that are estimates.
  package var estimated: Int64 = 0
  /// Tokens, in `Usage`'s convention.
  package var promptTokens: Int64 = 0
  package var completionTokens: Int64 = 0
  package var reasoningTokens: Int64 = 0
  package var cachedTokens: Int64 = 0
  /// What they cost.
  package var cost: Money = .zero

  /// A row of zeros.
  package init() {}
}

/// What usage is grouped by.
package enum UsageGrouping: String, Sendable, CaseIterable {
  case day, key, workspace, model, provider, endpoint, region
}

/// Which usage is asked for.
package struct UsageQuery: Sendable, Hashable {
  /// What rows are told apart by.
  package var grouping: Set<UsageGrouping>
  /// The days, in days since 1970; nil: all.
  package var days: ClosedRange<Int64>?
  /// The store's number of a key; nil: all.
  package var key: Int64?
  /// A workspace's id; nil: all.
  package var workspace: String?

  /// A question.
  package init(
    _ grouping: Set<UsageGrouping>, days: ClosedRange<Int64>? = nil, key: Int64? = nil, workspace: String? = nil
  ) {
    self.grouping = grouping
    self.days = days
    self.key = key
    self.workspace = workspace
  }
}
