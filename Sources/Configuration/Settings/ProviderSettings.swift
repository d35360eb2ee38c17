import Core

/// A provider's wire format.
package enum Dialect: String, Sendable, CaseIterable {
  case openai, anthropic, gemini, vertex, azure, bedrock, cohere, ollama
  case openaiResponses = "openai-responses"
}

/// One provider: where it is, how to authenticate, what it does with data.
package struct ProviderSettings: Sendable, Hashable {
  /// What becomes of a stream whose caller has left.
  package enum CancelRule: String, Sendable, CaseIterable {
    /// The transfer ends at once; what was produced is estimated.
    case abort
    /// The rest is read, within bounds, for the provider's own count.
    case drain
  }

  /// The name used in provider preferences: lower-case letters, digits, `-`, `_` and `.`. Unique.
  package var slug: String
  /// The name shown to people and sent as `provider` in answers.
  package var name: String
  /// The wire format it speaks.
  package var dialect: Dialect
  /// Where its routes begin, version segment included, without a slash at the end.
  package var baseURL: String
  /// Sent as its credential; nil when it needs none.
  package var apiKey: Secret?
  /// Signs requests to it instead of an API key; nil: nothing is signed. For the dialect `bedrock` only.
  package var aws: AWSSettings?
  /// Gives the access tokens sent to it instead of an API key; nil: none are fetched. For the dialect `vertex` only.
  package var google: GoogleSettings?
  /// Which version of the interface requests name, such as `2024-10-21`; nil: the dialect's own choice. For the dialect
  /// `azure` only.
  package var apiVersion: String?
  /// Further header fields sent with every request to it.
  package var headers: [HeaderSetting]
  /// An HTTP or SOCKS proxy on the way to it; secret because it may hold a password.
  package var proxy: Secret?
  /// Whether to speak HTTP/2 to it. Default: false.
  package var http2: Bool
  /// Most connections to it at once, per gateway; each loop has an equal share. Range: 1...100,000. Default: 100,000,
  /// which callers' connections never reach.
  package var maxConnections: Int
  /// What becomes of a stream whose caller has left. Default: abort.
  package var onCancel = CancelRule.abort
  /// Whether it is left out of routing. Default: false.
  package var disabled: Bool
  /// Where it computes, such as `us`; nil when unknown.
  package var region: String?
  /// What it does with data; nil when unknown, which counts as training and keeping.
  package var dataPolicy: DataPolicy?
  /// The country of its head office, as two letters.
  package var headquarters: String?
  /// Its privacy policy.
  package var privacyPolicyURL: String?
  /// Its terms of service.
  package var termsOfServiceURL: String?
  /// Its status page.
  package var statusPageURL: String?
  /// Model ids that may be used through it, in zero-configuration mode only. Nil: every model.
  package var onlyModels: [String]?

  /// A provider; what is left out takes its default.
  package init(
    slug: String, name: String, dialect: Dialect = .openai, baseURL: String, apiKey: Secret? = nil,
    headers: [HeaderSetting] = [], proxy: Secret? = nil, http2: Bool = false, maxConnections: Int = 100_000,
    disabled: Bool = false, region: String? = nil, dataPolicy: DataPolicy? = nil, headquarters: String? = nil,
    privacyPolicyURL: String? = nil, termsOfServiceURL: String? = nil, statusPageURL: String? = nil,
    onlyModels: [String]? = nil
  ) {
    self.slug = slug
    self.name = name
    self.dialect = dialect
    self.baseURL = baseURL
    self.apiKey = apiKey
    self.headers = headers
    self.proxy = proxy
    self.http2 = http2
    self.maxConnections = maxConnections
    self.disabled = disabled
    self.region = region
    self.dataPolicy = dataPolicy
    self.headquarters = headquarters
    self.privacyPolicyURL = privacyPolicyURL
    self.termsOfServiceURL = termsOfServiceURL
    self.statusPageURL = statusPageURL
    self.onlyModels = onlyModels
  }
}

/// A header field sent upstream.
package struct HeaderSetting: Sendable, Hashable {
  /// The field's name, as written.
  package var name: String
  /// Its value; secret because it may be a credential.
  package var value: Secret

  /// A field.
  package init(name: String, value: Secret) {
    self.name = name
    self.value = value
  }
}

/// What a provider does with prompts and answers. Nil members are unknown.
package struct DataPolicy: Sendable, Hashable {
  /// Whether it trains on them.
  package var training: Bool?
  /// How long it keeps them. Unit: days.
  package var retentionDays: Int?
  /// Whether it keeps nothing at all (zero data retention).
  package var zdr: Bool?

  /// A policy; what is left out is unknown.
  package init(training: Bool? = nil, retentionDays: Int? = nil, zdr: Bool? = nil) {
    self.training = training
    self.retentionDays = retentionDays
    self.zdr = zdr
  }
}
