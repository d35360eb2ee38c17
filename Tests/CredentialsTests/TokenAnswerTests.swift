import Core
import Credentials
import Testing

@Suite("Answers of token servers")
struct TokenAnswerTests {
  private func read(_ body: String, status: Int = 200, retryAfter: Int64? = nil) -> Result<IssuedToken, TokenFailure> {
    TokenAnswer.read(status: status, body: Array(body.utf8), retryAfterSeconds: retryAfter)
  }

  private func refusal(_ body: String, status: Int = 200) -> TokenFailure? {
    guard case .failure(let failure) = read(body, status: status) else { return nil }
    return failure
  }

  @Test("a token is read with its lifetime, which is believed up to a day")
  func reads() throws {
    let token = try read(#"{"access_token":"ya29.abc..","expires_in":3599,"token_type":"Bearer"}"#).get()
    #expect(token == IssuedToken(value: Secret("ya29.abc.."), lifetimeSeconds: 3599))
    #expect(
      try read(#"{"access_token":"t","expires_in":1e9,"token_type":"bearer","x":1}"#).get().lifetimeSeconds == 86_400)
    #expect(!"\(token)".contains("ya29"))
  }

  @Test(
    "an answer without a usable token is a passing failure",
    arguments: [
      "", "{}", "[]", "nonsense", #"{"access_token":"t"}"#, #"{"access_token":"t","expires_in":0}"#,
      #"{"access_token":"t","expires_in":-5}"#, #"{"access_token":"","expires_in":5}"#,
      #"{"access_token":"a b","expires_in":5}"#, #"{"access_token":"a\r\nx: y","expires_in":5}"#,
      #"{"access_token":"t","expires_in":5,"token_type":"mac"}"#, #"{"id_token":"t","expires_in":5}"#,
      #"{"access_token":"t","expires_in":99999999999999999999}"#,
    ])
  func odd(_ body: String) throws {
    let failure = try #require(refusal(body))
    #expect(!failure.isLasting && failure.error.kind == .providerFailed && failure.error.resend == .safe)
  }

  @Test("a token or an answer that is too long is refused")
  func long() {
    let token = String(repeating: "a", count: 16_385)
    #expect(refusal(#"{"access_token":"\#(token)","expires_in":5}"#) != nil)
    let padding = String(repeating: " ", count: TokenAnswer.limit)
    #expect(refusal(#"{"access_token":"t","expires_in":5}\#(padding)"#) != nil)
  }

  @Test(
    "4xx says that the credentials are wrong, except for those that ask to come again",
    arguments: [
      (400, true), (401, true), (403, true), (404, true), (408, false), (429, false), (500, false), (503, false),
      (302, false),
    ])
  func statuses(_ status: Int, _ isLasting: Bool) throws {
    let failure = try #require(refusal("", status: status))
    #expect(failure.isLasting == isLasting)
    #expect(failure.error.context?.contains("\(status)") == true)
  }

  @Test("the server's words go to the log, not to the caller, and nothing as long as a key does")
  func words() throws {
    let text = #"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#
    let failure = try #require(refusal(text, status: 400))
    #expect(failure.error.context == "status 400: invalid_grant: Invalid JWT Signature.")
    #expect(!failure.error.message.contains("invalid_grant"))
    let key = String(repeating: "k", count: 90)
    let echoing = try #require(refusal(#"{"error":"bad","error_description":"no \#(key) here"}"#, status: 400))
    #expect(echoing.error.context == "status 400: bad")
  }

  @Test("what the server asks to wait is kept")
  func waits() {
    guard case .failure(let failure) = read("", status: 503, retryAfter: 7) else {
      Issue.record("accepted")
      return
    }
    #expect(failure.retryAfterSeconds == 7)
  }
}
