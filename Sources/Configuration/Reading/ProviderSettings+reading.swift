import Core

extension ProviderSettings {
  /// The keys of an entry of `providers`.
  static let keys = [
    "slug", "name", "dialect", "base_url", "api_key", "api_version", "aws", "google", "headers", "proxy", "http2",
    "max_connections",
    "disabled",
    "region", "data_policy", "on_cancel", "headquarters", "privacy_policy_url", "terms_of_service_url",
    "status_page_url",
  ]

  /// Reads an entry of `providers` of a user's file; nil, with all its problems noted, when it has no usable slug. What it
  /// leaves out comes from the known provider of the same slug. What is known about the vendor's dialect and its handling of
  /// data holds at the vendor's own address only: behind another `base_url` it is unknown.
  init?(reading section: Section, known: [KnownProvider]) {
    let slug = section.slug(example: "openai")
    let known = known.first { $0.settings.slug == slug }?.settings
    let base = section.baseURL() ?? known?.baseURL
    if let slug, base == nil, section.node("base_url") == nil {
      section.reportMissing("base_url", "the catalogue does not know '\(slug)'; write base_url: https://…")
    }
    self.init(slug: slug ?? "", name: section.text("name") ?? known?.name ?? slug ?? "", baseURL: base ?? "")
    if let known, known.baseURL == base { inherit(from: known) }
    // Without a slug and a dialect it cannot be known what belongs to the dialect.
    readConnection(section, hasDialect: slug != nil || section.has("dialect"))
    readVendor(section)
    if slug == nil { return nil }
  }

  private mutating func inherit(from known: ProviderSettings) {
    dialect = known.dialect
    region = known.region
    dataPolicy = known.dataPolicy
    headquarters = known.headquarters
    privacyPolicyURL = known.privacyPolicyURL
    termsOfServiceURL = known.termsOfServiceURL
    statusPageURL = known.statusPageURL
  }

  private mutating func readConnection(_ section: Section, hasDialect: Bool) {
    dialect = section.choice("dialect", of: Dialect.self) ?? dialect
    apiKey = section.credential("api_key")
    headers = section.headers("headers")
    readCloud(section, hasDialect: hasDialect)
    apiVersion = section.text("api_version")
    if apiVersion != nil, hasDialect, dialect != .azure {
      section.report(
        "api_version", "belongs to the dialect azure, not to '\(dialect.rawValue)'",
        "write dialect: azure, or remove api_version")
    }
    if apiKey != nil, headers.contains(where: { $0.name.lowercased() == "authorization" }) {
      section.report("headers", "sets 'authorization' although there is an api_key", "keep one of the two")
    }
    proxy = section.proxy()
    http2 = section.flag("http2") ?? false
    maxConnections = section.integer("max_connections", in: 1...100_000) ?? maxConnections
    disabled = section.flag("disabled") ?? false
    onCancel = section.choice("on_cancel", of: CancelRule.self) ?? onCancel
  }

  /// Fields of a signature or a token, which no other field may contradict.
  private static let cloudFields: Set<String> = ["authorization", "x-amz-date", "x-amz-security-token"]

  /// Reads the credentials that become header fields anew for every request.
  private mutating func readCloud(_ section: Section, hasDialect: Bool) {
    for (key, owner) in [("aws", Dialect.bedrock), ("google", .vertex)] where section.has(key) {
      if hasDialect, dialect != owner {
        section.report(
          key, "belongs to the dialect \(owner.rawValue), not to '\(dialect.rawValue)'",
          "write dialect: \(owner.rawValue), or remove \(key)")
      }
      if apiKey != nil { section.report(key, "is given beside api_key", "keep one of the two") }
      for header in headers where ProviderSettings.cloudFields.contains(header.name.lowercased()) {
        section.report("headers", "sets '\(header.name)' although there is \(key)", "keep one of the two")
      }
    }
    aws = AWSSettings(reading: section, baseURL: baseURL)
    google = GoogleSettings(reading: section)
  }

  /// Reads what describes the vendor, over what is set already.
  mutating func readVendor(_ section: Section) {
    region = section.text("region") ?? region
    if section.has("data_policy") {
      dataPolicy = DataPolicy(reading: section.section("data_policy", keys: DataPolicy.keys))
    }
    headquarters = section.text("headquarters") ?? headquarters
    privacyPolicyURL = section.text("privacy_policy_url") ?? privacyPolicyURL
    termsOfServiceURL = section.text("terms_of_service_url") ?? termsOfServiceURL
    statusPageURL = section.text("status_page_url") ?? statusPageURL
  }

  /// Notes slugs and names that two providers share: preferences name either, in any case.
  static func checkUnique(_ providers: [(section: Section, settings: ProviderSettings)]) {
    for (index, provider) in providers.enumerated() {
      for other in providers[..<index] {
        if provider.settings.slug == other.settings.slug {
          provider.section.report("slug", "'\(provider.settings.slug)' is already used", "give it another slug")
        } else if provider.settings.answers(to: other.settings.name)
          || other.settings.answers(to: provider.settings.name)
        {
          provider.section.context.report(
            provider.section.position,
            "the provider '\(provider.settings.slug)' cannot be told from '\(other.settings.slug)': preferences take slugs and names in any case",
            "give it another name")
        }
      }
    }
  }

  private func answers(to text: String) -> Bool {
    let text = text.lowercased()
    return slug == text || name.lowercased() == text
  }
}

extension DataPolicy {
  /// The keys of `data_policy`.
  static let keys = ["training", "retention_days", "zdr"]

  /// Reads `data_policy`.
  init(reading section: Section) {
    self.init(
      training: section.flag("training"), retentionDays: section.integer("retention_days", in: 0...36_500),
      zdr: section.flag("zdr"))
  }
}
