import Administration
import Core
import JSON
import Ledger
import Testing

@Suite("Requests of the administration")
struct RequestTests {
  private func parse(_ text: String) throws -> JSONValue { try JSONValue.parse(Array(text.utf8)) }

  private var key: StoredKey {
    StoredKey(
      hash: KeyHash("k"), role: .user, name: "old", label: "l", createdAt: 1,
      limits: KeyLimits(limit: Money(units: 1), reset: .daily, maxConcurrent: 3, allowedModels: ["a/*"]))
  }

  @Test("A key is made as the request says")
  func creates() throws {
    var key = StoredKey(hash: KeyHash("k"), role: .user, name: "", label: "l", createdAt: 1)
    let body = #"""
      {"name": "ci", "limit": 2.5, "limit_reset": "weekly", "expires_at": "2026-11-20T17:35:48.123Z", "workspace_id": "w",
       "creator_user_id": "u", "requests_per_minute": 6, "allowed_models": ["a/*"], "zdr": true, "unknown": 1}
      """#
    try KeyRequest.creation(parse(body)).apply(to: &key)
    #expect(key.name == "ci")
    #expect(key.limits.limit?.dollars == "2.5")
    #expect(key.limits.reset == .weekly)
    #expect(key.expiresAt == 1_795_196_148)
    #expect(key.workspace == "w")
    #expect(key.creator == "u")
    #expect(key.limits.requestsPerMinute == 6)
    #expect(key.limits.allowedModels == ["a/*"])
    #expect(key.limits.zdr)
  }

  @Test("A change leaves what is absent and clears what is null")
  func changes() throws {
    var changed = key
    try KeyRequest.change(parse(#"{"disabled": true, "limit": null, "allowed_models": null}"#)).apply(to: &changed)
    var expected = key
    expected.disabled = true
    expected.limits.limit = nil
    expected.limits.allowedModels = nil
    #expect(changed == expected)
    try KeyRequest.change(parse("{}")).apply(to: &changed)
    #expect(changed == expected)
  }

  @Test(
    "What is wrong is a 400 that names the member",
    arguments: [
      ("{}", "name"), (#"{"name": ""}"#, "name"), (#"{"name": 1}"#, "name"), (#"{"name": null}"#, "name"),
      (#"{"name": "n", "limit": -1}"#, "limit"), (#"{"name": "n", "limit": "5"}"#, "limit"),
      (#"{"name": "n", "limit": 1e-13}"#, "limit"), (#"{"name": "n", "limit_reset": "hourly"}"#, "limit_reset"),
      (#"{"name": "n", "expires_at": "2026-11-20T17:35:48+01:00"}"#, "expires_at"),
      (#"{"name": "n", "expires_at": "2026-11-20"}"#, "expires_at"),
      (#"{"name": "n", "expires_at": "2026-02-30T00:00:00Z"}"#, "expires_at"),
      (#"{"name": "n", "max_concurrent": 0}"#, "max_concurrent"),
      (#"{"name": "n", "allowed_models": []}"#, "allowed_models"),
      (#"{"name": "n", "allowed_models": ["a", 1]}"#, "allowed_models"), (#"{"name": "n", "zdr": "yes"}"#, "zdr"),
    ])
  func refuses(body: String, member: String) throws {
    let document = try parse(body)
    let error = #expect(throws: GatewayError.self) { try KeyRequest.creation(document) }
    #expect(error?.kind == .invalidRequest)
    #expect(error?.message.hasPrefix("'\(member)'") == true)
  }

  @Test("A body that is no object is refused")
  func refusesOthers() throws {
    let document = try parse("[]")
    #expect(throws: GatewayError.self) { try KeyRequest.change(document) }
  }

  private func request() throws -> KeyRequest { try KeyRequest.creation(parse(#"{"name": "n"}"#)) }

  @Test("The challenge is the one of RFC 7636, appendix B")
  func challenge() {
    #expect(
      AuthorizationCodes.challenge(of: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
  }

  @Test("A code is exchanged once, with its verifier, within ten minutes")
  func exchanges() throws {
    let codes = AuthorizationCodes()
    let challenge = AuthorizationCodes.challenge(of: "v")
    func issue(_ challenge: String?, _ method: AuthorizationCodes.Method = .s256) throws -> String {
      codes.issue(try request(), challenge: challenge, method: method, now: 1000).reveal()
    }
    let good = try issue(challenge)
    _ = try codes.exchange(good, verifier: "v", method: .s256, now: 1599)
    #expect(throws: AuthorizationCodes.Refusal.unknown) {
      try codes.exchange(good, verifier: "v", method: nil, now: 1001)
    }
    let late = try issue(challenge)
    #expect(throws: AuthorizationCodes.Refusal.unknown) {
      try codes.exchange(late, verifier: "v", method: nil, now: 1600)
    }
    let wrong = try issue(challenge)
    #expect(throws: AuthorizationCodes.Refusal.wrongVerifier) {
      try codes.exchange(wrong, verifier: "w", method: nil, now: 1001)
    }
    #expect(throws: AuthorizationCodes.Refusal.unknown) {
      try codes.exchange(wrong, verifier: "v", method: nil, now: 1001)
    }
    let missing = try issue(challenge)
    #expect(throws: AuthorizationCodes.Refusal.wrongVerifier) {
      try codes.exchange(missing, verifier: nil, method: nil, now: 1001)
    }
    let other = try issue("v", .plain)
    #expect(throws: AuthorizationCodes.Refusal.wrongMethod) {
      try codes.exchange(other, verifier: "v", method: .s256, now: 1001)
    }
    _ = try codes.exchange(try issue("v", .plain), verifier: "v", method: nil, now: 1001)
    _ = try codes.exchange(try issue(nil), verifier: nil, method: nil, now: 1001)
  }
}
