import Core
import Ledger

/// Who may use the gateway.
package struct AccessSettings: Sendable, Hashable {
  /// Whether a request needs a key. False is possible on a loopback address only. Default in a file: true
  /// when the file has keys or the address is not a loopback one.
  package var requireKey: Bool
  /// Keys that may administer and may not infer. Each has 16 to 256 visible ASCII characters.
  package var managementKeys: [Secret]
  /// Keys written in the file; others live in the store.
  package var keys: [StaticKey]
  /// How many requests the account may send to free variants. Default: those of the interface's reference.
  package var freeLimits: FreeLimits

  /// Settings; what is left out takes its default.
  package init(
    requireKey: Bool = true, managementKeys: [Secret] = [], keys: [StaticKey] = [],
    freeLimits: FreeLimits = FreeLimits()
  ) {
    self.requireKey = requireKey
    self.managementKeys = managementKeys
    self.keys = keys
    self.freeLimits = freeLimits
  }
}

/// A caller's key that is written in the configuration.
package struct StaticKey: Sendable, Hashable {
  /// What logs and records call it. Unique in the file.
  package var name: String
  /// The key: 16 to 256 visible ASCII characters.
  package var key: Secret
  /// What it may do and spend.
  package var limits: KeyLimits

  /// A key without restrictions unless they are given.
  package init(name: String, key: Secret, limits: KeyLimits = KeyLimits()) {
    self.name = name
    self.key = key
    self.limits = limits
  }
}
