import Core
import Ledger

/// What a command about the store is told.
package struct BooksOptions: Sendable, Hashable {
  /// What is to be done.
  package enum Action: Sendable, Hashable {
    case keysCreate(KeyDraft)
    case keysList(includeDisabled: Bool)
    case keysShow(String)
    case keysDisable(String)
    case keysEnable(String)
    /// The old key stays good for `graceSeconds`.
    case keysRotate(String, graceSeconds: Int64)
    case keysDelete(String)
    case creditsShow
    case creditsAdd(Money, isNegative: Bool, note: String)
    case usage(by: UsageGrouping, days: Int64, csv: Bool)
    case audit(compare: String?, provider: String?)
    case auditLog
    case storeCheck
    case explain(String)
  }

  /// What is to be done.
  package var action: Action
  /// `--config`; nil: the usual places.
  package var config: String?
  /// `--json`.
  package var json: Bool

  /// Options.
  package init(_ action: Action, config: String? = nil, json: Bool = false) {
    self.action = action
    self.config = config
    self.json = json
  }
}

/// A key that is to be made.
package struct KeyDraft: Sendable, Hashable {
  /// What people call it. Not empty.
  package var name: String
  /// What it is good for.
  package var role: StoredKey.Role = .user
  /// What it may do and spend.
  package var limits = KeyLimits()
  /// Seconds after which it expires; nil: never.
  package var expiresInSeconds: Int64?
  /// The slug or id of its workspace; nil: the default one.
  package var workspace: String?

  /// A key without limits.
  package init(name: String) { self.name = name }
}
