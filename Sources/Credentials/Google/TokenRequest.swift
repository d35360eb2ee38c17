import Core
import JSON

/// A request for an access token, ready to send. The answer is for `TokenAnswer`.
package struct TokenRequest: Sendable {
  /// Absolute URL.
  package let url: String
  /// Fields to send beside the usual ones.
  package let fields: [CredentialField]
  /// The body of a POST; nil: a GET.
  package let body: Secret?

  /// What a token may be used for, in Google's words: everything the account's roles allow.
  package static let cloudScope = "https://www.googleapis.com/auth/cloud-platform"
  /// How long the signed request is good; the longest Google accepts. Unit: seconds.
  private static let assertionSeconds: Int64 = 3600

  /// Asks with a service account (OAuth 2.0 JWT bearer grant, RFC 7523). `seconds`: the wall clock, since 1970. Signs, which
  /// takes about 0.3 ms. Throws `internalFailure` when OpenSSL has no memory.
  package static func serviceAccount(
    _ account: ServiceAccount, scope: String = cloudScope, at seconds: Int64
  ) throws(GatewayError) -> TokenRequest {
    let assertion = try assertion(account, scope: scope, at: seconds)
    let grant = PercentEncoding.component("urn:ietf:params:oauth:grant-type:jwt-bearer")
    return TokenRequest(
      url: account.tokenURL, fields: [CredentialField("content-type", "application/x-www-form-urlencoded")],
      body: Secret("grant_type=\(grant)&assertion=\(PercentEncoding.component(assertion))"))
  }

  /// Asks the metadata server of the machine (Compute Engine, GKE, Cloud Run), which needs no key. `host`: its name or
  /// address, `GCE_METADATA_HOST` where that is set. `account`: an email of one of the machine's accounts, or `default`.
  package static func metadataServer(
    host: String = "metadata.google.internal", account: String = "default"
  ) -> TokenRequest {
    let path = "/computeMetadata/v1/instance/service-accounts/\(PercentEncoding.component(account))/token"
    return TokenRequest(url: "http://\(host)\(path)", fields: [CredentialField("metadata-flavor", "Google")], body: nil)
  }

  /// The signed JSON Web Token.
  private static func assertion(
    _ account: ServiceAccount, scope: String, at seconds: Int64
  ) throws(GatewayError) -> String {
    var header: [(key: String, value: JSONValue)] = [("alg", .string("RS256")), ("typ", .string("JWT"))]
    if let name = account.privateKeyID { header.append(("kid", .string(name))) }
    let claims: [(key: String, value: JSONValue)] = [
      ("iss", .string(account.clientEmail)), ("scope", .string(scope)), ("aud", .string(account.tokenURL)),
      ("iat", .integer(seconds)), ("exp", .integer(seconds &+ assertionSeconds)),
    ]
    let signed = [header, claims].map { Base64URL.encode(JSONValue.object($0).serialized()) }.joined(separator: ".")
    return signed + "." + Base64URL.encode(try account.key.signature(of: Array(signed.utf8)))
  }
}
