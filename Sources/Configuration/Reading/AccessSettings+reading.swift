import Core
import Ledger

extension AccessSettings {
  /// The keys of `access`.
  static let keys = ["require_key", "management_keys", "keys", "free_limits"]

  /// Reads `access`; `providers` are the slugs of the file.
  init(reading section: Section, providers: [String]) {
    self.init()
    requireKey = section.flag("require_key") ?? requireKey
    var seen: Set<Secret> = []
    for (index, node) in (section.list("management_keys") ?? []).enumerated() {
      let path = "\(section.path("management_keys"))[\(index)]"
      guard let key = section.context.key(node, path: path, seen: &seen) else { continue }
      managementKeys.append(key)
    }
    freeLimits = FreeLimits(reading: section.section("free_limits", keys: FreeLimits.keys))
    var names: Set<String> = []
    let entries = section.sections("keys", keys: StaticKey.keys)
    for entry in entries {
      let name = StaticKey.name(entry)
      if let name, !names.insert(name).inserted {
        entry.report("name", "is used by two keys", "give each key a name of its own")
      }
      guard let key = StaticKey(reading: entry, name: name, providers: providers, seen: &seen) else { continue }
      keys.append(key)
    }
  }
}

extension FreeLimits {
  /// The keys of `access.free_limits`.
  static let keys = ["per_minute", "per_day", "per_day_with_credits", "credits_usd"]
  private static let most = 1_000_000_000

  /// Reads `access.free_limits`.
  init(reading section: Section) {
    self.init()
    perMinute = section.integer("per_minute", in: 0...FreeLimits.most).map { Int64($0) } ?? perMinute
    perDay = section.integer("per_day", in: 0...FreeLimits.most).map { Int64($0) } ?? perDay
    perDayWithCredits =
      section.integer("per_day_with_credits", in: 0...FreeLimits.most).map { Int64($0) } ?? perDayWithCredits
    threshold = section.integer("credits_usd", in: 0...FreeLimits.most).map { Int64($0) } ?? threshold
  }
}

extension StaticKey {
  /// The keys of an entry of `access.keys` that are read.
  static let keys = [
    "name", "key", "limit_usd", "limit_reset", "requests_per_minute", "tokens_per_minute", "max_concurrent",
    "allowed_models", "allowed_providers", "zdr",
  ]
  /// Most requests or tokens of a limit: no gateway serves more in a minute.
  private static let mostPerMinute = 1_000_000_000_000

  /// What an entry of `access.keys` is called; nil when it says no name.
  static func name(_ section: Section) -> String? {
    if section.node("name") == nil { section.reportMissing("name", "give the key a name; logs show it") }
    return section.text("name")
  }

  /// Reads an entry of `access.keys` that is called `name`; nil, with all its problems noted, when it has no name or no
  /// usable key.
  init?(reading section: Section, name: String?, providers: [String], seen: inout Set<Secret>) {
    let allowedModels = section.texts("allowed_models")
    let allowedProviders = section.texts("allowed_providers")
    for slug in allowedProviders ?? [] where !providers.contains(slug) {
      let near = NearestName.find(slug, among: providers).map { "did you mean '\($0)'?" }
      section.report(
        "allowed_providers", "names '\(slug)', which is not a provider of this file",
        near ?? "name a slug from 'providers'")
    }
    for pattern in allowedModels ?? [] where pattern.dropLast().contains("*") {
      section.report("allowed_models", "has '\(pattern)'; a '*' may only stand at the end", "write it as author/*")
    }
    var limits = KeyLimits(
      limit: section.money(
        "limit_usd", exponent: 0,
        below: (
          "but a limit is never negative", "write 0 to let the key spend nothing, or leave limit_usd out for no limit"
        )), reset: section.choice("limit_reset", of: LimitReset.self),
      allowedModels: allowedModels, allowedProviders: allowedProviders, zdr: section.flag("zdr") ?? false)
    if limits.reset != nil, section.node("limit_usd") == nil {
      section.report("limit_reset", "is given without a limit", "add limit_usd, or remove it")
    }
    limits.requestsPerMinute = section.integer("requests_per_minute", in: 1...StaticKey.mostPerMinute).map { Int64($0) }
    limits.tokensPerMinute = section.integer("tokens_per_minute", in: 1...StaticKey.mostPerMinute).map { Int64($0) }
    limits.maxConcurrent = section.integer("max_concurrent", in: 1...1_000_000).map { Int64($0) }
    guard let node = section.node("key") else {
      section.reportMissing("key", "write key: ${NAME}")
      return nil
    }
    guard let key = section.context.key(node, path: section.path("key"), seen: &seen), let name else { return nil }
    self.init(name: name, key: key, limits: limits)
  }
}

extension ReadingContext {
  /// A caller's key, checked and added to those `seen`; never shown in a problem.
  func key(_ node: YAMLNode, path: String, seen: inout Set<Secret>) -> Secret? {
    guard let scalar = scalar(node, path: path) else { return nil }
    if let problem = KeyText.problem(with: scalar.text) {
      let lengths = KeyText.lengths
      report(
        node.position, "the key '\(path)' \(problem)",
        "use \(lengths.lowerBound) to \(lengths.upperBound) visible ASCII characters, for example the output of 'openssl rand -hex 24'"
      )
      return nil
    }
    let key = Secret(scalar.text)
    if !seen.insert(key).inserted {
      report(node.position, "the key '\(path)' is already used above", "give each entry a key of its own")
      return nil
    }
    return key
  }
}
