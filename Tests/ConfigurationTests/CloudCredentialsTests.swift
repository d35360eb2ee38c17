import Configuration
import Core
import Credentials
import TestSupport
import Testing

@Suite("Credentials that are made anew for every request")
struct CloudCredentialsTests {
  static let bedrock = "slug: aws, dialect: bedrock, base_url: \"https://bedrock-runtime.us-east-1.amazonaws.com\""
  static let vertex = "slug: v, dialect: vertex, base_url: \"https://us-central1-aiplatform.googleapis.com/v1\""
  static let key = "access_key_id: AKIDEXAMPLE, secret_access_key: wJalrXUtnFEMI"

  private static func provider(
    _ text: String, environment: [String: String] = [:], files: [String: String] = [:]
  ) throws -> ProviderSettings {
    try #require(
      try Reading.configuration("providers: [{ \(text) }]", environment: environment, files: files).providers.first)
  }

  @Test("An AWS key signs for the region of the host, or for the one that is written")
  func aws() throws {
    let inferred = try CloudCredentialsTests.provider(
      "\(CloudCredentialsTests.bedrock), aws: { access_key_id: \"${ID}\", secret_access_key: \"${KEY}\" }",
      environment: ["ID": "AKIDEXAMPLE", "KEY": "wJalrXUtnFEMI"])
    let credentials = try AWSCredentials(
      accessKeyID: Secret("AKIDEXAMPLE"), secretAccessKey: Secret("wJalrXUtnFEMI"))
    #expect(inferred.aws == AWSSettings(credentials: credentials, region: "us-east-1") && inferred.apiKey == nil)
    let written = try CloudCredentialsTests.provider(
      "slug: aws, dialect: bedrock, base_url: \"http://127.0.0.1:9\", "
        + "aws: { \(CloudCredentialsTests.key), session_token: tok, region: eu-west-3 }")
    #expect(written.aws?.region == "eu-west-3" && written.aws?.credentials.sessionToken == Secret("tok"))
    let empty = try CloudCredentialsTests.provider(
      "\(CloudCredentialsTests.bedrock), aws: { \(CloudCredentialsTests.key), session_token: \"${T:-}\" }")
    #expect(empty.aws?.credentials.sessionToken == nil)
  }

  @Test("A service account is written out, referred to, or a file beside the configuration")
  func serviceAccount() throws {
    let text = Keys.serviceAccount()
    let referred = try CloudCredentialsTests.provider(
      "\(CloudCredentialsTests.vertex), google: { service_account: \"${ACCOUNT}\" }", environment: ["ACCOUNT": text])
    #expect(referred.google == .serviceAccount(Secret(text)))
    for (path, name) in [("/keys/a.json", "/keys/a.json"), ("a.json", "a.json")] {
      let read = try CloudCredentialsTests.provider(
        "\(CloudCredentialsTests.vertex), google: { service_account: \(name) }", files: [path: text])
      #expect(read.google == .serviceAccount(Secret(text)))
    }
    let block = text.split(separator: "\n").map { "          " + $0 }.joined(separator: "\n")
    let written = try Reading.configuration(
      "providers:\n  - { \(CloudCredentialsTests.vertex) }\n".replacing(" }\n", with: "")
        .replacing("- { ", with: "- ").replacing(", ", with: "\n    ")
        + "\n    google:\n      service_account: |\n\(block)\n")
    guard case .serviceAccount = written.providers.first?.google else {
      Issue.record("no service account was read")
      return
    }
  }

  @Test("The metadata server is asked by its usual name, or at another address")
  func metadata() throws {
    let usual = try CloudCredentialsTests.provider("\(CloudCredentialsTests.vertex), google: { metadata: true }")
    #expect(usual.google == .metadata(authority: "metadata.google.internal"))
    let other = try CloudCredentialsTests.provider(
      "\(CloudCredentialsTests.vertex), google: { metadata: true, metadata_url: \"http://127.0.0.1:81/\" }")
    #expect(other.google == .metadata(authority: "127.0.0.1:81"))
  }

  @Test(
    "What cannot be used is one problem that says what to do",
    arguments: [
      ("\(bedrock), aws: { access_key_id: AKIDEXAMPLE }", "has no 'secret_access_key'"),
      ("\(bedrock), aws: { secret_access_key: x }", "has no 'access_key_id'"),
      ("\(bedrock), aws: { access_key_id: \"${E:-}\", secret_access_key: x }", "access_key_id' is empty"),
      ("\(bedrock), aws: { access_key_id: AK, secret_access_key: x }", "has an access key id that is none"),
      ("\(bedrock), aws: { access_key_id: ASIAEXAMPLE, secret_access_key: x }", "no session token"),
      ("\(bedrock), aws: { \(key), region: US East }", "which is not a region"),
      ("\(bedrock), aws: { \(key), regoin: x }", "did you mean 'region'?"),
      ("slug: a, dialect: bedrock, base_url: \"http://h\", aws: { \(key) }", "has no 'region' | the host of base_url"),
      (
        "slug: a, base_url: \"http://bedrock-runtime.us-east-1.amazonaws.com\", aws: { \(key) }",
        "write dialect: bedrock"
      ),
      ("\(bedrock), api_key: k, aws: { \(key) }", "is given beside api_key"),
      ("\(bedrock), headers: { X-Amz-Date: x }, aws: { \(key) }", "sets 'X-Amz-Date' although there is aws"),
      ("\(bedrock), google: { metadata: true }", "write dialect: vertex"),
      ("\(vertex), api_key: k, google: { metadata: true }", "is given beside api_key"),
      ("\(vertex), google: {}", "says nothing about where tokens come from"),
      ("\(vertex), google: { metadata: false }", "says nothing about where tokens come from"),
      ("\(vertex), google: { metadata_url: \"http://h\" }", "given without metadata: true"),
      ("\(vertex), google: { metadata: true, metadata_url: \"https://h\" }", "is not http://HOST alone"),
      ("\(vertex), google: { metadata: true, metadata_url: h }", "does not begin with http://"),
      ("\(vertex), google: { service_account: \" \" }", "is empty"),
      ("\(vertex), google: { service_account: missing.json }", "cannot be read: No such file"),
      ("\(vertex), google: { service_account: '{ }' }", "has no client_email"),
      ("\(vertex), google: { service_account: '-----BEGIN PRIVATE KEY-----' }", "is a bare private key"),
    ])
  func problems(_ row: (text: String, says: String)) throws {
    let problems = Reading.problems("providers: [{ \(row.text) }]")
    #expect(problems.count == 1)
    #expect(try #require(problems.first).contains(row.says))
  }

  @Test("A damaged key is not quoted")
  func secrecy() throws {
    let text = Keys.serviceAccount().replacing("MIIEvQ", with: "XXXXXX")
    let sources = [
      "google: { service_account: \"${ACCOUNT}\" }", "google: { service_account: a.json }",
      "google: { service_account: c2VjcmV0LXNlcnZpY2UtYWNjb3VudA== }",
    ]
    for source in sources {
      let problems = Reading.problems(
        "providers: [{ \(CloudCredentialsTests.vertex), \(source) }]", environment: ["ACCOUNT": text],
        files: ["a.json": text])
      #expect(problems.count == 1)
      for problem in problems { #expect(!problem.contains("XXXXXX") && !problem.contains("c2VjcmV0")) }
    }
  }

  @Test("Every dialect can be written", arguments: Dialect.allCases)
  func dialects(_ dialect: Dialect) throws {
    let provider = try CloudCredentialsTests.provider("slug: a, dialect: \(dialect.rawValue), base_url: \"http://h\"")
    #expect(provider.dialect == dialect)
  }
}
