/// The tables of the store, step by step: the schema with number n is what the first n steps make.
enum Schema {
  private static let steps = [
    """
    CREATE TABLE keys (
      hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
      role TEXT NOT NULL CHECK (role IN ('user', 'management')),
      name TEXT NOT NULL,
      display TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      disabled INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """
  ]

  /// The schema this program makes.
  static let current = Int64(steps.count)

  /// Brings a database up to date, alone: another process that opens the file at the same time waits.
  static func migrate(_ database: Database, path: String) throws(KeyStoreError) {
    try database.run("BEGIN IMMEDIATE")
    do throws(KeyStoreError) {
      try database.run("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT")
      let found = try version(database)
      guard found <= current else { throw .newerSchema(path: path, found: found, known: current) }
      for step in steps[Int(max(0, found))...] { try database.run(step) }
      if found < current {
        try database.run("DELETE FROM schema_version")
        try database.run("INSERT INTO schema_version (version) VALUES (\(current))")
      }
      try database.run("COMMIT")
    } catch {
      try? database.run("ROLLBACK")
      throw error
    }
  }

  private static func version(_ database: Database) throws(KeyStoreError) -> Int64 {
    let statement = try database.prepare("SELECT version FROM schema_version")
    return try statement.step() ? statement.integer(0) : 0
  }
}
