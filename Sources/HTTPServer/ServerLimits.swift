/// What one server takes from its callers, and how long it waits for them.
package struct ServerLimits: Sendable {
  /// Largest request body, after decompression. Unit: bytes.
  package var bodyBytes = 33_554_432
  /// Largest request head. Unit: bytes.
  package var headerBytes = 65_536
  /// Most header fields of a request.
  package var headerFields = 256
  /// Most connections of this server; further ones wait in the kernel's queue.
  package var connections = 20_000
  /// Time for a request's head, from its first byte. Unit: seconds.
  package var headerSeconds = 10
  /// Time for a request's body, from the end of its head. Unit: seconds. A large body gets one second more for
  /// every `bodyBytesPerSecond` received, so that a slow line can deliver it and a dripping one cannot.
  package var bodySeconds = 60
  /// Time a connection may be silent between requests. Unit: seconds.
  package var idleSeconds = 75
  /// Time a caller may take nothing while bytes wait for it. Unit: seconds.
  package var writeSeconds = 60

  /// The rate at which a body earns more time. Unit: bytes per second.
  static let bodyBytesPerSecond = 16_384
  /// Bytes of later requests read while a response is in flight.
  static let readAhead = 16_384
  /// Bytes written to one connection per turn of the loop.
  static let writePerTurn = 65_536
  /// After a response that ends the connection early: bytes discarded and time given so that the caller can read it.
  static let lingerBytes = 67_108_864
  /// Unit: seconds.
  static let lingerSeconds = 5
  /// Time that a connection which has not sent anything yet gets when the server drains. Unit: milliseconds.
  static let drainGraceMilliseconds: Int64 = 1000
  /// Buffer memory an idle connection may keep. Unit: bytes.
  static let idleBuffer = 1024

  /// The contract's defaults.
  package init() {}
}
