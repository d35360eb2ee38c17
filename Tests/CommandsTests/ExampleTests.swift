import Commands
import Core
import Testing

@Suite("The example configuration")
struct ExampleTests {
  private static let path = #filePath.replacing(
    "Tests/CommandsTests/ExampleTests.swift", with: "Config/patchbay.example.yaml")

  @Test("It is valid without any variable set, and its own model resolves")
  func isValid() throws {
    let loaded = try LoadedConfiguration.load(config: ExampleTests.path, environment: [:])
    #expect(loaded.snapshot.resolve("writer")?.model.id == "house/writer")
    #expect(loaded.snapshot.resolve("claude-sonnet-4.6") != nil)
  }

  @Test("What it says in comments is valid too")
  func commentsAreValid() throws {
    let bytes = try FileContents.read(ExampleTests.path, limit: 1 << 20)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    let options = [
      "management_keys:", "keys:", "  - name:", "    key:", "    allowed_", "    zdr:", "proxy:", "http2:",
    ]
    let text = lines.map { line -> String in
      guard let mark = line.firstRange(of: "# ") else { return String(line) }
      let rest = line[mark.upperBound...]
      guard line[..<mark.lowerBound].allSatisfy({ $0 == " " }), options.contains(where: { rest.hasPrefix($0) }) else {
        return line.hasPrefix("  require_key: false") ? "  require_key: true" : String(line)
      }
      return String(line[..<mark.lowerBound] + rest)
    }
    try withFolder { folder in
      try FileContents.replace(folder + "/p.yaml", with: Array(text.joined(separator: "\n").utf8))
      let environment = ["CI_KEY": "ci-0123456789abcdef", "PATCHBAY_MANAGEMENT_KEY": "m-0123456789abcdef"]
      let configuration = try LoadedConfiguration.load(config: folder + "/p.yaml", environment: environment)
        .configuration
      #expect(configuration.access.keys.map(\.name) == ["ci"])
      #expect(configuration.access.managementKeys.count == 1)
      #expect(configuration.providers.last?.http2 == true)
      #expect(configuration.providers.last?.proxy != nil)
    }
  }
}
