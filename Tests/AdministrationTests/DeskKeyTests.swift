import Core
import JSON
import Ledger
import Testing

@testable import Administration

@Suite("Keys at the administration's desk")
struct DeskKeyTests {
  @Test("A key that is made is in force, shown once, and known by its hash")
  func creates() throws {
    try DeskRig.with { rig in
      let body =
        #"{"name": "ci", "limit": 5, "limit_reset": "daily", "expires_at": "2027-01-01T00:00:00Z", "max_concurrent": 2}"#
      let answer = try rig.call(.post, "/keys", body)
      #expect(answer.status == 201)
      let secret = try #require(answer.document["key"]?.stringValue)
      let data = try #require(answer.document["data"])
      #expect(data["hash"]?.stringValue == KeyHash(secret).hexadecimal)
      #expect(data["limit_remaining"]?.numberText == "5")
      #expect(data["workspace_id"]?.stringValue == (try rig.store.workspaces().first?.id))
      #expect(rig.adoptions == 1, "in force before the answer")
      let stored = try #require(try rig.store.key(hash: KeyHash(secret)))
      #expect(stored.limits.maxConcurrent == 2)
      #expect(rig.accounts.key(stored.number)?.budget.isLimited == true)
      let listed = try rig.call(.get, "/keys").document["data"]?.arrayValue ?? []
      #expect(listed.map { $0["name"]?.stringValue } == ["ci"])
      #expect(!String(decoding: listed[0].serialized(), as: UTF8.self).contains(secret))
    }
  }

