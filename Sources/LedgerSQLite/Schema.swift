import Ledger

/// The tables of the store, step by step: the schema with number n is what the first n steps make. A step that has been
/// released is never changed.
enum Schema {
  private static let steps = [keys, books]

  /// Step 1: keys.
  private static let keys = """
    CREATE TABLE keys (
      hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
      role TEXT NOT NULL CHECK (role IN ('user', 'management')),
      name TEXT NOT NULL,
      display TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      disabled INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    """

  /// A random UUID, version 4.
  private static let uuid = """
    lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-4' || substr(lower(hex(randomblob(2))), 2)
    || '-a' || substr(lower(hex(randomblob(2))), 2) || '-' || lower(hex(randomblob(6)))
    """

  /// Step 2: keys with limits, workspaces, credits, records with their sums, places in journals, the audit log. Amounts are
  /// in 10⁻¹² USD, instants in seconds since 1970 unless they say otherwise, days in days since 1970.
  private static let books = """
    CREATE TABLE workspaces (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      slug TEXT NOT NULL UNIQUE,
      description TEXT,
      created_at INTEGER NOT NULL,
      updated_at INTEGER,
      created_by TEXT,
      is_default INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    INSERT INTO workspaces (id, name, slug, created_at, is_default)
      VALUES (\(uuid), 'Default', 'default', unixepoch(), 1);
    CREATE TABLE workspace_members (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      workspace TEXT NOT NULL,
      user_id TEXT NOT NULL,
      is_admin INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      UNIQUE (workspace, user_id)
    ) STRICT;
    CREATE TABLE workspace_budgets (
      workspace TEXT NOT NULL,
      interval TEXT NOT NULL,
      id TEXT NOT NULL UNIQUE,
      amount INTEGER NOT NULL CHECK (amount > 0),
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      PRIMARY KEY (workspace, interval)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE revision (value INTEGER NOT NULL) STRICT;
    INSERT INTO revision VALUES (1);

    ALTER TABLE keys RENAME TO old_keys;
    CREATE TABLE keys (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      hash BLOB NOT NULL CHECK (length(hash) = 32),
      role TEXT NOT NULL CHECK (role IN ('user', 'management')),
      source TEXT NOT NULL CHECK (source IN ('store', 'configuration')),
      name TEXT NOT NULL,
      label TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER,
      disabled INTEGER NOT NULL,
      expires_at INTEGER,
      deleted_at INTEGER,
      previous_hash BLOB CHECK (length(previous_hash) = 32),
      previous_until INTEGER,
      limit_amount INTEGER,
      limit_reset TEXT,
      requests_per_minute INTEGER,
      tokens_per_minute INTEGER,
      max_concurrent INTEGER,
      allowed_models TEXT,
      allowed_providers TEXT,
      zdr INTEGER NOT NULL DEFAULT 0,
      workspace TEXT NOT NULL,
      creator TEXT,
      revision INTEGER NOT NULL
    ) STRICT;
    INSERT INTO keys (hash, role, source, name, label, created_at, disabled, workspace, revision)
      SELECT hash, role, 'store', name, display, created_at, disabled, (SELECT id FROM workspaces), 1
      FROM old_keys ORDER BY created_at, rowid;
    DROP TABLE old_keys;
    CREATE INDEX keys_by_revision ON keys (revision);
    CREATE UNIQUE INDEX stored_keys ON keys (hash) WHERE source = 'store';
    CREATE UNIQUE INDEX configured_keys ON keys (name) WHERE source = 'configuration';

    CREATE TABLE credits (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      amount INTEGER NOT NULL,
      note TEXT NOT NULL,
      actor TEXT NOT NULL
    ) STRICT;

    -- Where records went, said once: most records share few of these.
    CREATE TABLE dimensions (
      number INTEGER PRIMARY KEY,
      workspace TEXT NOT NULL,
      model TEXT NOT NULL,
      provider TEXT NOT NULL,
      provider_name TEXT NOT NULL,
      endpoint TEXT NOT NULL,
      region TEXT NOT NULL,
      UNIQUE (workspace, model, provider, provider_name, endpoint, region)
    ) STRICT;
    -- Records lie one behind the other in files beside the store; a row says where a piece of that is and what is in it.
    -- Ids are ranges of the numbers that RecordID.order makes, tails has the four bytes of RecordID.tail for each record,
    -- instants are in milliseconds. Pieces follow each other without a gap: the last one says where the next begins.
    CREATE TABLE record_segments (
      number INTEGER PRIMARY KEY,
      file INTEGER NOT NULL,
      start INTEGER NOT NULL,
      length INTEGER NOT NULL,
      checksum INTEGER NOT NULL,
      records INTEGER NOT NULL,
      free INTEGER NOT NULL,
      lowest_id INTEGER NOT NULL,
      highest_id INTEGER NOT NULL,
      earliest_ms INTEGER NOT NULL,
      latest_ms INTEGER NOT NULL,
      tails BLOB NOT NULL
    ) STRICT;
    CREATE INDEX record_segments_by_id ON record_segments (highest_id, lowest_id);
    CREATE TABLE usage_daily (
      day INTEGER NOT NULL,
      key INTEGER NOT NULL,
      dimension INTEGER NOT NULL,
      requests INTEGER NOT NULL,
      estimated INTEGER NOT NULL,
      prompt INTEGER NOT NULL,
      completion INTEGER NOT NULL,
      reasoning INTEGER NOT NULL,
      cached INTEGER NOT NULL,
      cost INTEGER NOT NULL,
      PRIMARY KEY (day, key, dimension)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE key_totals (
      key INTEGER PRIMARY KEY,
      requests INTEGER NOT NULL,
      cost INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE account_total (requests INTEGER NOT NULL, cost INTEGER NOT NULL) STRICT;
    INSERT INTO account_total VALUES (0, 0);

    -- open: where the openings without an ending begin, eight bytes each, lowest first: the offset in the lower 40 bits, the
    -- number of the file above.
    CREATE TABLE journal_places (
      run TEXT NOT NULL,
      loop INTEGER NOT NULL,
      number INTEGER NOT NULL,
      offset INTEGER NOT NULL,
      open BLOB NOT NULL,
      PRIMARY KEY (run, loop)
    ) STRICT, WITHOUT ROWID;
    -- Openings without an ending whose files are done.
    CREATE TABLE journal_openings (
      run TEXT NOT NULL,
      id TEXT NOT NULL,
      opening BLOB NOT NULL,
      PRIMARY KEY (run, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE audit_log (
      number INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      actor TEXT NOT NULL,
      action TEXT NOT NULL,
      subject TEXT NOT NULL,
      detail TEXT NOT NULL,
      hash BLOB NOT NULL CHECK (length(hash) = 32)
    ) STRICT;
    CREATE TRIGGER audit_log_keeps BEFORE UPDATE ON audit_log
      BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;
    CREATE TRIGGER audit_log_stays BEFORE DELETE ON audit_log
      BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;
    """

  /// The schema this program makes.
  static let current = Int64(steps.count)

  /// Brings a database up to date, alone: another process that opens the file at the same time waits.
  static func migrate(_ database: Database, path: String) throws(StoreError) {
    // Nothing is locked for writing when there is nothing to do: a start must not wait for a batch being folded.
    if let found = try? version(database), found == current { return }
    try database.transaction { () throws(StoreError) in
      try database.run("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT")
      let found = try version(database)
      guard found <= current else { throw .newerSchema(path: path, found: found, known: current) }
      for step in steps[Int(max(0, found))...] { try database.script(step) }
      if found < current {
        try database.run("DELETE FROM schema_version")
        try database.run("INSERT INTO schema_version (version) VALUES (\(current))")
      }
    }
  }

  private static func version(_ database: Database) throws(StoreError) -> Int64 {
    let statement = try database.prepare("SELECT version FROM schema_version")
    return try statement.step() ? statement.integer(0) : 0
  }
}
