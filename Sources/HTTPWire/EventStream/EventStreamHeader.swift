/// A named value in front of a message's payload.
package struct EventStreamHeader: Sendable, Equatable {
  /// Its name: 1 to 127 bytes of UTF-8; those of the protocol begin with a colon.
  package let name: String
  /// Its value.
  package let value: EventStreamValue

  /// A header.
  package init(_ name: String, _ value: EventStreamValue) {
    self.name = name
    self.value = value
  }

  /// A header whose value is text.
  package init(_ name: String, _ text: String) { self.init(name, .string(text)) }
}

/// The value of a header, of one of the ten types on the wire.
package enum EventStreamValue: Sendable, Equatable {
  case bool(Bool)
  case int8(Int8)
  case int16(Int16)
  case int32(Int32)
  case int64(Int64)
  /// At most 32,767 bytes.
  case bytes([UInt8])
  /// At most 32,767 bytes of UTF-8.
  case string(String)
  /// Milliseconds since 1970.
  case timestamp(Int64)
  /// 16 bytes, the first eight in `high`.
  case uuid(high: UInt64, low: UInt64)
}

/// The limits that AWS sets for messages and their headers.
enum EventStreamLimit {
  /// Length, length of headers, their checksum. Unit: bytes.
  static let prelude = 12
  /// The prelude and the checksum at the end. Unit: bytes.
  static let overhead = 16
  /// Unit: bytes.
  static let headers = 131_072
  /// Unit: bytes.
  static let name = 127
  /// A text or bytes. Unit: bytes.
  static let value = 32_767
  /// Headers of a message; a limit of ours, so that finding a repeated name stays cheap. Providers send three.
  static let headerCount = 64
}
