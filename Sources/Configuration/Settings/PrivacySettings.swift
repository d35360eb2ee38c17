import Upstream

/// Where prompts may go; a request can ask for more, never for less.
package struct PrivacySettings: Sendable, Hashable {
  /// Whether providers that train on prompts may be used.
  package enum DataCollection: String, Sendable, CaseIterable {
    /// Any provider.
    case allow
    /// Only endpoints known not to train on the data.
    case deny
  }

  /// Whether the whole gateway uses endpoints with zero data retention only. Default: false.
  package var zdr: Bool
  /// Default: `allow`.
  package var dataCollection: DataCollection
  /// Regions whose endpoints may be used, such as `eu`; empty, the default, is every region.
  package var regions: [String]
  /// Which URLs of requests the gateway fetches for providers that want the content itself. Default: none.
  package var fetch: FetchRule

  /// The name of the list of allowed hosts, for messages.
  package static let fetchHostsKey = "privacy.fetch.hosts"

  /// Settings; what is left out takes its default.
  package init(
    zdr: Bool = false, dataCollection: DataCollection = .allow, regions: [String] = [], fetch: FetchRule = FetchRule()
  ) {
    self.zdr = zdr
    self.dataCollection = dataCollection
    self.regions = regions
    self.fetch = fetch
  }
}
