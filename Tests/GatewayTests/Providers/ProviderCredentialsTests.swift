import Configuration
import Core
import Credentials
import Gateway
import TestSupport
import Testing
import Upstream

@Suite("Credentials of providers", .serialized)
struct ProviderCredentialsTests {
  private static let token = ScriptedSite.Reply(
    body: Array(#"{"access_token":"ya29.first","expires_in":3600,"token_type":"Bearer"}"#.utf8))

  /// What `authorize` has said, by number of the call.
  private final class Answers: @unchecked Sendable {
    var results: [(call: Int, result: Result<[UpstreamRoute.Header], GatewayError>)] = []

    /// The values of the authorisation fields, and the messages of errors.
    var texts: [String] {
      results.map { answer in
        switch answer.result {
        case .success(let fields): fields.first { $0.name == "authorization" }?.value.reveal() ?? "none"
        case .failure(let error): error.message
        }
      }
    }
  }

  private static func vertex(_ google: GoogleSettings?, apiKey: Secret? = nil) -> ProviderSettings {
    var provider = ProviderSettings(
      slug: "vertex", name: "V", dialect: .vertex, baseURL: "http://127.0.0.1:1/v1", apiKey: apiKey)
    provider.google = google
    return provider
  }

  private static func account(_ server: TestServer) -> GoogleSettings {
    .serviceAccount(Secret(Keys.serviceAccount(tokenURL: "http://127.0.0.1:\(server.port)/token")))
  }

  /// Asks `count` times in one turn; returns what was said by its end.
  private static func ask(
    _ bench: Bench, _ provider: ProviderSettings, times count: Int = 1, into answers: Answers,
    then: @escaping ([(any Cancellable)?]) -> Void = { _ in }
  ) throws -> Int {
    try bench.credentials { credentials in
      then(
        (0..<count).map { call in
          credentials.authorize(provider, url: "http://127.0.0.1:1/v1/x", body: nil) {
            answers.results.append((call, $0))
          }
        })
      return answers.results.count
    }
  }

  private static func wait(_ bench: Bench, _ answers: Answers, _ count: Int) -> Bool {
    eventually { (try? bench.loop.call { answers.results.count == count }) ?? false }
  }

  @Test("A provider whose credentials are in its route needs nothing more")
  func fixed() throws {
    let bench = try Bench()
    let answers = Answers()
    #expect(
      try ProviderCredentialsTests.ask(bench, ProviderCredentialsTests.vertex(nil, apiKey: Secret("k")), into: answers)
        == 1)
    #expect(answers.texts == ["none"])
    try bench.stop()
  }

  @Test(
    "A request to AWS is signed at once, for the path and the host that are sent",
    arguments: [
      ("http://127.0.0.1:9", "127.0.0.1:9"),
      ("https://bedrock-runtime.eu-west-1.amazonaws.com:443", "bedrock-runtime.eu-west-1.amazonaws.com"),
      ("http://[::1]:80", "[::1]"),
    ])
  func aws(_ row: (base: String, host: String)) throws {
    let bench = try Bench()
    var provider = ProviderSettings(slug: "aws", name: "A", dialect: .bedrock, baseURL: row.base)
    let key = try AWSCredentials(
      accessKeyID: Secret("AKIDEXAMPLE"), secretAccessKey: Secret("wJalrXUtnFEMI"), sessionToken: Secret("session"))
    provider.aws = AWSSettings(credentials: key, region: "eu-west-1")
    let body = ByteBuffer()
    body.append("{}")
    let path = BedrockPath.path(model: "anthropic.claude-v2:1", .converse)
    let settings = provider
    let fields = try bench.credentials { credentials in
      var fields: [UpstreamRoute.Header] = []
      let pending = credentials.authorize(settings, url: row.base + path, body: body) { fields = (try? $0.get()) ?? [] }
      #expect(pending == nil)
      return fields
    }
    let expected = SignatureV4(key, region: "eu-west-1").fields(
      for: AWSRequest(host: row.host, path: "/model/anthropic.claude-v2%3A1/converse"), body: body.bytes,
      at: 1_440_938_160)
    #expect(fields.map(\.name) == ["x-amz-date", "x-amz-security-token", "authorization"])
    #expect(fields.map(\.value) == expected.map(\.value))
    try bench.stop()
  }

  @Test("Requests wait for one token, and later ones have it at once")
  func serviceAccount() throws {
    let site = ScriptedSite { _ in ProviderCredentialsTests.token }
    let server = try TestServer(handler: site)
    let bench = try Bench()
    let answers = Answers()
    let provider = ProviderCredentialsTests.vertex(ProviderCredentialsTests.account(server))
    #expect(try ProviderCredentialsTests.ask(bench, provider, times: 3, into: answers) == 0)
    #expect(ProviderCredentialsTests.wait(bench, answers, 3))
    #expect(try ProviderCredentialsTests.ask(bench, provider, into: answers) == 4)
    #expect(answers.texts == Array(repeating: "Bearer ya29.first", count: 4))
    #expect(site.requests.count == 1)
    let request = try #require(site.requests.first)
    #expect(request.method == "POST" && request.target == "/token")
    #expect(request.fields["content-type"] == "application/x-www-form-urlencoded")
    #expect(request.fields["authorization"] == nil)
    #expect(request.body.hasPrefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey"))
    try bench.stop()
    server.stop()
  }

  @Test("The metadata server is asked as it wants to be")
  func metadata() throws {
    let site = ScriptedSite { _ in ProviderCredentialsTests.token }
    let server = try TestServer(handler: site)
    let bench = try Bench()
    let answers = Answers()
    var provider = ProviderCredentialsTests.vertex(.metadata(authority: "127.0.0.1:\(server.port)"))
    provider.proxy = Secret("http://127.0.0.1:1")
    _ = try ProviderCredentialsTests.ask(bench, provider, into: answers)
    #expect(ProviderCredentialsTests.wait(bench, answers, 1))
    #expect(answers.texts == ["Bearer ya29.first"])
    let request = try #require(site.requests.first)
    #expect(request.method == "GET" && request.fields["metadata-flavor"] == "Google")
    #expect(request.target == "/computeMetadata/v1/instance/service-accounts/default/token")
    try bench.stop()
    server.stop()
  }

  @Test("A request that ends while it waits hears nothing; the others do")
  func cancelled() throws {
    let server = try TestServer(handler: ScriptedSite { _ in ProviderCredentialsTests.token })
    let bench = try Bench()
    let answers = Answers()
    let provider = ProviderCredentialsTests.vertex(ProviderCredentialsTests.account(server))
    _ = try ProviderCredentialsTests.ask(bench, provider, times: 3, into: answers) { waiting in waiting[1]?.cancel() }
    #expect(ProviderCredentialsTests.wait(bench, answers, 2))
    #expect(answers.results.map(\.call) == [0, 2])
    try bench.stop()
    server.stop()
  }

  @Test("Refused credentials fail all that wait, are not asked about again at once, and appear nowhere")
  func refusedAccount() throws {
    let site = ScriptedSite { _ in
      ScriptedSite.Reply(
        status: 400, body: Array(#"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#.utf8))
    }
    let server = try TestServer(handler: site)
    let bench = try Bench()
    let answers = Answers()
    let provider = ProviderCredentialsTests.vertex(ProviderCredentialsTests.account(server))
    _ = try ProviderCredentialsTests.ask(bench, provider, times: 2, into: answers)
    #expect(ProviderCredentialsTests.wait(bench, answers, 2))
    #expect(try ProviderCredentialsTests.ask(bench, provider, into: answers) == 3 && site.requests.count == 1)
    for text in answers.texts { #expect(text.contains("credentials for this provider were refused")) }
    guard case .failure(let error)? = answers.results.last?.result else {
      Issue.record("there is no error")
      return
    }
    #expect(error.kind == .providerFailed && error.resend == .safe && (30...60).contains(error.retryAfterSeconds ?? 0))
    let log = bench.logged
    #expect(log.contains("no access token") && log.contains("provider=vertex") && log.contains("invalid_grant"))
    let assertion = try #require(site.requests.first?.body.split(separator: ".").last)
    #expect(!log.contains(assertion) && !log.contains("PRIVATE KEY") && !log.contains("eyJ"))
    try bench.stop()
    server.stop()
  }

  @Test("A token server that is not there is not called the provider")
  func unanswered() throws {
    let server = try TestServer(handler: ScriptedSite { _ in nil })
    let settings = ProviderCredentialsTests.account(server)
    server.stop()
    let bench = try Bench()
    let answers = Answers()
    _ = try ProviderCredentialsTests.ask(bench, ProviderCredentialsTests.vertex(settings), into: answers)
    #expect(ProviderCredentialsTests.wait(bench, answers, 1))
    #expect(answers.texts == ["The provider's token server gave no answer."])
    try bench.stop()
  }

  @Test("A token that has just been issued is not replaced when the provider refuses it")
  func refusedToken() throws {
    let site = ScriptedSite { _ in ProviderCredentialsTests.token }
    let server = try TestServer(handler: site)
    let bench = try Bench()
    let answers = Answers()
    let provider = ProviderCredentialsTests.vertex(ProviderCredentialsTests.account(server))
    _ = try ProviderCredentialsTests.ask(bench, provider, into: answers)
    #expect(ProviderCredentialsTests.wait(bench, answers, 1))
    let fields = try #require(try answers.results.first?.result.get())
    #expect(try bench.credentials { $0.refused(provider, fields: fields) } == false)
    #expect(try bench.credentials { $0.refused(provider, fields: []) } == false)
    #expect(try ProviderCredentialsTests.ask(bench, provider, into: answers) == 2 && site.requests.count == 1)
    try bench.stop()
    server.stop()
  }

  @Test("A reload keeps the tokens of providers that stay and forgets the others")
  func reload() throws {
    let site = ScriptedSite { _ in ProviderCredentialsTests.token }
    let server = try TestServer(handler: site)
    let bench = try Bench()
    let answers = Answers()
    let provider = ProviderCredentialsTests.vertex(ProviderCredentialsTests.account(server))
    _ = try ProviderCredentialsTests.ask(bench, provider, into: answers)
    #expect(ProviderCredentialsTests.wait(bench, answers, 1))
    try bench.credentials { $0.forget(except: [provider]) }
    #expect(try ProviderCredentialsTests.ask(bench, provider, into: answers) == 2)
    try bench.credentials { $0.forget(except: [ProviderCredentialsTests.vertex(nil)]) }
    #expect(try ProviderCredentialsTests.ask(bench, provider, into: answers) == 2)
    #expect(ProviderCredentialsTests.wait(bench, answers, 3) && site.requests.count == 2)
    try bench.stop()
    server.stop()
  }
}
