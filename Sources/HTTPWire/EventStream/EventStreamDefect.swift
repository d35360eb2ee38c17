import Core

/// What is wrong with a binary event stream.
enum EventStreamDefect: Error, Equatable {
  case preludeChecksum
  case messageChecksum
  case lengths
  case tooLarge(limit: Int)
  case headerBlock
  case headerName
  case headerValue
  case headerType(UInt8)
  case headerTwice
  case headerCount

  /// The defect as an error of the provider's making.
  var error: GatewayError {
    GatewayError(.providerFailed, "The provider's event stream is damaged: \(reason).", origin: .upstream)
  }

  private var reason: String {
    switch self {
    case .preludeChecksum: "the checksum of a message's beginning is wrong"
    case .messageChecksum: "the checksum of a message is wrong"
    case .lengths: "the lengths in a message contradict each other"
    case .tooLarge(let limit): "a message is larger than \(limit) bytes; server.limits.event_bytes is the limit"
    case .headerBlock: "a header goes beyond the end of its message's headers"
    case .headerName: "a header's name is empty, too long or not UTF-8"
    case .headerValue: "a header's value is too long or not UTF-8"
    case .headerType(let type): "a header has the unknown type \(type)"
    case .headerTwice: "a message has a header twice"
    case .headerCount: "a message has more than \(EventStreamLimit.headerCount) headers"
    }
  }
}
