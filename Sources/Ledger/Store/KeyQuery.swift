/// Which of the keys that still exist are asked for.
package struct KeyQuery: Sendable, Hashable {
  /// Where they were made.
  package var source: StoredKey.Source
  /// What they are good for.
  package var role: StoredKey.Role
  /// Their workspace's id.
  package var workspace: String
  /// Whether disabled ones are among them.
  package var includesDisabled: Bool
  /// How many of them to pass over.
  package var offset: Int
  /// Most that are wanted.
  package var limit: Int

  /// A question.
  package init(
    source: StoredKey.Source, role: StoredKey.Role = .user, workspace: String, includesDisabled: Bool = false,
    offset: Int = 0, limit: Int = .max
  ) {
    self.source = source
    self.role = role
    self.workspace = workspace
    self.includesDisabled = includesDisabled
    self.offset = offset
    self.limit = limit
  }
}
