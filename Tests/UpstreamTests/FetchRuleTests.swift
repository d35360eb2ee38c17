import Testing
import Upstream

@Suite("What is fetched for callers")
struct FetchRuleTests {
  private static func rule(_ hosts: [String]) throws -> FetchRule {
    FetchRule(hosts: try hosts.map { try HostPattern($0) }, maxBytes: 100, maxRedirects: 2)
  }

  private static func refusal(_ body: () throws(FetchRefusal) -> Void) -> FetchRefusal? {
    do throws(FetchRefusal) { try body() } catch { return error }
    return nil
  }

  private static func refusal(_ url: String, _ rule: FetchRule) -> FetchRefusal? {
    refusal { () throws(FetchRefusal) in _ = try rule.target(url) }
  }

  @Test(
    "allowed URLs are fetched as they were understood",
    arguments: [
      ("https://img.example.com/a.png", "https://img.example.com/a.png"),
      ("HTTPS://IMG.Example.com", "https://img.example.com/"),
      ("https://img.example.com:443/a", "https://img.example.com/a"),
      ("http://img.example.com:80?x=1#f", "http://img.example.com/?x=1"),
      ("https://img.example.com/a b\u{e9}\\c\"#f", "https://img.example.com/a%20b%C3%A9%5Cc%22"),
      ("https://img.example.com/%2e%2e/@x:9/..", "https://img.example.com/%2e%2e/@x:9/.."),
      ("https://a.b.cdn.example.com/", "https://a.b.cdn.example.com/"),
      ("https://odd.example.com:8443/x", "https://odd.example.com:8443/x"),
      ("https://93.184.216.34/x", "https://93.184.216.34/x"),
      ("https://[2606:4700:0:0::1111]/x", "https://[2606:4700::1111]/x"),
    ])
  func allowed(_ url: String, _ asked: String) throws {
    let rule = try FetchRuleTests.rule([
      "img.example.com", "*.cdn.example.com", "odd.example.com:8443", "93.184.216.34", "[2606:4700::1111]",
    ])
    #expect(try rule.target(url).url == asked)
  }

  @Test(
    "other hosts and ports are refused",
    arguments: [
      "https://example.com/", "https://cdn.example.com/", "https://xcdn.example.com/", "https://evil.com/",
      "https://img.example.com.evil.com/", "https://img.example.com:8443/", "https://odd.example.com/",
      "http://img.example.com:443/", "https://img.example.org", "https://1.1.1.1/",
    ])
  func otherHosts(_ url: String) throws {
    let rule = try FetchRuleTests.rule(["img.example.com", "*.cdn.example.com", "odd.example.com:8443"])
    guard case .hostNotAllowed = FetchRuleTests.refusal(url, rule) else {
      Issue.record("\(url): \(String(describing: FetchRuleTests.refusal(url, rule)))")
      return
    }
  }

  @Test(
    "what readers of URLs disagree about is refused",
    arguments: [
      ("ftp://img.example.com/", .scheme), ("file:///etc/passwd", .scheme), ("data:image/png;base64,AA", .scheme),
      ("img.example.com/a", .scheme), ("", .scheme), ("https:img.example.com", .malformed),
      ("https:/img.example.com/", .malformed), ("https:///img.example.com/", .malformedHost),
      ("https://u@img.example.com/", .userInformation), ("https://evil.com@img.example.com/", .userInformation),
      ("https://img.example.com\\@evil.com/", .userInformation),
      ("https://img.example.com\\.evil.com/", .malformedHost),
      ("https://img.example.com%2eevil.com/", .malformedHost), ("https://img.example.com./", .malformedHost),
      ("https://img..example.com/", .malformedHost), ("https://-a.example.com/", .malformedHost),
      ("https://img.example.com:/", .malformedHost), ("https://img.example.com:0/", .malformedHost),
      ("https://img.example.com:65536/", .malformedHost), ("https://img.example.com:+80/", .malformedHost),
      ("https://img.example.com:80:80/", .malformedHost), ("https://\u{212A}img.example.com/", .malformedHost),
      ("https://img.example.com\u{301}/", .malformedHost), ("https://img.example.com /", .malformedHost),
      ("https://127.1/", .malformedHost), ("https://2130706433/", .malformedHost),
      ("https://0x7f.0.0.1/", .malformedHost),
      ("https://0177.0.0.1/", .malformedHost), ("https://1.2.3.4.5/", .malformedHost),
      ("https://a.0x7f/", .malformedHost),
      ("https://[::1%25lo]/", .malformedHost), ("https://[127.0.0.1]/", .malformedHost),
      ("https://[::1/", .malformedHost),
      ("https://::1/", .malformedHost), ("https://img.example.com\r\n/", .malformed),
      ("https://img.example.com/\u{0}", .malformed),
      ("https://img.example.com/\u{7f}", .malformed),
    ] as [(String, FetchRefusal)])
  func ambiguous(_ url: String, _ refusal: FetchRefusal) throws {
    #expect(FetchRuleTests.refusal(url, try FetchRuleTests.rule(["img.example.com"])) == refusal)
  }

  @Test("a URL that is too long is refused, and any URL when no host is allowed")
  func bounds() throws {
    let long = "https://img.example.com/" + String(repeating: "a", count: FetchTarget.limit)
    #expect(FetchRuleTests.refusal(long, try FetchRuleTests.rule(["img.example.com"])) == .tooLong)
    #expect(FetchRuleTests.refusal("https://img.example.com/", try FetchRuleTests.rule([])) == .nothingAllowed)
  }

