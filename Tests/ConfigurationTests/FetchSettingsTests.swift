import Configuration
import Testing
import Upstream

@Suite("privacy.fetch")
struct FetchSettingsTests {
  @Test("Nothing is fetched unless hosts are named")
  func defaults() throws {
    let rule = try Reading.configuration("{}").privacy.fetch
    #expect(rule == FetchRule() && rule.hosts.isEmpty && rule.maxBytes == 20_971_520 && rule.milliseconds == 10_000)
  }

  @Test("Hosts, size and time are read")
  func reads() throws {
    let rule = try Reading.configuration(
      "privacy: { fetch: { hosts: [img.example.com, \"*.cdn.example.com:8443\", 127.0.0.1, \"[fd00::1]:80\"], "
        + "max_bytes: 1024, timeout_ms: 5 } }"
    ).privacy.fetch
    let hosts = try ["img.example.com", "*.cdn.example.com:8443", "127.0.0.1", "[fd00::1]:80"].map {
      try HostPattern($0)
    }
    #expect(rule == FetchRule(hosts: hosts, maxBytes: 1024, milliseconds: 5))
  }

  @Test(
    "A host that allows too much or is none is refused",
    arguments: [
      ("\"*\"", "allows every host"), ("\"https://h/x\"", "is a URL"), ("\"*.com\"", "has a wildcard"),
      ("169.254.169.254", "link-local"), ("0.0.0.0", "unspecified"), ("\"[::ffff:10.0.0.1]\"", "embedded"),
    ])
  func refuses(_ row: (host: String, says: String)) throws {
    let problems = Reading.problems("privacy: { fetch: { hosts: [\(row.host)] } }")
    #expect(problems.count == 1)
    #expect(try #require(problems.first).contains("'privacy.fetch.hosts' has "))
    #expect(try #require(problems.first).contains(row.says))
  }

  @Test("Sizes and times have bounds")
  func bounds() {
    #expect(Reading.problems("privacy: { fetch: { max_bytes: 1, timeout_ms: 0 } }").count == 2)
  }
}
