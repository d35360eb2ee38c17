import Upstream

extension FetchRule {
  /// The keys of `privacy.fetch`.
  static let keys = ["hosts", "max_bytes", "timeout_ms"]

  /// Reads `privacy.fetch`.
  init(reading section: Section) {
    let hosts = (section.texts("hosts") ?? []).compactMap { FetchRule.pattern($0, section) }
    self.init(hosts: hosts)
    maxBytes = section.integer("max_bytes", in: 1024...268_435_456) ?? maxBytes
    milliseconds = section.integer("timeout_ms", in: 1...600_000).map(Int64.init) ?? milliseconds
  }

  private static func pattern(_ text: String, _ section: Section) -> HostPattern? {
    do throws(HostPattern.Problem) {
      let pattern = try HostPattern(text)
      if let reach = pattern.literal?.reach, !reach.mayBeListed {
        section.report(
          "hosts", "has '\(text.prefix(60))', an address that nothing is fetched from (\(reach.rawValue))",
          "name a host, or a public, private or loopback address")
        return nil
      }
      return pattern
    } catch {
      section.report("hosts", "has '\(text.prefix(60))', which \(error.message)", error.remedy)
      return nil
    }
  }
}
