import Core
import JSON
import Testing
import Translation

@Suite("Errors in Google's format")
struct GeminiErrorTests {
  private let dialect = GeminiDialect()

  private func error(_ status: Int, _ body: String, _ retryAfter: Int? = nil) -> GatewayError {
    Array(body.utf8).withUnsafeBytes {
      dialect.error(status: status, body: $0, retryAfterSeconds: retryAfter, provider: "P", secrets: [])
    }
  }

  @Test(
    "Google's errors have the kind of their status, but for what is the gateway's own affair",
    arguments: [
      (400, #"{"code":400,"message":"Bad","status":"INVALID_ARGUMENT"}"#, ErrorKind.providerRejected),
      (
        400,
        #"{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}"#,
        .providerFailed
      ),
      (
        400, #"{"code":400,"message":"User location is not supported","status":"FAILED_PRECONDITION"}"#, .providerFailed
      ),
      (
        400,
        #"{"code":400,"message":"The input token count (5) exceeds the maximum number of tokens allowed (4).","status":"INVALID_ARGUMENT"}"#,
        .contextLengthExceeded
      ),
      (403, #"{"code":403,"message":"Denied","status":"PERMISSION_DENIED"}"#, .providerFailed),
      (429, #"{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}"#, .rateLimited),
      (503, #"{"code":503,"message":"Busy","status":"UNAVAILABLE"}"#, .providerOverloaded),
      (504, #"{"code":504,"message":"Late","status":"DEADLINE_EXCEEDED"}"#, .timedOut),
    ])
  func kinds(_ row: (status: Int, error: String, kind: ErrorKind)) throws {
    #expect(error(row.status, #"{"error":\#(row.error)}"#).kind == row.kind)
    // The same within a stream, which answers with an array in some versions.
    #expect(error(row.status, #"[{"error":\#(row.error)}]"#).kind == row.kind)
    var streamed: ErrorKind?
    let decoder = dialect.streamDecoder(AnswerContext(id: "g", created: 1), eventBytes: 1 << 20)
    try Array("data: {\"error\":\(row.error)}\n\n".utf8).withUnsafeBytes {
      try decoder.feed($0) { if case .failure(let error) = $0.happening { streamed = error.kind } }
    }
    #expect(streamed == row.kind)
  }

  @Test("How long to wait stands in the body where no header says it")
  func retryDelay() {
    let body =
      #"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"17.2s"}]}}"#
    #expect(error(429, body).retryAfterSeconds == 18 && error(429, body, 3).retryAfterSeconds == 3)
    #expect(error(429, body.replacing("17.2s", with: "1e300s")).retryAfterSeconds == 86_400)
    #expect(error(429, body.replacing("17.2s", with: "-1s")).retryAfterSeconds == nil)
    #expect(error(502, "<html>").kind == .providerFailed)
  }

  @Test("Every kind of error has a word of Google's", arguments: ErrorKind.allCases)
  func words(_ kind: ErrorKind) throws {
    var error = GatewayError(kind, "m", origin: .gateway, metadata: [MetadataField("n", .list([.integer(1)]))])
    error.retryAfterSeconds = 5
    let body = try JSONValue.parse(GeminiCaller().errorBody(error, requestID: "req_1"))["error"]
    #expect(body?["code"]?.integerValue == Int64(kind.status) && body?["message"]?.stringValue == "m")
    #expect(body?["status"]?.stringValue?.allSatisfy { $0.isUppercase || $0 == "_" } == true)
    let details = try #require(body?["details"]?.arrayValue)
    #expect(details[0]["metadata"]?["n"]?.stringValue == "[1]")
    #expect(details.contains { $0["retryDelay"]?.stringValue == "5s" })
    #expect(details.contains { $0["requestId"]?.stringValue == "req_1" })
  }

  @Test("A wrong field is told in Google's form, too")
  func badRequest() throws {
    let body = GeminiCaller().errorBody(.field("contents", "missing"), requestID: nil)
    let violation = try JSONValue.parse(body)["error"]?["details"]?[1]?["fieldViolations"]?[0]
    #expect(violation?["field"]?.stringValue == "contents" && violation?["description"]?.stringValue == "missing")
  }
}
