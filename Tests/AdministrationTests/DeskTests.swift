import Core
import JSON
import Ledger
import Testing

@testable import Administration

@Suite("The administration's desk")
struct DeskTests {
  /// A sample for each row of the table: its path behind `/v1`.
  private static func sample(_ entry: RouteEntry) -> String {
    if !entry.path.hasPrefix("/v1/") { return "balance" }
    return String(entry.path.dropFirst(3)).replacing("{hash}", with: String(repeating: "0", count: 64))
      .replacing("{id}", with: "default").replacing("{interval}", with: "daily")
  }

  @Test(
    "Who may use a route is what its row in the table says, whatever else is wrong",
    arguments: AdministrationRoute.entries)
  func roles(_ entry: RouteEntry) throws {
    try DeskRig.with { rig in
      let user = try rig.makeKey(#"{"name": "u"}"#).caller
      let method = try #require(AdministrationMethod(rawValue: entry.method))
      let path = DeskTests.sample(entry)
      for (caller, refusal) in [
        (AdministrationCaller.anonymous, entry.access == .management ? ErrorKind.unauthenticated : nil),
        (user, entry.access == .management ? .forbidden : nil), (DeskRig.manager, nil),
      ] {
        let kind = rig.failure(method, path, "", as: caller)?.kind
        if let refusal {
          #expect(kind == refusal)
        } else {
          #expect(kind != .unauthenticated && kind != .forbidden)
        }
      }
    }
  }

  @Test("A method that a route does not answer is a 405 that says which it does")
  func methods() throws {
    try DeskRig.with { rig in
      for entry in AdministrationRoute.entries {
        let path = DeskTests.sample(entry)
        let answered = try #require(DeskRig.route(path)).methods
        for method in AdministrationMethod.allCases where !answered.contains(method) {
          let error = rig.failure(method, path)
          #expect(error?.kind == .methodNotAllowed)
          #expect(error?.message.contains(answered[0].rawValue) == true)
        }
      }
    }
  }

  @Test(
    "What is wrong in a request is a 400 that names it",
    arguments: [
      (.post, "/keys", "{}", [], "name"), (.post, "/keys", #"{"name": "n", "limit": -1}"#, [], "limit"),
      (.post, "/keys", #"{"name": "n", "name": "m"}"#, [], "name"),
      (.post, "/keys", #"{"name": "n", "workspace_id": "nowhere"}"#, [], "workspace_id"),
      (.post, "/keys", #"{"name": "n", "workspace_id": null}"#, [], "workspace_id"),
      (.post, "/keys", #"{"name": "n", "include_byok_in_limit": 1}"#, [], "include_byok_in_limit"),
      (.post, "/keys", #"{"name": "n", "creator_user_id": 7}"#, [], "creator_user_id"),
      (.patch, "/keys/KEY", #"{"disabled": null}"#, [], "disabled"),
      (.patch, "/keys/KEY", #"{"name": ""}"#, [], "name"),
      (.patch, "/keys/KEY", #"{"limit_reset": "hourly"}"#, [], "limit_reset"),
      (.get, "/keys", "", [("offset", "-1")], "offset"), (.get, "/keys", "", [("limit", "101")], "limit"),
      (.get, "/keys", "", [("include_disabled", "yes")], "include_disabled"),
      (.get, "/keys", "", [("offset", "1"), ("offset", "2")], "offset"),
      (.post, "/credits", #"{"note": "n"}"#, [], "amount"), (.post, "/credits", #"{"amount": 5}"#, [], "note"),
      (.post, "/credits", #"{"amount": 0, "note": "n"}"#, [], "amount"),
      (.post, "/credits", #"{"amount": "5", "note": "n"}"#, [], "amount"),
      (.post, "/credits", #"{"amount": 1e-13, "note": "n"}"#, [], "amount"),
      (.post, "/credits", #"{"amount": 1e12, "note": "n"}"#, [], "amount"),
      (.get, "/activity", "", [("date", "yesterday")], "date"),
      (.get, "/activity", "", [("date", "2026-11-21")], "date"),
      (.get, "/activity", "", [("date", "2026-10-20")], "date"),
      (.get, "/activity", "", [("api_key_hash", "abc")], "api_key_hash"),
      (.get, "/activity", "", [("group_by", "model")], "group_by"), (.get, "/generation", "", [], "id"),
      (.post, "/auth/keys/code", "{}", [], "callback_url"),
      (.post, "/auth/keys/code", #"{"callback_url": "http://a.example/"}"#, [], "callback_url"),
      (
        .post, "/auth/keys/code", #"{"callback_url": "https://a.example", "code_challenge_method": "S256"}"#, [],
        "code_challenge"
      ),
      (
        .post, "/auth/keys/code",
        #"{"callback_url": "https://a.example", "code_challenge": "c", "code_challenge_method": "md5"}"#, [],
        "code_challenge_method"
      ),
      (
        .post, "/auth/keys/code", #"{"callback_url": "https://a.example", "usage_limit_type": "hourly"}"#, [],
        "usage_limit_type"
      ),
      (
        .post, "/auth/keys/code", #"{"callback_url": "https://a.example", "workspace_id": "nowhere"}"#, [],
        "workspace_id"
      ),
      (.post, "/auth/keys", "{}", [], "code"),
      (.post, "/auth/keys", #"{"code": "c", "code_challenge_method": "md5"}"#, [], "code_challenge_method"),
      (.post, "/workspaces", #"{"name": "n"}"#, [], "slug"), (.post, "/workspaces", #"{"slug": "s"}"#, [], "name"),
      (.post, "/workspaces", #"{"name": "n", "slug": "Not A Slug"}"#, [], "slug"),
      (.patch, "/workspaces/default", #"{"slug": "-"}"#, [], "slug"),
      (.patch, "/workspaces/default", #"{"name": null}"#, [], "name"),
      (.patch, "/workspaces/default", #"{"description": 1}"#, [], "description"),
      (.get, "/workspaces", "", [("limit", "0")], "limit"),
      (.get, "/workspaces/default/members", "", [("offset", "x")], "offset"),
      (.post, "/workspaces/default/members/add", "{}", [], "user_ids"),
      (.post, "/workspaces/default/members/add", #"{"user_ids": []}"#, [], "user_ids"),
      (.post, "/workspaces/default/members/remove", #"{"user_ids": [1]}"#, [], "user_ids"),
      (.put, "/workspaces/default/budgets/daily", "{}", [], "limit_usd"),
      (.put, "/workspaces/default/budgets/daily", #"{"limit_usd": 0}"#, [], "limit_usd"),
      (.put, "/workspaces/default/budgets/yearly", #"{"limit_usd": 1}"#, [], "interval"),
      (.get, "/workspaces/default/budgets/yearly", "", [], "interval"),
    ] as [(AdministrationMethod, String, String, [(String, String)], String)])
  func wrong(
    method: AdministrationMethod, path: String, body: String, query: [(String, String)], field: String
  ) throws {
    try DeskRig.with { rig in
      let hash = try rig.makeKey(#"{"name": "k"}"#).hash
      let before = rig.adoptions
      let error = try #require(rig.failure(method, path.replacing("KEY", with: hash), body, query: query))
      #expect(error.kind == .invalidRequest)
      guard case .text(let named)? = error.metadata.first(where: { $0.name == "field" })?.value else {
        Issue.record("no field is named: \(error.message)")
        return
      }
      #expect(named == field)
      #expect(error.message.contains(field))
      #expect(rig.adoptions == before, "nothing has changed")
    }
  }

  @Test("A body that is no JSON, no object or too large is refused", arguments: ["", "{", "[]", "1", "{} {}"])
  func bodies(body: String) throws {
    try DeskRig.with { rig in
      for (method, path) in [(AdministrationMethod.post, "/keys"), (.post, "/credits"), (.post, "/auth/keys")] {
        #expect(rig.failure(method, path, body)?.kind == .invalidRequest)
      }
      #expect(rig.failure(.post, "/keys", String(repeating: " ", count: 1_048_577))?.kind == .payloadTooLarge)
    }
  }

  @Test("What is not there is a 404")
  func missing() throws {
    try DeskRig.with { rig in
      let zeros = String(repeating: "0", count: 64)
      for (method, path, body) in [
        (AdministrationMethod.get, "/keys/\(zeros)", ""), (.patch, "/keys/\(zeros)", "{}"),
        (.delete, "/keys/\(zeros)", ""), (.get, "/keys/short", ""), (.get, "/workspaces/nowhere", ""),
        (.patch, "/workspaces/nowhere", "{}"), (.delete, "/workspaces/nowhere", ""),
        (.get, "/workspaces/nowhere/members", ""),
        (.post, "/workspaces/nowhere/members/add", #"{"user_ids": ["u"]}"#),
        (.post, "/workspaces/nowhere/members/remove", #"{"user_ids": ["u"]}"#),
        (.get, "/workspaces/nowhere/budgets", ""), (.get, "/workspaces/default/budgets/daily", ""),
        (.put, "/workspaces/nowhere/budgets/daily", #"{"limit_usd": 1}"#),
        (.delete, "/workspaces/nowhere/budgets/daily", ""),
      ] {
        #expect(rig.failure(method, path, body)?.kind == .notFound, "\(method) \(path)")
      }
      #expect(rig.failure(.get, "/keys", query: [("workspace_id", "nowhere")])?.kind == .notFound)
      #expect(rig.failure(.get, "/activity", query: [("workspace_id", "nowhere")])?.kind == .notFound)
      #expect(rig.failure(.get, "/activity", query: [("api_key_hash", zeros)])?.kind == .notFound)
      #expect(rig.failure(.get, "/generation", query: [("id", Identifier.generation())])?.kind == .notFound)
      let folds = rig.folds
      #expect(rig.failure(.get, "/generation", query: [("id", "gen-no")])?.kind == .notFound)
      #expect(rig.folds == folds, "what cannot be an id is not looked for")
    }
  }

  @Test("A store that does not answer is a 503 with a reason and without its path; memory answers still")
  func broken() throws {
    try DeskRig.with { rig in
      let key = try rig.makeKey(#"{"name": "k"}"#)
      let id = try rig.spend(1, as: key.caller)
      for table in ["keys", "record_segments", "workspaces", "credits", "usage_daily", "revision"] {
        try rig.meddle("ALTER TABLE \(table) RENAME TO gone_\(table)") {}
      }
      for (method, path, body) in [
        (AdministrationMethod.get, "/keys", ""), (.post, "/keys", #"{"name": "n"}"#), (.get, "/keys/\(key.hash)", ""),
        (.patch, "/keys/\(key.hash)", "{}"), (.delete, "/keys/\(key.hash)", ""),
        (.post, "/credits", #"{"amount": 1, "note": "n"}"#), (.get, "/activity", ""), (.get, "/workspaces", ""),
        (.post, "/workspaces", #"{"name": "n", "slug": "s"}"#), (.get, "/workspaces/default", ""),
        (.get, "/workspaces/default/members", ""), (.get, "/workspaces/default/budgets", ""),
        (.post, "/auth/keys", #"{"code": "c"}"#),
      ] {
        let error = try #require(rig.failure(method, path, body))
        #expect(error.kind == .unavailable, "\(method) \(path): \(error.message)")
        #expect(error.retryAfterSeconds == 5)
        #expect(!error.message.contains("p.db"))
      }
      #expect(rig.failure(.get, "/generation", query: [("id", id)], as: key.caller)?.kind == .unavailable)
      for path in ["/key", "/credits", "balance"] { #expect(throws: Never.self) { try rig.call(.get, path) } }
    }
  }

  @Test("A store that another process holds for too long is a 503, and nothing has changed")
  func busy() throws {
    try DeskRig.with { rig in
      try rig.meddle("BEGIN IMMEDIATE") {
        let error = try #require(rig.failure(.post, "/keys", #"{"name": "n"}"#))
        #expect(error.kind == .unavailable)
        #expect(error.message.contains("another process"))
        #expect(try rig.call(.get, "/keys").document["data"]?.arrayValue?.count == 0, "reading goes on")
      }
      try rig.call(.post, "/keys", #"{"name": "n"}"#)
    }
  }

  @Test("A change that is stored but not in force is not answered as done")
  func notInForce() throws {
    try DeskRig.with { rig in
      rig.refuseAdoption(.busy)
      let error = try #require(rig.failure(.post, "/keys", #"{"name": "n"}"#))
      #expect(error.kind == .unavailable)
      #expect(error.message.hasPrefix("The change is stored"))
    }
  }

  @Test("The audit log says who changed what from where")
  func audited() throws {
    try DeskRig.with { rig in
      let hash = try rig.makeKey(#"{"name": "k"}"#).hash
      try rig.call(.patch, "/keys/\(hash)", #"{"limit": 2}"#)
      try rig.call(.delete, "/keys/\(hash)")
      try rig.call(.post, "/credits", #"{"amount": 5, "note": "first"}"#)
      try rig.call(.post, "/workspaces", #"{"name": "T", "slug": "t"}"#)
      try rig.call(.patch, "/workspaces/t", #"{"name": "U"}"#)
      try rig.call(.post, "/workspaces/t/members/add", #"{"user_ids": ["u"]}"#)
      try rig.call(.post, "/workspaces/t/members/remove", #"{"user_ids": ["u"]}"#)
      try rig.call(.put, "/workspaces/t/budgets/daily", #"{"limit_usd": 1}"#)
      try rig.call(.delete, "/workspaces/t/budgets/daily")
      try rig.call(.delete, "/workspaces/t")
      let log = try rig.store.auditLog()
      #expect(
        log.map(\.action) == [
          "key.create", "key.update", "key.delete", "credits.add", "workspace.create", "workspace.update",
          "workspace.members.add", "workspace.members.remove", "workspace.budget.set", "workspace.budget.delete",
          "workspace.delete",
        ])
      #expect(log.allSatisfy { $0.actor == "key:boss from 10.0.0.3" && $0.at == DeskRig.now })
    }
  }
}
