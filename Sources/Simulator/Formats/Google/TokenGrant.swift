import Core
import Credentials
import JSON

/// A request for an access token with a signed JSON Web Token (RFC 7523), as Google's OAuth endpoint checks it.
enum TokenGrant {
  private static let grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"
  /// The longest that a request may be good. Unit: seconds.
  private static let longestLife: Int64 = 3600
  /// How far clocks may differ. Unit: seconds.
  private static let skew: Int64 = 300

  /// Throws a `Problem` for what Google would refuse.
  static func check(_ request: Incoming) throws(Problem) {
    let type = request.head.first("content-type") ?? ""
    guard type.hasPrefix("application/x-www-form-urlencoded") else {
      throw .invalid("The content type must be application/x-www-form-urlencoded.")
    }
    let form = fields(request.body)
    guard let grant = form["grant_type"] else { throw .missing(FieldPath.root.member("grant_type")) }
    guard grant == grantType else {
      throw Problem(reason: .unknown, status: 400, message: "Invalid grant_type: \(grant)")
    }
    guard let assertion = form["assertion"] else { throw .missing(FieldPath.root.member("assertion")) }
    let parts = assertion.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let header = document(parts[0]), let claims = document(parts[1]),
      let signature = Base64Text.decode(parts[2], isLenient: true), !signature.isEmpty
    else { throw .invalid("Invalid JWT: it must be three parts of base64url.") }
    guard header["alg"]?.stringValue == "RS256" else { throw .invalid("Invalid JWT: the algorithm must be RS256.") }
    try check(claims: claims)
    guard let key = request.simulator.options.googlePublicKey else { return }
    let signed = Array((parts[0] + "." + parts[1]).utf8)
    guard key.isSignature(signature, of: signed) else { throw .invalid("Invalid JWT Signature.") }
  }

  private static func check(claims: JSONValue) throws(Problem) {
    for name in ["iss", "aud", "scope"] where claims[name]?.stringValue?.isEmpty ?? true {
      throw .invalid("Invalid JWT: Failed audience or scope check: '\(name)' is missing.")
    }
    guard let issued = claims["iat"]?.integerValue, let end = claims["exp"]?.integerValue else {
      throw .invalid("Invalid JWT: 'iat' and 'exp' must be numbers.")
    }
    let now = WallClock.seconds()
    guard end > issued, end - issued <= longestLife, issued <= now + skew, end >= now - skew else {
      throw .invalid(
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp "
          + "values in the JWT claim.")
    }
  }

  private static func document(_ part: String) -> JSONValue? {
    Base64Text.decode(part, isLenient: true).flatMap { try? JSONValue.parse($0) }
  }

  /// The fields of a form.
  private static func fields(_ body: [UInt8]) -> [String: String] {
    var fields: [String: String] = [:]
    for pair in body.split(separator: UInt8(ascii: "&")) {
      let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      fields[decoded(parts[0])] = parts.count > 1 ? decoded(parts[1]) : ""
    }
    return fields
  }

  private static func decoded(_ text: ArraySlice<UInt8>) -> String {
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let number = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        bytes.append(number)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? 32 : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
