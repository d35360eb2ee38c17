import COpenSSL
import Core
import JSON
import TestSupport
import Testing

@testable import Credentials

@Suite("Google service accounts")
struct ServiceAccountTests {
  /// A key file; nil takes a member away.
  private static func file(_ changes: [String: String?] = [:]) -> Secret {
    var members: [String: String] = [
      "type": "service_account", "project_id": "p-1", "private_key_id": "key-1", "private_key": Keys.rfc7515,
      "client_email": "gateway@p-1.iam.gserviceaccount.com", "token_uri": "https://oauth2.googleapis.com/token",
    ]
    for (name, value) in changes { members[name] = value }
    let value = JSONValue.object(members.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
    return Secret(String(decoding: value.serialized(), as: UTF8.self))
  }

  private static func problem(_ json: Secret) -> CredentialProblem? {
    do throws(CredentialProblem) { _ = try ServiceAccount(json: json) } catch { return error }
    return nil
  }

  @Test("the key of RFC 7515 signs the RFC's example to the RFC's signature")
  func knownAnswer() throws {
    let key = try RS256Key(pem: Secret(Keys.rfc7515))
    let message =
      "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    let expected = """
      cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr\
      7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--x\
      i12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_Ioy\
      pGlUPQGe77Rw
      """
    #expect(Base64URL.encode(try key.signature(of: Array(message.utf8))) == expected)
  }

  @Test("base64url has the alphabet for URLs and no padding")
  func base64() {
    #expect(Base64URL.encode([]) == "")
    #expect(Base64URL.encode([0xfb]) == "-w")
    #expect(Base64URL.encode([0xff, 0xff]) == "__8")
    #expect(Base64URL.encode(Array("foobar".utf8)) == "Zm9vYmFy")
  }

  @Test("a key file is read, and what it leaves out has Google's defaults")
  func reads() throws {
    let account = try ServiceAccount(json: ServiceAccountTests.file())
    #expect(account.clientEmail == "gateway@p-1.iam.gserviceaccount.com")
    #expect(account.privateKeyID == "key-1" && account.projectID == "p-1")
    let short = try ServiceAccount(
      json: ServiceAccountTests.file([
        "token_uri": nil, "project_id": nil, "private_key_id": nil, "type": nil,
      ]))
    #expect(short.tokenURL == "https://oauth2.googleapis.com/token")
    #expect(short.projectID == nil && short.privateKeyID == nil)
  }

  @Test("the request for a token is a form with a signed claim of one hour")
  func request() throws {
    let account = try ServiceAccount(json: ServiceAccountTests.file())
    let request = try TokenRequest.serviceAccount(account, at: 1_700_000_000)
    #expect(request.url == account.tokenURL)
    #expect(request.fields == [CredentialField("content-type", "application/x-www-form-urlencoded")])
    let body = try #require(request.body?.reveal())
    let head = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
    #expect(body.hasPrefix(head))
    let parts = body.dropFirst(head.count).split(separator: ".").map(String.init)
    try #require(parts.count == 3)
    #expect(decoded(parts[0]) == #"{"alg":"RS256","typ":"JWT","kid":"key-1"}"#)
    #expect(
      decoded(parts[1]) == #"{"iss":"gateway@p-1.iam.gserviceaccount.com","#
        + #""scope":"https://www.googleapis.com/auth/cloud-platform","aud":"https://oauth2.googleapis.com/token","#
        + #""iat":1700000000,"exp":1700003600}"#)
    let signature = try account.key.signature(of: Array("\(parts[0]).\(parts[1])".utf8))
    #expect(parts[2] == Base64URL.encode(signature))
    #expect(!"\(request)".contains(parts[2]))
  }

  private func decoded(_ text: String) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count: UInt32 = 0
    for character in text.utf8 {
      bits = bits << 6 | UInt32(alphabet.firstIndex(of: character) ?? 0)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> count))
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("the metadata server is asked with its own field and without a body")
  func metadata() {
    let request = TokenRequest.metadataServer()
    #expect(
      request.url
        == "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token")
    #expect(request.fields == [CredentialField("metadata-flavor", "Google")])
    #expect(request.body == nil)
    #expect(
      TokenRequest.metadataServer(host: "127.0.0.1:99", account: "a@b").url
        == "http://127.0.0.1:99/computeMetadata/v1/instance/service-accounts/a%40b/token")
  }

  @Test(
    "a file that is not a usable key file is refused in words that say what it is",
    arguments: [
      ("", "is not JSON"), ("{", "is not JSON"), ("[]", "not an object"), ("{}", "has no client_email"),
      (Keys.rfc7515, "bare private key"), (#"{"type":"authorized_user"}"#, "a person's login"),
      (#"{"type":"external_account"}"#, "federated"), (#"{"type":"x"}"#, "other than service_account"),
      (#"{"client_email":7}"#, "has no client_email"), (#"{"client_email":"a@b"}"#, "has no private_key"),
      (#"{"client_email":"a@b","private_key":""}"#, "has no private_key"),
    ])
  func wrongFiles(_ json: String, _ words: String) {
    let problem = ServiceAccountTests.problem(Secret(json))
    #expect(problem?.message.contains(words) == true, "\(problem?.message ?? "accepted")")
    #expect(problem?.remedy.isEmpty == false)
  }

  @Test("a private key that cannot sign is refused in words that say why, and never shown")
  func wrongKeys() {
    let body = Keys.rfc7515.split(separator: "\n").dropFirst().dropLast().joined(separator: "\n")
    let damaged = Keys.rfc7515.replacing("MIIEvQ", with: "MIIEvR").replacing("AQEFAASC", with: "AQEFAAAA")
    let cases: [(String, String)] = [
      (Keys.rfc7515.replacing("\n", with: "\\n"), "two characters"), (body, "not PEM"), ("hunter2", "not PEM"),
      (Keys.pem("ENCRYPTED PRIVATE KEY", body), "passphrase"), (Keys.pem("PUBLIC KEY", body), "public key"),
      (Keys.pem("CERTIFICATE", body), "certificate"), (damaged, "damaged"),
      (Keys.pem("PRIVATE KEY", "AAAA"), "damaged"),
      (String(Keys.rfc7515.prefix(900)), "damaged"), (Keys.short, "1024 bits"), (Keys.elliptic, "not an RSA key"),
      (Keys.pem("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" + body), "passphrase"),
    ]
    for (key, words) in cases {
      let problem = ServiceAccountTests.problem(ServiceAccountTests.file(["private_key": key]))
      #expect(problem?.message.contains(words) == true, "\(words): \(problem?.message ?? "accepted")")
      let shown = "\(problem.map { "\($0)" } ?? "")"
      #expect(!shown.contains("MII") && !shown.contains("hunter2") && !shown.contains("AAAA"))
      #expect(ERR_peek_error() == 0)
    }
  }

  @Test(
    "the signed request goes over https, or within this machine",
    arguments: [
      ("https://oauth2.googleapis.com/token", true), ("http://127.0.0.1:8080/token", true), ("http://[::1]/t", true),
      ("http://localhost", true), ("http://oauth2.googleapis.com/token", false),
      ("http://127.0.0.1.example.com/", false),
      ("https://", false), ("https://user@host/", false), ("ftp://x", false), ("https://a b", false),
    ])
  func tokenURLs(_ url: String, _ isUsable: Bool) {
    let problem = ServiceAccountTests.problem(ServiceAccountTests.file(["token_uri": url]))
    #expect((problem == nil) == isUsable)
    if !isUsable { #expect(problem?.message.contains("token_uri") == true) }
  }
}
