/// Where the gateway listens and how it ends.
package struct ServerSettings: Sendable, Hashable {
  /// `HOST:PORT`, `[IPV6]:PORT` or `:PORT`. Default: `127.0.0.1:8080`. Port 0 takes any free one.
  package var listen: String
  /// Event loops. Range: 0...1024; 0, the default, is one per processor.
  package var loops: Int
  /// What one connection may use.
  package var limits: LimitSettings
  /// How long requests in flight may take to finish after SIGTERM. Unit: seconds. Range: 0...3600. Default: 30.
  package var drainSeconds: Int
  /// Origins that browsers may call from, such as `http://localhost:3000`, or `*`. Default: none.
  package var corsOrigins: [String]

  /// Settings; what is left out takes its default.
  package init(
    listen: String = "127.0.0.1:8080", loops: Int = 0, limits: LimitSettings = LimitSettings(), drainSeconds: Int = 30,
    corsOrigins: [String] = []
  ) {
    self.listen = listen
    self.loops = loops
    self.limits = limits
    self.drainSeconds = drainSeconds
    self.corsOrigins = corsOrigins
  }
}

/// Bounds on what callers and providers may make the gateway hold or wait for.
package struct LimitSettings: Sendable, Hashable {
  /// Largest request body, also after decompression. Unit: bytes. Default: 32 MiB.
  package var bodyBytes: Int
  /// Largest request head. Unit: bytes. Default: 64 KiB.
  package var headerBytes: Int
  /// Most header fields of a request. Default: 256.
  package var headerFields: Int
  /// Largest single event of a provider's stream. Unit: bytes. Default: 16 MiB.
  package var eventBytes: Int
  /// Most connections open at once. Default: 20,000.
  package var connections: Int
  /// Memory that the process may use before it refuses requests. Unit: bytes; nil: what the machine and its limits give.
  package var memoryBytes: Int?
  /// Time for a request head to arrive. Unit: seconds. Default: 10.
  package var headerSeconds: Int
  /// Time for a request body to arrive. Unit: seconds. Default: 60.
  package var bodySeconds: Int
  /// Time a kept connection may stay without a request. Unit: seconds. Default: 75.
  package var idleSeconds: Int
  /// Time a caller may read nothing of its answer. Unit: seconds. Default: 60.
  package var writeSeconds: Int
  /// How long what has come may wait for a loop before new requests are refused. Unit: milliseconds. Default: 50.
  package var lagMilliseconds: Int

  /// Limits; what is left out takes the default of the contract.
  package init(
    bodyBytes: Int = 33_554_432, headerBytes: Int = 65_536, headerFields: Int = 256, eventBytes: Int = 16_777_216,
    connections: Int = 20_000, headerSeconds: Int = 10, bodySeconds: Int = 60, idleSeconds: Int = 75,
    writeSeconds: Int = 60, lagMilliseconds: Int = 50
  ) {
    self.bodyBytes = bodyBytes
    self.headerBytes = headerBytes
    self.headerFields = headerFields
    self.eventBytes = eventBytes
    self.connections = connections
    self.headerSeconds = headerSeconds
    self.bodySeconds = bodySeconds
    self.idleSeconds = idleSeconds
    self.writeSeconds = writeSeconds
    self.lagMilliseconds = lagMilliseconds
  }
}
