import Core
import HTTPWire

/// Reads one request body: its framing, its coding, its limit. A value; the bytes go into the buffer it was given.
struct BodyReader {
  private enum Framing {
    case sized(remaining: Int)
    case chunked(ChunkedDecoder)
  }

  /// Most room made for an announced body when its first bytes come. Unit: bytes. What is announced need not arrive.
  private static let reservation = 1_048_576

  private var framing: Framing
  private let inflater: Inflater?
  /// Nil when the body is skipped.
  private let target: ByteBuffer?
  /// Bytes read from the connection so far.
  private(set) var received = 0

  /// A reader that appends the decoded body to `target`. Throws 413 for an announced size above the limit and 415 for an
  /// unknown coding, before anything is read.
  init(_ head: RequestHead, limit: Int, target: ByteBuffer) throws(GatewayError) {
    if case .length(let length) = head.framing, length > limit { throw BodyLimit.exceeded(limit) }
    inflater = try BodyReader.inflater(head, limit: limit)
    framing = BodyReader.framing(head, limit: limit)
    self.target = target
  }

  /// A reader that skips the body.
  init(skipping head: RequestHead) {
    inflater = nil
    framing = BodyReader.framing(head, limit: .max)
    target = nil
  }

  /// Whether the whole body has been read.
  var isComplete: Bool {
    switch framing {
    case .sized(let remaining): remaining == 0
    case .chunked(let decoder): decoder.isComplete
    }
  }

  /// Reads on; returns how many of the bytes belong to the body. Throws 400 or 413.
  mutating func read(_ bytes: UnsafeRawBufferPointer) throws(GatewayError) -> Int {
    let count: Int
    switch framing {
    case .sized(let remaining):
      count = min(remaining, bytes.count)
      if received == 0, inflater == nil { target?.reserve(min(remaining, BodyReader.reservation)) }
      framing = .sized(remaining: remaining - count)
      try take(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    case .chunked(var decoder):
      count = try decoder.decode(bytes) { (data) throws(GatewayError) in try take(data) }
      framing = .chunked(decoder)
    }
    received += count
    if isComplete, let inflater, !inflater.isAtEnd {
      throw .caller(.invalidRequest, "The request body ends in the middle of its gzip data; send it whole.")
    }
    return count
  }

  private func take(_ data: UnsafeRawBufferPointer) throws(GatewayError) {
    guard let target else { return }
    if let inflater {
      try inflater.inflate(data, into: target)
    } else {
      target.append(data)
    }
  }

  private static func framing(_ head: RequestHead, limit: Int) -> Framing {
    switch head.framing {
    case .none: .sized(remaining: 0)
    case .length(let length): .sized(remaining: length)
    case .chunked: .chunked(ChunkedDecoder(limit: limit))
    }
  }

  private static func inflater(_ head: RequestHead, limit: Int) throws(GatewayError) -> Inflater? {
    guard head.hasBody, head.singles.contentEncoding != nil,
      let coding = head.first("content-encoding")?.lowercased()
    else { return nil }
    switch coding {
    case "", "identity": return nil
    case "gzip", "x-gzip": return try Inflater(limit: limit)
    default:
      throw .caller(
        .unsupportedMediaType,
        "Content-Encoding '\(coding.prefix(40))' is not understood; send the body plain or as gzip.")
    }
  }
}
