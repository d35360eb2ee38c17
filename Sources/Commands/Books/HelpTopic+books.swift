extension HelpTopic {
  private static let commonText = """
      --config FILE   the configuration, for its storage.url
      --json          as JSON
    """

  /// Of `keys`.
  static let keysText = """
    Usage: patchbay keys create --name NAME [OPTIONS]
           patchbay keys list [--all] | show KEY | disable KEY | enable KEY | delete KEY
           patchbay keys rotate KEY [--grace DURATION]

    Makes and changes the keys that callers present. A key is shown once, when it is made; the
    store keeps its hash. KEY is a name or a hash as 'keys list' shows it. A running gateway
    takes a change over within a second.

      --name NAME                what people call it
      --limit USD                most it may spend
      --reset daily|weekly|monthly   when spending begins again at zero, in UTC; default: never
      --requests-per-minute N    most requests in any minute
      --tokens-per-minute N      most tokens in any minute
      --max-concurrent N         most requests at a time
      --models ID,ID             models it may ask for; 'author/*' is all of an author
      --providers SLUG,SLUG      providers its requests may go to
      --zdr                      only endpoints that keep nothing
      --expires-in DURATION      such as 12h or 30d; default: never
      --workspace SLUG           default: the default workspace
      --management               a key that administers and cannot call models
      --all                      list: disabled and expired ones, too
      --grace DURATION           rotate: how long the old key stays good; default: 24h
    \(commonText)

    Examples:
      patchbay keys create --name ci --limit 5 --reset daily
      patchbay keys rotate ci --grace 1h

    """

  /// Of `credits`.
  static let creditsText = """
    Usage: patchbay credits [show]
           patchbay credits add USD --note TEXT
           patchbay credits subtract USD --note TEXT

    The account is unlimited until credits are first added; from then on requests are refused
    when what they could cost does not fit into the balance.

      --note TEXT     why, for whoever reads the books
    \(commonText)

    Example:
      patchbay credits add 100 --note "invoice 2026-11"

    """

  /// Of `usage`.
  static let usageText = """
    Usage: patchbay usage [--by GROUPING] [--days N] [--csv | --json]

    Shows requests, tokens and costs of the last days, in UTC. Cached tokens are a part of the
    prompt tokens, reasoning tokens a part of the completion tokens.

      --by GROUPING   day, key, workspace, model, provider, endpoint or region; default: day
      --days N        today and the days before it; default: 30
      --csv           comma-separated, with exact amounts
    \(commonText)

    Example:
      patchbay usage --by model --days 7

    """

  /// Of `audit`.
  static let auditText = """
    Usage: patchbay audit [--compare FILE.csv [--provider SLUG]]
           patchbay audit log

    Proves that records, daily sums, totals of keys and the total of the account agree, and that
    nobody changed the log of administrative changes; lists what is estimated, what is unknown
    since a crash, and what cost more than was held for it. Exits with 1 when something does not
    agree. 'audit log' shows who changed what and when.

      --compare FILE.csv   also against a provider's usage: columns for the date, the model, and
                           tokens or costs
      --provider SLUG      whose file it is
    \(commonText)

    Example:
      patchbay audit --compare openai.csv --provider openai

    """

  /// Of `store`.
  static let storeText = """
    Usage: patchbay store check

    Opens the store, brings its schema up to date, and looks whether the file is sound and its
    journals are read. Exits with 1 when it is not. Safe while the gateway runs.

    \(commonText)

    Example:
      patchbay store check

    """

  /// Of `explain`.
  static let explainText = """
    Usage: patchbay explain GENERATION-ID

    Shows why a past request went where it went: the candidates with their scores, the reasons
    of those left out, the seed and the configuration it was planned with, every attempt with
    its time, and what it cost. The id is the 'id' of an answer, or its x-generation-id header.

    \(commonText)

    Example:
      patchbay explain gen-abcdefghijklmnopqrstuvwxyz

    """
}
