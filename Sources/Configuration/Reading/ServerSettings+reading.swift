extension ServerSettings {
  /// The keys of `server` that are read.
  static let keys = ["listen", "loops", "limits", "drain_seconds", "cors_origins"]

  /// Reads `server`.
  init(reading section: Section) {
    self.init()
    if let listen = section.text("listen") {
      do {
        _ = try ListenAddress(listen)
        self.listen = listen
      } catch {
        section.report("listen", error.message, error.remedy)
      }
    }
    loops = section.integer("loops", in: 0...1024) ?? loops
    limits = LimitSettings(reading: section.section("limits", keys: LimitSettings.keys))
    drainSeconds = section.integer("drain_seconds", in: 0...3600) ?? drainSeconds
    corsOrigins = section.texts("cors_origins") ?? corsOrigins
    for origin in corsOrigins where origin != "*" && !ServerSettings.isOrigin(origin) {
      section.report(
        "cors_origins", "has '\(origin)', which is not an origin",
        "write scheme, host and port without a path, such as http://localhost:3000, or \"*\"")
    }
  }

  private static func isOrigin(_ text: String) -> Bool {
    guard let separator = text.firstRange(of: "://") else { return false }
    let scheme = text[..<separator.lowerBound]
    let rest = text[separator.upperBound...]
    let isWord = scheme.utf8.allSatisfy { ($0 | 32 >= 97 && $0 | 32 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 }
    return !scheme.isEmpty && isWord && !rest.isEmpty
      && rest.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "@") }
  }
}

extension LimitSettings {
  /// The keys of `server.limits`.
  static let keys = [
    "body_bytes", "header_bytes", "header_fields", "event_bytes", "connections", "memory_bytes", "header_seconds",
    "body_seconds", "idle_seconds", "write_seconds", "lag_ms",
  ]

  /// Reads `server.limits`.
  init(reading section: Section) {
    self.init()
    bodyBytes = section.integer("body_bytes", in: 1024...1_073_741_824) ?? bodyBytes
    headerBytes = section.integer("header_bytes", in: 1024...1_048_576) ?? headerBytes
    headerFields = section.integer("header_fields", in: 8...4096) ?? headerFields
    eventBytes = section.integer("event_bytes", in: 1024...268_435_456) ?? eventBytes
    connections = section.integer("connections", in: 1...1_000_000) ?? connections
    memoryBytes = section.integer("memory_bytes", in: 33_554_432...(1 << 50))
    headerSeconds = section.integer("header_seconds", in: 1...3600) ?? headerSeconds
    bodySeconds = section.integer("body_seconds", in: 1...3600) ?? bodySeconds
    idleSeconds = section.integer("idle_seconds", in: 1...3600) ?? idleSeconds
    writeSeconds = section.integer("write_seconds", in: 1...3600) ?? writeSeconds
    lagMilliseconds = section.integer("lag_ms", in: 1...600_000) ?? lagMilliseconds
  }
}
