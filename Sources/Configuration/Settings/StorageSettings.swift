/// Where keys and records are kept.
package struct StorageSettings: Sendable, Hashable {
  /// What a record that has been acknowledged survives.
  package enum Sync: String, Sendable, CaseIterable {
    /// The end of the process, `kill -9` included.
    case process
    /// Also a power cut, at the price of a flush to the disk.
    case power
  }

  /// The SQLite file, relative to the working directory unless absolute. Default: `patchbay.db`.
  package var path: String
  /// Default: `process`.
  package var sync: Sync

  /// Settings; what is left out takes its default.
  package init(path: String = "patchbay.db", sync: Sync = .process) {
    self.path = path
    self.sync = sync
  }
}
