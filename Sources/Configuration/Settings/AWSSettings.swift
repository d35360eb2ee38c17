import Credentials

/// How requests to Bedrock are signed.
package struct AWSSettings: Sendable, Hashable {
  /// What signs.
  package var credentials: AWSCredentials
  /// The region that signatures are made for, such as `us-east-1`. Default: the one in the name of the provider's host.
  package var region: String

  /// Settings.
  package init(credentials: AWSCredentials, region: String) {
    self.credentials = credentials
    self.region = region
  }
}
