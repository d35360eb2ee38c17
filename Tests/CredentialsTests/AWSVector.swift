@testable import Credentials

/// One of AWS's published vectors (aws-sig-v4-test-suite: signatures in a header, paths normalised as for every service but
/// S3, without the one that folds a field over several lines, which HTTP/1.1 has abolished).
struct AWSVector: Sendable, CustomStringConvertible {
  /// Its name in the suite.
  let name: String
  /// What is signed.
  let request: AWSRequest
  /// The body.
  let body: String
  /// The session token, if it has one.
  let token: String?
  /// The names in `SignedHeaders`.
  let signedNames: String
  /// The signature.
  let signature: String

  /// Its name, for the report.
  var description: String { name }

  private init(
    _ name: String, _ method: String, path: String = "/", query: [(String, String)] = [],
    fields: [(String, String)] = [], body: String = "", token: String? = nil, signs: String = "host;x-amz-date",
    _ signature: String
  ) {
    self.name = name
    request = AWSRequest(
      method: method, host: "example.amazonaws.com", path: path, query: query.map { .init($0.0, $0.1) },
      fields: fields.map { .init($0.0, $0.1) })
    self.body = body
    self.token = token
    signedNames = signs
    self.signature = signature
  }

  /// The vectors. A query is given decoded, as the suite's raw request lines mean it.
  static let all: [AWSVector] = [
    AWSVector(
      "get-vanilla", "GET", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    AWSVector(
      "get-unreserved", "GET", path: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
      "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
    AWSVector(
      "get-utf8", "GET", path: "/\u{1234}", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
    AWSVector(
      "get-space-normalized", "GET", path: "/example space/",
      "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
    AWSVector(
      "get-slashes-normalized", "GET", path: "//example//",
      "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"
    ),
    AWSVector(
      "get-slash-pointless-dot-normalized", "GET", path: "/./example",
      "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"),
    AWSVector(
      "get-relative-relative-normalized", "GET", path: "/example1/example2/../..",
      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    AWSVector(
      "get-vanilla-query-order-key-case", "GET", query: [("Param2", "value2"), ("Param1", "value1")],
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    AWSVector(
      "get-vanilla-query-order-value", "GET", query: [("Param1", "value2"), ("Param1", "value1")],
      "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"),
    AWSVector(
      "get-vanilla-query-order-encoded", "GET",
      query: [("Param-3", "Value3"), ("Param", "Value2"), ("\u{1234}", "Value1")],
      "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"),
    AWSVector(
      "get-vanilla-empty-query-key", "GET", query: [("Param1", "value1")],
      "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
    AWSVector(
      "get-vanilla-query-unreserved", "GET",
      query: [
        (
          "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
          "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        )
      ], "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
    AWSVector(
      "get-vanilla-utf8-query", "GET", query: [("\u{1234}", "bar")],
      "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
    AWSVector(
      "get-header-key-duplicate", "GET",
      fields: [("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
      signs: "host;my-header1;x-amz-date", "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
    AWSVector(
      "get-header-value-order", "GET",
      fields: [("My-Header1", "value4"), ("My-Header1", "value1"), ("My-Header1", "value3"), ("My-Header1", "value2")],
      signs: "host;my-header1;x-amz-date", "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"),
    AWSVector(
      "get-header-value-trim", "GET", fields: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
      signs: "host;my-header1;my-header2;x-amz-date", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"
    ),
    AWSVector(
      "get-vanilla-with-session-token", "GET",
      token: "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
      signs: "host;x-amz-date;x-amz-security-token", "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"),
    AWSVector(
      "post-vanilla", "POST", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    AWSVector(
      "post-vanilla-query", "POST", query: [("Param1", "value1")],
      "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
    AWSVector(
      "post-header-key-sort", "POST", fields: [("My-Header1", "value1")], signs: "host;my-header1;x-amz-date",
      "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
    AWSVector(
      "post-header-value-case", "POST", fields: [("My-Header1", "VALUE1")], signs: "host;my-header1;x-amz-date",
      "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"),
    AWSVector(
      "post-sts-header-before", "POST",
      token:
        "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==",
      signs: "host;x-amz-date;x-amz-security-token", "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"),
    AWSVector(
      "post-x-www-form-urlencoded", "POST",
      fields: [
        ("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "13"),
        ("x-amz-content-sha256", "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"),
      ], body: "Param1=value1", signs: "content-length;content-type;host;x-amz-content-sha256;x-amz-date",
      "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"),
    AWSVector(
      "post-x-www-form-urlencoded-parameters", "POST",
      fields: [
        ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"), ("Content-Length", "13"),
        ("x-amz-content-sha256", "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"),
      ], body: "Param1=value1", signs: "content-length;content-type;host;x-amz-content-sha256;x-amz-date",
      "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422"),
  ]
}
