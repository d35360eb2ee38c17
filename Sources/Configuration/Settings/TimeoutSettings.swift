/// How long the steps of an attempt may take. Unit: milliseconds. Range of each: 1...86,400,000.
package struct TimeoutSettings: Sendable, Hashable {
  /// To connect, TLS included. Default: 2,000.
  package var connectMilliseconds: Int
  /// To the first token of a stream when nothing else is left to try. Default: 60,000.
  package var firstTokenMilliseconds: Int
  /// To the first token while another endpoint or model remains. Default: 12,000.
  package var firstTokenFallbackMilliseconds: Int
  /// Between two pieces of a stream. Default: 60,000.
  package var idleMilliseconds: Int
  /// Between two pieces of a stream while a rescue is possible. Default: 25,000.
  package var idleFallbackMilliseconds: Int
  /// For the whole request. Default: 600,000.
  package var totalMilliseconds: Int

  /// Timeouts; what is left out takes the default of the contract.
  package init(
    connectMilliseconds: Int = 2000, firstTokenMilliseconds: Int = 60_000, firstTokenFallbackMilliseconds: Int = 12_000,
    idleMilliseconds: Int = 60_000, idleFallbackMilliseconds: Int = 25_000, totalMilliseconds: Int = 600_000
  ) {
    self.connectMilliseconds = connectMilliseconds
    self.firstTokenMilliseconds = firstTokenMilliseconds
    self.firstTokenFallbackMilliseconds = firstTokenFallbackMilliseconds
    self.idleMilliseconds = idleMilliseconds
    self.idleFallbackMilliseconds = idleFallbackMilliseconds
    self.totalMilliseconds = totalMilliseconds
  }
}
