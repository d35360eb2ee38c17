import Core
import Credentials
import HTTPWire

/// Checks the signature of a request (AWS Signature Version 4) by making it anew.
enum SignatureCheck {
  /// How far a request's time may be off. Unit: seconds.
  private static let skew: Int64 = 300
  private static let mismatch = Problem(
    reason: .requestSignature, status: 403,
    message:
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and "
      + "signing method. Consult the service documentation for details.")

  /// What `Authorization` says.
  private struct Claim {
    var accessKey: String
    var day: String
    var region: String
    var names: [String]
    var signature: String

    init?(_ field: String) {
      guard field.hasPrefix("AWS4-HMAC-SHA256 ") else { return nil }
      var members: [String: String] = [:]
      for part in field.dropFirst(17).split(separator: ",") {
        let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
        if pair.count == 2 { members[String(pair[0])] = String(pair[1]) }
      }
      let scope = (members["Credential"] ?? "").split(separator: "/").map(String.init)
      guard scope.count == 5, scope[3] == "bedrock", scope[4] == "aws4_request", let names = members["SignedHeaders"],
        let signature = members["Signature"]
      else { return nil }
      (accessKey, day, region) = (scope[0], scope[1], scope[2])
      self.names = names.split(separator: ";").map(String.init)
      self.signature = signature
    }
  }

  /// Throws a `Problem` when the request is not signed with these credentials, for bedrock, and now.
  static func check(_ request: Incoming, _ credentials: AWSCredentials) throws(Problem) {
    guard let field = request.head.first("authorization") else {
      throw Problem(reason: .requestSignature, status: 403, message: "Missing Authentication Token")
    }
    guard let claim = Claim(field) else {
      throw Problem(
        reason: .requestSignature, status: 403,
        message:
          "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' for the service 'bedrock'.")
    }
    guard claim.accessKey == credentials.accessKeyID.reveal(),
      request.head.first("x-amz-security-token") == credentials.sessionToken?.reveal()
    else { throw .key }
    guard let seconds = seconds(request.head.first("x-amz-date")), abs(seconds - WallClock.seconds()) <= skew else {
      throw Problem(reason: .requestSignature, status: 403, message: "Signature expired or not yet current.")
    }
    guard claim.names.contains("host"), claim.names.contains("x-amz-date"),
      claim.signature == signature(request, claim, credentials, at: seconds)
    else { throw mismatch }
  }

  private static func signature(
    _ request: Incoming, _ claim: Claim, _ credentials: AWSCredentials, at seconds: Int64
  ) -> String? {
    let added: Set<String> = ["host", "x-amz-date", "x-amz-security-token"]
    let fields = claim.names.filter { !added.contains($0) }.flatMap { name in
      request.head.all(name).map { AWSRequest.Pair(name, $0) }
    }
    let signed = AWSRequest(
      method: request.head.method, host: request.head.first("host") ?? "",
      path: String(request.head.target.prefix { $0 != "?" }),
      query: request.head.queryItems.map { AWSRequest.Pair($0.name, $0.value) }, fields: fields)
    let own = request.body.withUnsafeBytes { body in
      SignatureV4(credentials, region: claim.region).fields(for: signed, body: body, at: seconds)
    }
    return own.last.flatMap { Claim($0.value.reveal()) }?.signature
  }

  /// `20150830T123600Z` as seconds since 1970.
  private static func seconds(_ text: String?) -> Int64? {
    guard let text, text.utf8.count == 16, text.hasSuffix("Z"),
      let month = Int(text.dropFirst(4).prefix(2)), (1...12).contains(month)
    else { return nil }
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func digits(_ start: Int, _ count: Int) -> Substring { text.dropFirst(start).prefix(count) }
    // The day of the week is not looked at.
    let date = "Mon, \(digits(6, 2)) \(months[month - 1]) \(digits(0, 4))"
    return Timestamp.seconds(imfFixdate: "\(date) \(digits(9, 2)):\(digits(11, 2)):\(digits(13, 2)) GMT")
  }
}
