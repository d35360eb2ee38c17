import Catalog
import Configuration
import Core
import Glibc
import Ledger
import LedgerSQLite

/// The examination behind `doctor`: a list of findings about one configuration.
struct Examination {
  /// A clock that is off by more than this is doubtful. Unit: seconds.
  private static let doubtfulSkew: Int64 = 30
  /// A clock that is off by more than this breaks TLS and signatures. Unit: seconds.
  private static let brokenSkew: Int64 = 300

  private let loaded: LoadedConfiguration
  private let probes: DoctorProbes

  /// An examination of a valid configuration.
  init(_ loaded: LoadedConfiguration, probes: DoctorProbes) {
    self.loaded = loaded
    self.probes = probes
  }

  /// Every finding, in the order of the report.
  func findings() -> [Finding] {
    let enabled = loaded.configuration.providers.filter { !$0.disabled }
    let answers = enabled.map { (provider: $0, answer: probes.provider($0)) }
    var findings = [configuration(), providers(enabled)]
    findings += enabled.map(key)
    findings += answers.map { reachable($0.provider, $0.answer) }
    findings += [clock(answers.map(\.answer)), store(), openFiles(enabled), port()].compactMap(\.self)
    return findings
  }

  private func configuration() -> Finding {
    let snapshot = loaded.served
    let name = if case .file(let path) = loaded.source { path } else { "zero-configuration mode" }
    let warnings = ConfigurationReview.warnings(loaded, snapshot)
    guard let first = warnings.first else {
      return .ok("configuration", "\(name), \(snapshot.models.count) models in reach")
    }
    return .warn(
      "configuration", "\(name): \(first)",
      remedy: warnings.count > 1 ? "run 'patchbay check' for all \(warnings.count) warnings" : "run 'patchbay check'")
  }

  private func providers(_ enabled: [ProviderSettings]) -> Finding {
    if enabled.isEmpty {
      return .warn(
        "providers", "none is configured", remedy: "set a key such as OPENAI_API_KEY, or write 'providers' into a file")
    }
    return .ok("providers", enabled.map(\.slug).joined(separator: " "))
  }

  private func key(_ provider: ProviderSettings) -> Finding {
    let name = "key of \(provider.slug)"
    if provider.apiKey != nil { return .ok(name, "present") }
    if provider.aws != nil { return .ok(name, "a key pair of AWS") }
    if provider.google != nil { return .ok(name, "access tokens of Google") }
    let known = loaded.shipped.providers.first { $0.settings.slug == provider.slug }
    guard let variable = known?.apiKeyVariables.first, provider.headers.isEmpty else {
      return .ok(name, "none configured")
    }
    return .warn(name, "missing", remedy: "write api_key: ${\(variable)} and set that variable")
  }

  private func reachable(_ provider: ProviderSettings, _ answer: DoctorProbes.ProviderAnswer) -> Finding {
    let name = "reach \(provider.slug)"
    switch answer {
    case .failed(let reason):
      return .fail(name, "\(provider.baseURL): \(reason)", remedy: "check base_url, the network and a proxy")
    case .answered(401, _), .answered(403, _):
      let remedy = provider.apiKey == nil ? "give the provider an api_key" : "check its api_key"
      return .fail(name, "answers, but refuses the credentials", remedy: remedy)
    case .answered(429, _):
      return .warn(name, "answers 429", remedy: "the account's limit is reached; wait, or raise it")
    case .answered(500..., _):
      return .warn(name, "answers, but with a failure of its own", remedy: "look at its status page, and try again")
    case .answered(let status, _):
      return .ok(name, "answers \(status)")
    }
  }

  /// The smallest difference to any provider's clock: one that is wrong itself must not blame ours.
  private func clock(_ answers: [DoctorProbes.ProviderAnswer]) -> Finding? {
    let now = probes.now()
    let skews = answers.compactMap { answer -> Int64? in
      guard case .answered(_, let date?) = answer else { return nil }
      return Timestamp.seconds(imfFixdate: date).map { now - $0 }
    }
    guard let skew = skews.min(by: { abs($0) < abs($1) }) else { return nil }
    let detail = abs(skew) <= 1 ? "agrees with the providers" : "\(abs(skew)) s \(skew > 0 ? "ahead" : "behind")"
    let remedy = "let the system set its clock (for example with systemd-timesyncd or chrony)"
    if abs(skew) > Examination.brokenSkew { return .fail("clock", detail, remedy: remedy) }
    return abs(skew) > Examination.doubtfulSkew ? .warn("clock", detail, remedy: remedy) : .ok("clock", detail)
  }

  private func store() -> Finding {
    let storage = loaded.configuration.storage
    if FileContents.exists(storage.path) {
      do throws(StoreError) {
        let keys = try SQLiteStore.open(path: storage.path, sync: .process).keys(changedAfter: 0)
          .filter { $0.deletedAt == nil }
        return .ok("store", "\(storage.path), \(keys.count) keys")
      } catch {
        return .fail("store", error.description, remedy: "see the message")
      }
    }
    let folder = storage.path.lastIndex(of: "/").map { String(storage.path[...$0]) } ?? "."
    guard Glibc.access(folder, W_OK | X_OK) == 0 else {
      let reason = SystemFailure.text(SystemFailure("access").code)
      return .fail(
        "store", "\(storage.path) cannot be made: \(reason)",
        remedy: "make its folder, let this user write to it, or name another file in storage.url")
    }
    return .ok("store", "\(storage.path) can be made")
  }

  private func openFiles(_ enabled: [ProviderSettings]) -> Finding? {
    guard let limit = probes.openFiles() else { return nil }
    let connections = loaded.configuration.server.limits.connections
    let upstream = min(connections, enabled.reduce(0) { $0 + $1.maxConnections })
    let needed = connections + upstream + 64
    if limit >= needed { return .ok("open files", "\(limit) allowed, \(needed) needed at most") }
    return .warn(
      "open files", "\(limit) allowed, \(needed) needed for \(connections) connections",
      remedy: "raise the limit (LimitNOFILE in systemd, --ulimit nofile in Docker) or lower server.limits.connections")
  }

  private func port() -> Finding {
    let address = loaded.configuration.server.listen
    switch probes.listen(address) {
    case .free: return .ok("port", "\(address) is free")
    case .inUse:
      return .warn(
        "port", "\(address) is in use", remedy: "all is well if that is this gateway; else choose another with --listen"
      )
    case .unusable(let reason): return .fail("port", "\(address): \(reason)", remedy: "choose another with --listen")
    }
  }
}