  @Test("GET /key is right the moment a request has ended, without the store and without folding")
  func current() throws {
    try DeskRig.with { rig in
      let key = try rig.makeKey(#"{"name": "k", "limit": 5, "limit_reset": "monthly"}"#)
      try rig.spend(1_500_000_000_000, as: key.caller)
      let data = try #require(try rig.call(.get, "/key", as: key.caller).document["data"])
      #expect(data["usage"]?.numberText == "1.5")
      #expect(data["usage_daily"]?.numberText == "1.5")
      #expect(data["limit_remaining"]?.numberText == "3.5")
      #expect(data["is_free_tier"]?.boolValue == true)
      #expect(rig.folds == 0)
      #expect(
        try rig.call(.get, "/keys/\(key.hash)").document["data"]?["usage_weekly"]?.numberText == "1.5",
        "the administration says the same")
      try rig.call(.post, "/credits", #"{"amount": 9, "note": "n"}"#)
      let after = try rig.call(.get, "/key", as: key.caller).document["data"]
      #expect(after?["is_free_tier"]?.boolValue == false)
      let manager = try rig.call(.get, "/key").document["data"]
      #expect(manager?["is_management_key"]?.boolValue == true)
      #expect(manager?["limit"]?.isNull == true)
      #expect(try rig.call(.get, "/key", as: .anonymous).document["data"]?["label"]?.stringValue == "anonymous")
    }
  }

  @Test("A change leaves what is absent, clears what is null, and is in force")
  func changes() throws {
    try DeskRig.with { rig in
      let key = try rig.makeKey(#"{"name": "k", "limit": 5, "limit_reset": "daily"}"#)
      let answer = try rig.call(.patch, "/keys/\(key.hash.uppercased())", #"{"limit_reset": null, "name": "l"}"#)
      #expect(answer.status == 200)
      let data = try #require(answer.document["data"])
      #expect(data["name"]?.stringValue == "l")
      #expect(data["limit"]?.numberText == "5")
      #expect(data["limit_reset"]?.isNull == true)
      #expect(data["updated_at"]?.stringValue == "2026-11-20T17:35:48.000Z")
      try rig.call(.patch, "/keys/\(key.hash)", #"{"limit": null, "disabled": true}"#)
      #expect(rig.accounts.key(key.caller.number)?.budget.isLimited == false)
      let stored = try #require(try rig.store.key(hash: KeyHash(key.secret)))
      #expect(stored.validHashes(at: DeskRig.now).isEmpty)
    }
  }

  @Test("A deleted key is gone, and stays in the books")
  func deletes() throws {
    try DeskRig.with { rig in
      let key = try rig.makeKey(#"{"name": "k"}"#)
      try rig.spend(7, as: key.caller)
      #expect(try rig.call(.delete, "/keys/\(key.hash)").document["deleted"]?.boolValue == true)
      #expect(try #require(try rig.store.key(hash: KeyHash(key.secret))).validHashes(at: DeskRig.now).isEmpty)
      for method in [AdministrationMethod.get, .delete] {
        #expect(rig.failure(method, "/keys/\(key.hash)")?.kind == .notFound)
      }
      #expect(try rig.call(.get, "/keys").document["data"]?.arrayValue?.isEmpty == true)
      let rows = try rig.call(.get, "/activity", query: [("api_key_hash", key.hash)]).document["data"]?.arrayValue
      #expect(rows?.first?["usage"]?.numberText == "0.000000000007")
    }
  }

  @Test("The list has pages, one workspace, and disabled keys only when they are asked for")
  func lists() throws {
    try DeskRig.with { rig in
      try rig.call(.post, "/workspaces", #"{"name": "T", "slug": "t"}"#)
      for number in 1...5 { try rig.call(.post, "/keys", #"{"name": "k\#(number)"}"#) }
      try rig.call(.post, "/keys", #"{"name": "other", "workspace_id": "t"}"#)
      let off = try rig.makeKey(#"{"name": "off"}"#)
      try rig.call(.patch, "/keys/\(off.hash)", #"{"disabled": true}"#)
      func names(_ query: [(String, String)]) throws -> [String] {
        try rig.call(.get, "/keys", query: query).document["data"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
          ?? []
      }
      #expect(try names([]) == ["k1", "k2", "k3", "k4", "k5"])
      #expect(try names([("offset", "3")]) == ["k4", "k5"])
      #expect(try names([("offset", "1"), ("limit", "2")]) == ["k2", "k3"])
      #expect(try names([("offset", "9223372036854775807")]) == [])
      #expect(try names([("include_disabled", "true"), ("offset", "5")]) == ["off"])
      #expect(try names([("workspace_id", "t")]) == ["other"])
    }
  }

  @Test(
    "Keys of the configuration are listed with the limits in force, before the store's, and changed in the file only")
  func configured() throws {
    try DeskRig.with { rig in
      var key = StoredKey(
        hash: KeyHash("static"), role: .user, source: .configuration, name: "static", label: "st…", createdAt: 1)
      key.number = try rig.store.register(configured: key)
      let gone = StoredKey(
        hash: KeyHash("gone"), role: .user, source: .configuration, name: "gone", label: "go…", createdAt: 1)
      _ = try rig.store.register(configured: gone)
      key.limits = KeyLimits(limit: Money(units: 3_000_000_000_000), reset: .weekly)
      _ = rig.accounts.apply(key, time: AdmissionTime(now: DeskRig.now, second: 1))
      try rig.call(.post, "/keys", #"{"name": "stored"}"#)
      let list = try rig.call(.get, "/keys").document["data"]
      #expect(list?.arrayValue?.map { $0["name"]?.stringValue } == ["static", "stored"])
      #expect(list?[0]?["limit"]?.numberText == "3")
      #expect(list?[0]?["limit_reset"]?.stringValue == "weekly")
      #expect(
        try rig.call(.get, "/keys", query: [("offset", "1")]).document["data"]?[0]?["name"]?.stringValue == "stored")
      let path = "/keys/" + KeyHash("static").hexadecimal
      #expect(try rig.call(.get, path).document["data"]?["limit"]?.numberText == "3")
      #expect(rig.failure(.patch, path, #"{"limit": 1}"#)?.kind == .forbidden)
      #expect(rig.failure(.delete, path)?.kind == .forbidden)
      #expect(rig.failure(.get, "/keys/" + KeyHash("gone").hexadecimal)?.kind == .notFound)
    }
  }

  @Test("Management keys are no keys of this interface")
  func management() throws {
    try DeskRig.with { rig in
      let key = StoredKey(hash: KeyHash("m"), role: .management, name: "m", label: "m…", createdAt: 1)
      _ = try rig.store.insert(key, by: Administrator("cli:test", now: DeskRig.now))
      #expect(try rig.call(.get, "/keys").document["data"]?.arrayValue?.isEmpty == true)
      #expect(rig.failure(.delete, "/keys/" + KeyHash("m").hexadecimal)?.kind == .notFound)
    }
  }

  /// A code for a key, with a challenge of `the verifier` and what `more` says.
  private func code(_ rig: DeskRig, _ more: String) throws -> String {
    let body = """
      {"callback_url": "http://localhost:3000/done", "code_challenge_method": "S256", "limit": 2,
       "code_challenge": "\(AuthorizationCodes.challenge(of: "the verifier"))", "usage_limit_type": "weekly"\(more)}
      """
    let data = try rig.call(.post, "/auth/keys/code", body).document["data"]
    #expect(data?["app_id"]?.integerValue ?? 0 > 0)
    return try #require(data?["id"]?.stringValue)
  }

  @Test("A login: a code with a challenge becomes a key once, with its verifier")
  func login() throws {
    try DeskRig.with { rig in
      let given = try code(rig, #", "key_label": "laptop""#)
      let exchange = #"{"code": "\#(given)", "code_verifier": "the verifier", "code_challenge_method": "S256"}"#
      let answer = try rig.call(.post, "/auth/keys", exchange, as: .anonymous)
      #expect(answer.status == 200)
      #expect(answer.document["user_id"]?.isNull == true)
      let secret = try #require(answer.document["key"]?.stringValue)
      let key = try #require(try rig.store.key(hash: KeyHash(secret)))
      #expect(key.name == "laptop" && key.role == .user)
      #expect(key.limits.limit?.dollars == "2" && key.limits.reset == .weekly)
      #expect(rig.accounts.key(key.number) != nil, "in force")
      #expect(try rig.store.auditLog().last?.actor == "login from 10.0.0.3")
      #expect(rig.failure(.post, "/auth/keys", exchange, as: .anonymous)?.kind == .forbidden)
      let (second, third, fourth) = (try code(rig, ""), try code(rig, ""), try code(rig, ""))
      let wrong = #"{"code": "\#(second)", "code_verifier": "another"}"#
      #expect(rig.failure(.post, "/auth/keys", wrong, as: .anonymous)?.kind == .forbidden)
      let method = #"{"code": "\#(third)", "code_verifier": "the verifier", "code_challenge_method": "plain"}"#
      #expect(rig.failure(.post, "/auth/keys", method, as: .anonymous)?.kind == .invalidRequest)
      let unnamed = #"{"code": "\#(fourth)", "code_verifier": "the verifier"}"#
      let last = try rig.call(.post, "/auth/keys", unnamed, as: .anonymous).document["key"]?.stringValue ?? ""
      #expect(try rig.store.key(hash: KeyHash(last))?.name == "localhost")
    }
  }

  @Test("A code is not used up by a store that does not answer")
  func loginLater() throws {
    try DeskRig.with { rig in
      let body = #"{"callback_url": "https://a.example/cb"}"#
      let code = try rig.call(.post, "/auth/keys/code", body).document["data"]?["id"]?.stringValue ?? ""
      let exchange = #"{"code": "\#(code)"}"#
      try rig.meddle("ALTER TABLE revision RENAME TO away") {
        #expect(rig.failure(.post, "/auth/keys", exchange, as: .anonymous)?.kind == .unavailable)
      }
      try rig.meddle("ALTER TABLE away RENAME TO revision") {}
      #expect(try rig.call(.post, "/auth/keys", exchange, as: .anonymous).document["key"] != nil)
    }
  }

  @Test(
    "A code may go to an address with TLS, or to this machine",
    arguments: [
      ("https://a.example", "a.example"), ("https://A.example:8443/cb?x=1#y", "a.example"),
      ("http://localhost", "localhost"), ("http://localhost:65535/cb", "localhost"),
      ("http://127.0.0.1:3000", "127.0.0.1"),
      ("http://a.example", nil), ("http://localhost.a.example", nil), ("http://localhost:0", nil),
      ("http://localhost:65536", nil), ("http://localhost:", nil), ("https://", nil), ("https:///x", nil),
      ("https://u:p@a.example", nil), ("http://localhost@a.example", nil), ("http://localhost\\@a.example", nil),
      ("https://a.example\n", nil), ("ftp://localhost", nil), ("javascript:alert(1)", nil), ("", nil),
      ("https://ä.example", nil),
    ] as [(String, String?)])
  func callbacks(url: String, host: String?) { #expect(AuthorizationRequest.host(ofCallback: url) == host) }
}
