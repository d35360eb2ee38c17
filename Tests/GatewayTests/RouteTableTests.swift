import Administration
import Testing
import Translation

@testable import Gateway

@Suite("Routes and who may use them")
struct RouteTableTests {
  private static func sample(_ path: String) -> String {
    path.replacing("{hash}", with: String(repeating: "a", count: 64)).replacing("{id}", with: "team")
      .replacing("{interval}", with: "daily").replacing("{author}", with: "a").replacing("{name}", with: "b")
      .replacing("{model}", with: "a/b")
  }

  @Test("Every row leads to a route that answers its method, and to nobody else", arguments: RouteTable.entries)
  func rows(_ entry: RouteEntry) throws {
    for path in [entry.path] + entry.aliases {
      let route = try #require(Route(path: RouteTableTests.sample(path)), "\(path)")
      #expect(route.access == entry.access)
      #expect(route.allows(entry.method))
      #expect(route.methods.contains(entry.method))
      #expect(route.needsKey == (entry.access != .open))
      #expect(route.takesJSON(entry.method) == ["POST", "PUT", "PATCH"].contains(entry.method))
      #expect(!route.allows("TRACE"))
    }
  }

  @Test("Every method that a route of the table answers has its row")
  func complete() {
    let rows = Dictionary(grouping: RouteTable.entries) { $0.path }
    for (path, entries) in rows {
      let route = Route(path: RouteTableTests.sample(path))
      for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        #expect((route?.allows(method) ?? false) == entries.contains { $0.method == method }, "\(method) \(path)")
      }
    }
    #expect(Set(RouteTable.entries.map { "\($0.method) \($0.path)" }).count == RouteTable.entries.count)
  }

  @Test(
    "A path of the administration leads to one route or none",
    arguments: [
      ("/v1/key", .key), ("/api/v1/keys", .keys), ("/v1/keys/", .keys), ("/v1/keys/ab", .storedKey(hash: "ab")),
      ("/v1/keys/ab/c", nil), ("/v1/credits", .credits), ("/v1/credits/x", nil), ("/v1/auth/keys", .login),
      ("/v1/auth/keys/code", .loginCode), ("/v1/auth", nil), ("/v1/auth/keys/x", nil), ("/v1/workspaces", .workspaces),
      ("/v1/workspaces/", nil), ("/v1/workspaces/a", .workspace("a")), ("/v1/workspaces/a/members", .members("a")),
      ("/v1/workspaces/a/members/add", .addMembers("a")), ("/v1/workspaces/a/members/remove", .removeMembers("a")),
      ("/v1/workspaces/a/members/x", nil), ("/v1/workspaces/a/budgets", .budgets("a")),
      ("/v1/workspaces/a/budgets/daily", .budget("a", interval: "daily")), ("/v1/workspaces/a/budgets/", nil),
      ("/v1/workspaces/a/budgets/daily/x", nil), ("/v1/workspaces//members", nil),
      ("/api/endpoints/openrouter/credits", .balance), ("/api/endpoints/openrouter/keys", nil),
      ("/api/endpoints/other/credits", nil), ("/v1/endpoints/openrouter/credits", nil), ("/v1/keysx", nil),
      ("/keys", nil), ("/v1//keys", nil), ("/v1/a/b/c/d/e/f/g/h", nil),
    ] as [(String, AdministrationRoute?)])
  func paths(path: String, route: AdministrationRoute?) {
    #expect(Route(path: path) == route.map(Route.administration))
  }

  @Test("LibreChat's addresses lead to the ordinary routes")
  func libreChat() {
    #expect(Route(path: "/api/endpoints/openrouter/models") == .models)
    #expect(Route(path: "/api/endpoints/openrouter/chat/completions") == .inference(InferenceRoute(.chat)))
  }

  @Test("Who may use what: inference user keys, the administration management keys, the catalogue everybody")
  func access() {
    #expect(Route.inference(InferenceRoute(.chat)).access == .user)
    #expect(Route.callersModels.access == .key)
    #expect(Route.models.access == .open)
    #expect(Route.administration(.keys).methods == "GET, HEAD, POST, OPTIONS")
    #expect(Route.administration(.keys).allows("HEAD"))
    #expect(!Route.administration(.login).allows("HEAD"))
  }
}
