import Core
import JSON
import Ledger
import Testing

@testable import Administration

@Suite("Books and workspaces at the administration's desk")
struct DeskBookTests {
  @Test("Credits are added and taken back, exactly, and the balance holds at once")
  func credits() throws {
    try DeskRig.with { rig in
      #expect(try rig.call(.get, "balance").document["balance"]?.isNull == true, "unlimited until credits are added")
      let added = try rig.call(.post, "/credits", #"{"amount": 10.000000000001, "note": "top-up"}"#)
      #expect(added.status == 201)
      #expect(added.document["data"]?["total_credits"]?.numberText == "10.000000000001")
      #expect(rig.accounts.account.isLimited)
      let taken = try rig.call(.post, "/credits", #"{"amount": -4e0, "note": "a correction"}"#).document["data"]
      #expect(taken?["amount"]?.numberText == "-4")
      #expect(taken?["created_by"]?.stringValue == "key:boss from 10.0.0.3")
      let key = try rig.makeKey(#"{"name": "k"}"#)
      try rig.spend(2, as: key.caller)
      let credits = try rig.call(.get, "/credits").document["data"]
      #expect(credits?["total_credits"]?.numberText == "6.000000000001")
      #expect(credits?["total_usage"]?.numberText == "0.000000000002")
      let balance = try rig.call(.get, "balance", as: key.caller).document
      #expect(balance["balance"]?.numberText == "5.999999999999")
      #expect(balance["currency"]?.stringValue == "USD")
      #expect(balance["usage"]?["total_usage"]?.numberText == "0.000000000002")
      #expect(try rig.store.credits().map(\.note) == ["top-up", "a correction"])
    }
  }

  @Test("Credits beyond what can be counted are refused")
  func tooManyCredits() throws {
    try DeskRig.with { rig in
      try rig.call(.post, "/credits", #"{"amount": 9000000, "note": "n"}"#)
      #expect(rig.failure(.post, "/credits", #"{"amount": 9000000, "note": "n"}"#)?.kind == .invalidRequest)
      #expect(try rig.call(.get, "/credits").document["data"]?["total_credits"]?.numberText == "9000000")
    }
  }

  @Test("A record is found as soon as the request has ended, by its own key and by the administration only")
  func generations() throws {
    try DeskRig.with { rig in
      let key = try rig.makeKey(#"{"name": "k"}"#)
      let other = try rig.makeKey(#"{"name": "o"}"#)
      let id = try rig.spend(21_000_000, as: key.caller)
      let data = try #require(
        try rig.call(.get, "/generation", query: [("id", id)], as: key.caller).document["data"])
      #expect(data["id"]?.stringValue == id)
      #expect(data["total_cost"]?.numberText == "0.000021")
      #expect(rig.folds == 1)
      try rig.call(.get, "/generation", query: [("id", id)])
      #expect(rig.folds == 1, "what is in the store is not looked for in the journals")
      for stranger in [other.caller, .anonymous] {
        #expect(rig.failure(.get, "/generation", query: [("id", id)], as: stranger)?.kind == .notFound)
      }
      let open = try rig.spend(1, as: .anonymous)
      try rig.call(.get, "/generation", query: [("id", open)], as: .anonymous)
    }
  }

  @Test("Activity has today's requests too, by day, model and endpoint, and filters by day, key, user and workspace")
  func activity() throws {
    try DeskRig.with { rig in
      let team =
        try rig.call(.post, "/workspaces", #"{"name": "T", "slug": "t"}"#).document["data"]?["id"]?.stringValue ?? ""
      let ann = try rig.makeKey(#"{"name": "a", "creator_user_id": "ann"}"#)
      let bob = try rig.makeKey(#"{"name": "b", "creator_user_id": "bob"}"#)
      let annToo = try rig.makeKey(#"{"name": "c", "creator_user_id": "ann"}"#)
      try rig.spend(1, as: ann.caller, workspace: "w")
      try rig.spend(2, as: bob.caller, workspace: team)
      try rig.spend(4, as: annToo.caller, workspace: "w")
      try rig.spend(8, as: ann.caller, model: "c/d", day: DeskRig.today - 30, workspace: "w")
      try rig.spend(16, as: ann.caller, day: DeskRig.today - 31, workspace: "w")
      func costs(_ query: [(String, String)]) throws -> [String] {
        let rows = try rig.call(.get, "/activity", query: query).document["data"]?.arrayValue ?? []
        return rows.map { row in
          let cost = row["usage"]?.numberText?.drop { $0 == "0" || $0 == "." } ?? ""
          return "\(row["date"]?.stringValue?.suffix(5) ?? "") \(row["model"]?.stringValue ?? "") \(cost)"
        }
      }
      #expect(try costs([]) == ["11-20 a/b 7", "10-21 c/d 8"])
      #expect(try costs([("date", "2026-10-21")]) == ["10-21 c/d 8"])
      #expect(try costs([("api_key_hash", bob.hash)]) == ["11-20 a/b 2"])
      #expect(try costs([("user_id", "ann")]) == ["11-20 a/b 5", "10-21 c/d 8"])
      #expect(try costs([("user_id", "nobody")]) == [])
      #expect(try costs([("workspace_id", "t")]) == ["11-20 a/b 2"])
      let grouped = try rig.call(.get, "/activity", query: [("group_by", "workspace")]).document["data"]?.arrayValue
      #expect(grouped?.count == 3)
      #expect(grouped?.contains { $0["workspace_id"]?.stringValue == team } == true)
      let row = try rig.call(.get, "/activity", query: [("user_id", "ann")]).document["data"]?[0]
      #expect(row?["requests"]?.integerValue == 2)
      #expect(row?["prompt_tokens"]?.integerValue == 20)
      #expect(row?["endpoint_id"]?.stringValue == "p/fp8")
    }
  }

  @Test("A workspace is made, found by id and slug, changed and deleted")
  func workspaces() throws {
    try DeskRig.with { rig in
      let made = try rig.call(.post, "/workspaces", #"{"name": "Team", "slug": "team", "description": "d"}"#)
      #expect(made.status == 201)
      let id = try #require(made.document["data"]?["id"]?.stringValue)
      #expect(try rig.call(.get, "/workspaces/\(id)").document["data"]?["slug"]?.stringValue == "team")
      #expect(try rig.call(.get, "/workspaces/team").document["data"]?["id"]?.stringValue == id)
      let changed = try rig.call(.patch, "/workspaces/team", #"{"slug": "crew", "description": null}"#).document["data"]
      #expect(changed?["name"]?.stringValue == "Team")
      #expect(changed?["slug"]?.stringValue == "crew")
      #expect(changed?["description"]?.isNull == true)
      #expect(changed?["updated_at"]?.isNull == false)
      let list = try rig.call(.get, "/workspaces", query: [("limit", "1")]).document
      #expect(list["total_count"]?.integerValue == 2)
      #expect(list["data"]?.arrayValue?.map { $0["slug"]?.stringValue } == ["default"])
      for (method, path) in [(AdministrationMethod.post, "/workspaces"), (.patch, "/workspaces/crew")] {
        let error = rig.failure(method, path, #"{"name": "n", "slug": "default"}"#)
        #expect(error?.kind == .conflict && error?.kind.status == 409)
      }
      let key = try rig.makeKey(#"{"name": "k", "workspace_id": "\#(id)"}"#)
      #expect(rig.failure(.delete, "/workspaces/crew")?.kind == .invalidRequest, "it has a key")
      try rig.call(.delete, "/keys/\(key.hash)")
      #expect(try rig.call(.delete, "/workspaces/crew").document["deleted"]?.boolValue == true)
      #expect(rig.failure(.get, "/workspaces/crew")?.kind == .notFound)
      #expect(rig.failure(.delete, "/workspaces/default")?.kind == .invalidRequest)
    }
  }

  @Test("Members come and go, each once")
  func members() throws {
    try DeskRig.with { rig in
      let added = try rig.call(
        .post, "/workspaces/default/members/add", #"{"user_ids": ["ann", "bob", "ann"]}"#
      ).document
      #expect(added["added_count"]?.integerValue == 2)
      #expect(added["data"]?[0]?["role"]?.stringValue == "member")
      let page = try rig.call(.get, "/workspaces/default/members", query: [("offset", "1")]).document
      #expect(page["data"]?.arrayValue?.map { $0["user_id"]?.stringValue } == ["bob"])
      #expect(page["total_count"]?.integerValue == 2)
      let removed = try rig.call(.post, "/workspaces/default/members/remove", #"{"user_ids": ["ann", "eve"]}"#).document
      #expect(removed["removed_count"]?.integerValue == 1)
      let many = (0...100).map { "\"u\($0)\"" }.joined(separator: ",")
      #expect(
        rig.failure(.post, "/workspaces/default/members/add", "{\"user_ids\": [\(many)]}")?.kind == .invalidRequest)
    }
  }

  @Test("A budget is in force when it is answered, and must fit to the others")
  func budgets() throws {
    try DeskRig.with { rig in
      let path = "/workspaces/default/budgets"
      let set = try rig.call(.put, path + "/monthly", #"{"limit_usd": 100, "include_byok_in_budgets": true}"#)
      #expect(set.status == 200)
      let id = try #require(set.document["data"]?["workspace_id"]?.stringValue)
      #expect(set.document["include_byok_in_budgets"]?.boolValue == false)
      #expect(
        rig.accounts.workspace(id, today: DeskRig.today)?.limits
          == [SpendingLimit(Money(units: 100_000_000_000_000), reset: .monthly)])
      try rig.call(.put, path + "/daily", #"{"limit_usd": 5}"#)
      let conflict = rig.failure(.put, path + "/weekly", #"{"limit_usd": 5}"#)
      #expect(conflict?.kind == .invalidRequest)
      #expect(conflict?.message.contains("'limit_usd'") == true)
      #expect(conflict?.message.contains("less than the weekly") == true)
      try rig.call(.put, path + "/lifetime", #"{"limit_usd": 1000}"#)
      let list = try rig.call(.get, path).document["data"]?.arrayValue ?? []
      #expect(list.map { $0["reset_interval"]?.stringValue } == ["daily", "monthly", nil])
      #expect(try rig.call(.get, path + "/daily").document["data"]?["limit_usd"]?.numberText == "5")
      for _ in 1...2 { #expect(try rig.call(.delete, path + "/daily").document["deleted"]?.boolValue == true) }
      #expect(rig.failure(.get, path + "/daily")?.kind == .notFound)
      #expect(rig.accounts.workspace(id, today: DeskRig.today)?.limits.count == 2)
    }
  }
}
