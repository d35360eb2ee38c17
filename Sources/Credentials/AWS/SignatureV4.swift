import Core

/// Signs requests as AWS Signature Version 4 (`AWS4-HMAC-SHA256`), with the body's hash in the signature. A value.
/// A signature costs about 7 µs and the body 0.6 ns a byte (November 2026).
package struct SignatureV4: Sendable, Hashable {
  /// What signs.
  package let credentials: AWSCredentials
  /// Where the service is, such as `us-east-1`.
  package let region: String
  /// The service's name in signatures: `bedrock` for bedrock-runtime too.
  package let service: String

  private static let algorithm = "AWS4-HMAC-SHA256"
  private static let terminator = "aws4_request"

  /// A signer.
  package init(_ credentials: AWSCredentials, region: String, service: String = "bedrock") {
    self.credentials = credentials
    self.region = region
    self.service = service
  }

  /// The fields to send with a request: `x-amz-date`, `x-amz-security-token` for a temporary key, `authorization`.
  /// `body` is what is sent, byte for byte. `seconds`: the wall clock, since 1970; AWS accepts five minutes to either side.
  package func fields(
    for request: AWSRequest, body: UnsafeRawBufferPointer, at seconds: Int64
  ) -> [CredentialField] {
    let parts = parts(for: request, body: body, at: seconds)
    let credential = "\(credentials.accessKeyID.reveal())/\(parts.scope)"
    let authorization =
      "\(SignatureV4.algorithm) Credential=\(credential), SignedHeaders=\(parts.canonical.signedNames), "
      + "Signature=\(signature(of: parts))"
    return parts.added.map { CredentialField($0.name, $0.value) } + [CredentialField("authorization", authorization)]
  }

  /// What leads to a signature, step by step as AWS describes it.
  struct Parts {
    /// The fields that the signature adds before `authorization`.
    let added: [AWSRequest.Pair]
    /// The request in canonical form.
    let canonical: CanonicalRequest
    /// Day, region and service that the key is made for.
    let scope: String
    /// The text that is signed.
    let stringToSign: String
    /// The day, as `20150830`.
    let day: String
  }

  /// The parts of a request's signature.
  func parts(for request: AWSRequest, body: UnsafeRawBufferPointer, at seconds: Int64) -> Parts {
    let time = SignatureV4.basicTime(seconds)
    let day = String(time.utf8.prefix(8)) ?? time
    var added = [AWSRequest.Pair("x-amz-date", time)]
    if let token = credentials.sessionToken { added.append(AWSRequest.Pair("x-amz-security-token", token.reveal())) }
    let canonical = CanonicalRequest(request, added: added, bodyDigest: SHA256Digest(body))
    let scope = "\(day)/\(region)/\(service)/\(SignatureV4.terminator)"
    let text = "\(SignatureV4.algorithm)\n\(time)\n\(scope)\n\(SHA256Digest(canonical.text).hexadecimal)"
    return Parts(added: added, canonical: canonical, scope: scope, stringToSign: text, day: day)
  }

  private func signature(of parts: Parts) -> String {
    var key = Array("AWS4\(credentials.secretAccessKey.reveal())".utf8)
    for step in [parts.day, region, service, SignatureV4.terminator] { key = SHA256Digest(step, key: key).bytes }
    return SHA256Digest(parts.stringToSign, key: key).hexadecimal
  }

  /// `20150830T123600Z`.
  private static func basicTime(_ seconds: Int64) -> String {
    let milliseconds = min(max(seconds, 0), 253_402_300_799) * 1000
    let digits = Timestamp.iso8601(milliseconds: milliseconds).utf8.prefix(19)
      .filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":") }
    return String(decoding: digits, as: UTF8.self) + "Z"
  }
}
