import Core

/// Where the access tokens for Vertex come from.
package enum GoogleSettings: Sendable, Hashable {
  /// From Google's token endpoint, with the JSON key of a service account. The text has been looked over.
  case serviceAccount(Secret)
  /// From the metadata server of the machine: `authority` is its name or address, with its port unless that is 80.
  case metadata(authority: String)

  /// The metadata server's name, inside Google's network only. Source: cloud.google.com/compute/docs/metadata (November 2026).
  package static let metadataAuthority = "metadata.google.internal"
}
