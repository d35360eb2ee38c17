import Commands
import Gateway
import JSON
import Testing

@Suite("patchbay routes")
struct RoutesCommandTests {
  @Test("The list has every route, for people and for machines")
  func lists() throws {
    let people = Recorder()
    #expect(RoutesCommand(RoutesOptions(), terminal: people.terminal()).run() == .success)
    let machines = Recorder()
    #expect(RoutesCommand(RoutesOptions(json: true), terminal: machines.terminal()).run() == .success)
    let rows = try #require(try JSONValue.parse(Array(machines.output.utf8)).arrayValue)
    #expect(rows.count == RouteTable.entries.count)
    #expect(people.output.split(separator: "\n").count == rows.count + 1)
    for row in rows {
      let path = try #require(row["path"]?.stringValue)
      #expect(people.output.contains(" \(path) "))
      #expect(["open", "key", "user", "management"].contains(row["access"]?.stringValue))
    }
  }

  @Test("The command line is understood")
  func parses() throws {
    #expect(try Command.parse(["routes"]) == .routes(RoutesOptions()))
    #expect(try Command.parse(["routes", "--json"]) == .routes(RoutesOptions(json: true)))
    #expect(try Command.parse(["routes", "--help"]) == .help(.routes))
  }
}
