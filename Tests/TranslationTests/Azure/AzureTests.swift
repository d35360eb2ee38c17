import Core
import Testing
import Translation

@Suite("Azure's addresses, key and errors")
struct AzureTests {
  @Test(
    "A chat's address follows the form of base_url",
    arguments: [
      ("https://n.openai.azure.com/openai/v1", nil, "/chat/completions"),
      ("https://n.openai.azure.com/openai/v1", "preview", "/chat/completions?api-version=preview"),
      (
        "https://n.openai.azure.com", nil,
        "/openai/deployments/my%20gpt%2F4/chat/completions?api-version=\(AzureDialect.defaultVersion)"
      ),
      (
        "https://n.openai.azure.com/openai", "2025-04-01-preview",
        "/deployments/my%20gpt%2F4/chat/completions?api-version=2025-04-01-preview"
      ),
    ] as [(String, String?, String)])
  func paths(_ row: (base: String, version: String?, path: String)) {
    let dialect = AzureDialect(baseURL: row.base, version: row.version)
    #expect(dialect.path(.chat, model: "my gpt/4", isStream: false) == row.path)
  }

  @Test("Embeddings have their deployment too")
  func embeddings() {
    let dialect = AzureDialect(baseURL: "https://n.openai.azure.com", version: "v")
    #expect(dialect.path(.embedding, model: "e", isStream: false) == "/openai/deployments/e/embeddings?api-version=v")
  }

  @Test("The key has a field of its own")
  func key() {
    let dialect = AzureDialect(baseURL: "https://n.openai.azure.com/openai/v1")
    #expect(dialect.authorization(Secret("k")) == HeaderField("api-key", "k"))
  }

  private func error(_ status: Int, _ body: String, _ dialect: any ProviderDialect) -> GatewayError {
    Array(body.utf8).withUnsafeBytes {
      dialect.error(status: status, body: $0, retryAfterSeconds: nil, provider: "Azure", secrets: [])
    }
  }

  @Test(
    "What the content filter refuses is moderation, with what it found",
    arguments: [
      (
        #"{"error":{"message":"filtered","code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true},"sexual":{"filtered":false},"jailbreak":{"detected":true}}}}}"#,
        ["hate", "jailbreak"]
      ), (#"{"error":{"message":"filtered","code":"content_filter"}}"#, ["content_filter"]),
    ])
  func moderation(_ row: (body: String, reasons: [String])) {
    for dialect in [AzureDialect(baseURL: "https://n/openai/v1") as any ProviderDialect, ResponsesDialect()] {
      let error = error(400, row.body, dialect)
      #expect(error.kind == .moderated && error.message == "filtered")
      guard case .list(let reasons)? = error.metadata.first(where: { $0.name == "reasons" })?.value else {
        Issue.record("no reasons")
        continue
      }
      #expect(reasons.map { if case .text(let text) = $0 { text } else { "" } } == row.reasons)
      guard case .integer(400)? = error.metadata.first(where: { $0.name == "provider_status" })?.value else {
        Issue.record("another status")
        continue
      }
    }
  }

  @Test("Other errors are OpenAI's")
  func others() {
    let dialect = AzureDialect(baseURL: "https://n/openai/v1")
    #expect(error(400, #"{"error":{"message":"m","code":"x"}}"#, dialect).kind == .providerRejected)
    #expect(error(429, #"{"error":{"message":"m","code":"429"}}"#, dialect).kind == .rateLimited)
    #expect(error(404, #"{"error":{"code":"DeploymentNotFound","message":"m"}}"#, dialect).kind == .providerFailed)
  }
}