  @Test("an address in the URL is fetched from when it is listed itself, link-local ones not even then")
  func literals() throws {
    let rule = try FetchRuleTests.rule(["127.0.0.1:8080", "[::1]", "10.0.0.7", "169.254.169.254"])
    let loopbacks = [try #require(IPAddress("127.0.0.1")), try #require(IPAddress("::1"))]
    #expect(try rule.target("http://127.0.0.1:8080/").addresses == .only(loopbacks[0]))
    #expect(try rule.target("http://[0:0::1]/").addresses == .only(loopbacks[1]))
    #expect(FetchRuleTests.refusal("http://10.0.0.7/", rule) == nil)
    #expect(FetchRuleTests.refusal("http://10.0.0.8/", rule) == .hostNotAllowed("10.0.0.8"))
    #expect(FetchRuleTests.refusal("http://127.0.0.1:8081/", rule) == .hostNotAllowed("127.0.0.1"))
    #expect(FetchRuleTests.refusal("http://169.254.169.254/", rule) == .address("169.254.169.254"))
  }

  @Test("a name leads to public addresses only, also beside a listed private one")
  func addresses() throws {
    let rule = try FetchRuleTests.rule(["img.example.com", "10.0.0.7"])
    let addresses = try rule.target("https://img.example.com/").addresses
    for text in ["93.184.216.34", "2606:4700::1111"] { #expect(addresses.allows(try #require(IPAddress(text)))) }
    for text in ["10.0.0.7", "127.0.0.1", "fe80::1", "::ffff:10.0.0.7", "64:ff9b::10.0.0.1"] {
      #expect(!addresses.allows(try #require(IPAddress(text))))
    }
    let listed = try rule.target("http://10.0.0.7/").addresses
    #expect(listed.allows(try #require(IPAddress("10.0.0.7"))))
    #expect(!listed.allows(try #require(IPAddress("10.0.0.8"))))
    #expect(AddressRule.any.allows(try #require(IPAddress("127.0.0.1"))))
  }

  @Test(
    "redirects are resolved against where they come from",
    arguments: [
      ("https://img.example.com/y", "https://img.example.com/y"), ("//img.example.com/y", "https://img.example.com/y"),
      ("/y?z", "https://img.example.com/y?z"), ("y", "https://img.example.com/a/y"),
      ("?z=/", "https://img.example.com/a/b?z=/"),
      ("../y", "https://img.example.com/a/../y"), ("y:8/..", nil), ("./y:8", "https://img.example.com/a/./y:8"),
      ("", "https://img.example.com/a/b?q=/x/"), ("#f", "https://img.example.com/a/b?q=/x/"),
      ("//img.example.com:8443/y", nil), ("https://evil.com/", nil), ("//evil.com", nil),
      ("http://img.example.com/", nil),
      ("javascript:1", nil), ("\\\\evil.com/", "https://img.example.com/a/%5C%5Cevil.com/"),
      ("/\\evil.com", "https://img.example.com/%5Cevil.com"),
      ("https://127.0.0.1/", nil), ("a\nb", nil),
    ] as [(String, String?)])
  func redirects(_ location: String, _ asked: String?) throws {
    let rule = try FetchRuleTests.rule(["img.example.com", "127.0.0.1"])
    let target = try rule.target("https://img.example.com/a/b?q=/x/")
    #expect((try? rule.redirect(from: target, location: location, hop: 1))?.url == asked)
  }

  @Test("redirects are counted, and https stays https")
  func redirectRules() throws {
    let rule = try FetchRuleTests.rule(["img.example.com"])
    let secure = try rule.target("https://img.example.com/")
    let plain = try rule.target("http://img.example.com/")
    func refusal(_ target: FetchTarget, _ location: String, _ hop: Int) -> FetchRefusal? {
      FetchRuleTests.refusal { () throws(FetchRefusal) in
        _ = try rule.redirect(from: target, location: location, hop: hop)
      }
    }
    #expect(refusal(plain, "https://img.example.com/", 2) == nil)
    #expect(refusal(plain, "/x", 3) == .tooManyRedirects(2))
    #expect(refusal(secure, "http://img.example.com/", 1) == .downgrade)
    #expect(refusal(secure, "https://evil.com/", 1) == .hostNotAllowed("evil.com"))
  }

  @Test("content is refused above the limit")
  func sizes() throws {
    let rule = try FetchRuleTests.rule(["img.example.com"])
    try rule.check(bytes: 100)
    #expect(FetchRuleTests.refusal { () throws(FetchRefusal) in try rule.check(bytes: 101) } == .tooLarge(100))
  }

  @Test("refusals are the caller's errors and name the setting")
  func errors() {
    let error = FetchRefusal.hostNotAllowed("evil.com").error(setting: "fetch.hosts")
    #expect(error.kind == .invalidRequest && error.origin == .caller)
    #expect(error.message.contains("evil.com") && error.message.contains("fetch.hosts"))
    #expect(FetchRefusal.tooLarge(5).error(setting: "").kind == .payloadTooLarge)
  }

  @Test(
    "patterns that would allow too much or nothing are refused",
    arguments: [
      "", "*", "*.", "*.com", "*.*.example.com", "a*.example.com", "https://example.com", "example.com/x",
      "*.127.0.0.1",
      "exa mple.com", "b\u{fc}cher.example", "example.com:", "example.com:99999", "*.[::1]", "::1", "user@example.com",
      "example.com.",
    ])
  func patterns(_ text: String) {
    let problem = #expect(throws: HostPattern.Problem.self) { try HostPattern(text) }
    #expect(problem?.remedy.isEmpty == false)
  }
}
