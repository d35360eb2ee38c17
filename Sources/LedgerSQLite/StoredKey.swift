/// A key that callers present, as the store keeps it: never the key itself.
package struct StoredKey: Sendable, Hashable {
  /// What a key is good for.
  package enum Role: String, Sendable, CaseIterable {
    /// May infer.
    case user
    /// May administer, may not infer.
    case management
  }

  /// SHA-256 of the key: 32 bytes, computed by the caller.
  package var hash: [UInt8]
  /// What the key is good for.
  package var role: Role
  /// What people call it.
  package var name: String
  /// What is shown of it, such as `sk-pb-v1-…x7qa`: the prefix and the last four characters.
  package var display: String
  /// When it was made. Unit: seconds since 1970.
  package var createdAt: Int64
  /// Whether it is refused for now.
  package var disabled: Bool

  /// A key as it is stored.
  package init(
    hash: [UInt8], role: Role, name: String, display: String, createdAt: Int64, disabled: Bool = false
  ) {
    self.hash = hash
    self.role = role
    self.name = name
    self.display = display
    self.createdAt = createdAt
    self.disabled = disabled
  }
}
