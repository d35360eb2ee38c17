import Core
import Testing

@testable import Credentials

@Suite("AWS Signature Version 4")
struct SignatureV4Tests {
  /// 2015-08-30T12:36:00Z, the time of AWS's vectors.
  private static let time: Int64 = 1_440_938_160
  private static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

  private static func credentials(_ token: String? = nil) throws -> AWSCredentials {
    try AWSCredentials(
      accessKeyID: Secret("AKIDEXAMPLE"), secretAccessKey: Secret(secret), sessionToken: token.map { Secret($0) })
  }

  /// `name: value` of the fields, signed at the time of the vectors.
  private static func sign(
    _ request: AWSRequest, body: String = "", service: String, token: String? = nil
  ) throws -> [String: String] {
    let signer = SignatureV4(try credentials(token), region: "us-east-1", service: service)
    let fields = Array(body.utf8).withUnsafeBytes { signer.fields(for: request, body: $0, at: time) }
    return Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.value.reveal()) })
  }

  @Test("AWS's published vectors get their published signatures", arguments: AWSVector.all)
  func vectors(_ vector: AWSVector) throws {
    let fields = try SignatureV4Tests.sign(
      vector.request, body: vector.body, service: "service", token: vector.token)
    #expect(
      fields["authorization"] == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        + "SignedHeaders=\(vector.signedNames), Signature=\(vector.signature)")
    #expect(fields["x-amz-date"] == "20150830T123600Z")
    #expect(fields["x-amz-security-token"] == vector.token)
    #expect(fields.count == (vector.token == nil ? 2 : 3))
  }

  @Test("the steps of a vector are those of AWS's documentation")
  func steps() throws {
    let signer = SignatureV4(try SignatureV4Tests.credentials(), region: "us-east-1", service: "service")
    let request = AWSRequest(
      method: "GET", host: "example.amazonaws.com", path: "/",
      query: [.init("Param2", "value2"), .init("Param1", "value1")])
    let parts = [UInt8]().withUnsafeBytes { signer.parts(for: request, body: $0, at: SignatureV4Tests.time) }
    let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    #expect(
      parts.canonical.text
        == "GET\n/\nParam1=value1&Param2=value2\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\n"
        + "host;x-amz-date\n\(digest)")
    #expect(
      parts.stringToSign == "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n"
        + "816cd5b414d056048ba4f7c5386d6e0533120fb1fcfa93762cf0fc39e2cf19e0")
  }

  /// Signatures that AWS's own library for Python (botocore 1.43) gives for these requests.
  @Test(
    "Bedrock's paths are encoded once to be sent and twice to be signed",
    arguments: [
      (
        "anthropic.claude-3-5-sonnet-20241022-v2:0", BedrockPath.Operation.converse, String?.none,
        "ee3e967ae4ec1f2a508f8404898701ed432f406a68f3e403e8f509cb32e6fc0b"
      ),
      (
        "anthropic.claude-3-5-sonnet-20241022-v2:0", .converseStream, nil,
        "e0c77e13930a0059b13afccbf469915fc7749be19285f597580531731424ee6e"
      ),
      (
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-5-sonnet-20241022-v2:0",
        .converse, nil, "d6ed1c16e597da5de181ace9cbf172c85998787861a8f00443784962a2e8d972"
      ),
      (
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-5-sonnet-20241022-v2:0",
        .converseStream, nil, "c984c2402d2073bab8239008a8d3e10276046dfc2d3e3d18142b40a17f80f6ce"
      ),
      (
        "anthropic.claude-3-5-sonnet-20241022-v2:0", .converse, "IQoJb3JpZ2luX2VjEXAMPLE/+=",
        "6dfbd3b64a5910b927415a5f19ed39e2b8b42dddbe3ef82a3073dae0926dbe3a"
      ),
    ])
  func bedrock(_ model: String, _ operation: BedrockPath.Operation, _ token: String?, _ signature: String) throws {
    let path = BedrockPath.path(model: model, operation)
    #expect(!path.contains(":"))
    let request = AWSRequest(
      host: "bedrock-runtime.us-east-1.amazonaws.com", path: path, fields: [.init("Content-Type", "application/json")])
    let fields = try SignatureV4Tests.sign(request, body: #"{"messages":[]}"#, service: "bedrock", token: token)
    #expect(fields["authorization"]?.hasSuffix("Signature=" + signature) == true)
  }

  @Test("an ARN becomes one segment of the path")
  func segment() {
    #expect(
      BedrockPath.path(base: "/proxy", model: "arn:aws:x/y:0", .converseStream)
        == "/proxy/model/arn%3Aaws%3Ax%2Fy%3A0/converse-stream")
    #expect(AWSRequest(host: "h", path: "/model/a%3A0/converse").canonicalPath == "/model/a%253A0/converse")
  }

  @Test(
    "a region is read from AWS's hosts only",
    arguments: [
      ("bedrock-runtime.us-east-1.amazonaws.com", "us-east-1"),
      ("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
      ("bedrock-runtime.cn-north-1.amazonaws.com.cn", "cn-north-1"),
      ("vpce-0a1-b2.bedrock-runtime.eu-central-1.vpce.amazonaws.com", "eu-central-1"),
      ("bedrock-runtime.eu-west-1.api.aws", "eu-west-1"), ("BEDROCK-runtime.EU-west-3.amazonaws.com", "eu-west-3"),
      ("bedrock-runtime.us-east-1.example.com", nil), ("127.0.0.1", nil), ("bedrock-runtime.amazonaws.com", nil),
    ])
  func region(_ host: String, _ region: String?) { #expect(BedrockPath.region(host: host) == region) }

  @Test("the body, the time and each signed field change the signature; the order of fields does not")
  func sensitivity() throws {
    func signature(_ fields: [AWSRequest.Pair], body: String = "{}", at time: Int64 = 5) throws -> String {
      let signer = SignatureV4(try SignatureV4Tests.credentials(), region: "eu-west-1")
      let request = AWSRequest(host: "h", path: "/model/a/converse", fields: fields)
      return Array(body.utf8).withUnsafeBytes { signer.fields(for: request, body: $0, at: time) }
        .last?.value.reveal() ?? ""
    }
    let base = try signature([.init("a", "1"), .init("B", "2")])
    #expect(try signature([.init("b", " 2 "), .init("A", "1")]) == base)
    #expect(try signature([.init("a", "1"), .init("B", "3")]) != base)
    #expect(try signature([.init("a", "1"), .init("B", "2")], body: "{ }") != base)
    #expect(try signature([.init("a", "1"), .init("B", "2")], at: 6) != base)
  }

  @Test("times outside of four-digit years do not trap")
  func oddTimes() throws {
    let signer = SignatureV4(try SignatureV4Tests.credentials(), region: "r")
    for time in [Int64.min, -1, 0, 253_402_300_800, .max] {
      let fields = [UInt8]().withUnsafeBytes {
        signer.fields(for: AWSRequest(host: "h", path: "/"), body: $0, at: time)
      }
      #expect(fields.first?.value.reveal().utf8.count == 16)
    }
  }

  @Test("nothing of the credentials shows when a signer or its fields are printed")
  func hides() throws {
    let signer = SignatureV4(try SignatureV4Tests.credentials("the-session-token"), region: "us-east-1")
    let fields = [UInt8]().withUnsafeBytes { signer.fields(for: AWSRequest(host: "h", path: "/"), body: $0, at: 0) }
    var dumped = ""
    dump(signer, to: &dumped)
    dump(fields, to: &dumped)
    for text in ["\(signer)", String(reflecting: signer), "\(fields)", dumped] {
      #expect(!text.contains("EXAMPLE") && !text.contains("the-session-token") && !text.contains("Signature="))
    }
  }

  @Test(
    "what cannot be a key pair is refused with a remedy and without being quoted",
    arguments: [
      ("", "s3cr3t", nil, "access key id"), ("AKID EXAMPLE", "s3cr3t", nil, "access key id"),
      ("AKIDEXAMPLE/x", "s3cr3t", nil, "access key id"), ("AKIDEXAMPLE\n", "s3cr3t", nil, "access key id"),
      ("AKIDEXAMPLE", "", nil, "secret access key"), ("AKIDEXAMPLE", "s3cr3t\n", nil, "secret access key"),
      ("AKIDEXAMPLE", "s3cr3t", "a b", "session token"), ("AKIDEXAMPLE", "s3cr3t", "", "session token"),
      ("ASIAEXAMPLE", "s3cr3t", nil, "no session token"),
    ] as [(String, String, String?, String)])
  func refusals(_ id: String, _ secret: String, _ token: String?, _ word: String) {
    let problem = #expect(throws: CredentialProblem.self) {
      try AWSCredentials(
        accessKeyID: Secret(id), secretAccessKey: Secret(secret), sessionToken: token.map { Secret($0) })
    }
    #expect(problem?.message.contains(word) == true)
    #expect(problem?.remedy.isEmpty == false)
    #expect(problem.map { !"\($0)".contains("s3cr3t") && !"\($0)".contains("AKIDEX") } == true)
  }
}
