import Core

/// Writes messages of a binary event stream, for whoever stands in for AWS.
package enum EventStreamEncoder {
  /// Appends one message. Throws `internalFailure` when a header or the whole does not fit the format; nothing is appended
  /// then.
  package static func append(
    headers: [EventStreamHeader], payload: UnsafeRawBufferPointer, to buffer: ByteBuffer
  ) throws(GatewayError) {
    let block = ByteBuffer()
    guard headers.count <= EventStreamLimit.headerCount else { throw misfit("too many headers") }
    for header in headers { try append(header, to: block) }
    guard block.count <= EventStreamLimit.headers,
      let total = UInt32(exactly: EventStreamLimit.overhead + block.count + payload.count)
    else { throw misfit("too large") }
    let message = ByteBuffer(capacity: Int(total))
    append(total, to: message)
    append(UInt32(block.count), to: message)
    append(EventStreamChecksum.of(message.bytes, count: message.count), to: message)
    message.append(block.bytes)
    message.append(payload)
    append(EventStreamChecksum.of(message.bytes, count: message.count), to: message)
    buffer.append(message.bytes)
  }

  /// Appends an event with a JSON payload, as Bedrock's ConverseStream sends them. Throws as `append` does.
  package static func append(
    event type: String, json payload: [UInt8], to buffer: ByteBuffer
  ) throws(GatewayError) {
    try append("event", type: (":event-type", type), json: payload, to: buffer)
  }

  /// Appends an exception with a JSON payload, which ends a stream. Throws as `append` does.
  package static func append(
    exception type: String, json payload: [UInt8], to buffer: ByteBuffer
  ) throws(GatewayError) {
    try append("exception", type: (":exception-type", type), json: payload, to: buffer)
  }

  private static func append(
    _ kind: String, type: (name: String, value: String), json payload: [UInt8], to buffer: ByteBuffer
  ) throws(GatewayError) {
    let headers = [
      EventStreamHeader(type.name, type.value), EventStreamHeader(":content-type", "application/json"),
      EventStreamHeader(":message-type", kind),
    ]
    var result: Result<Void, GatewayError> = .success(())
    payload.withUnsafeBytes { bytes in
      result = Result { () throws(GatewayError) in try append(headers: headers, payload: bytes, to: buffer) }
    }
    try result.get()
  }

  private static func append(_ header: EventStreamHeader, to block: ByteBuffer) throws(GatewayError) {
    let name = Array(header.name.utf8)
    guard (1...EventStreamLimit.name).contains(name.count) else { throw misfit("a header's name is empty or too long") }
    block.append(UInt8(name.count))
    block.append(name)
    switch header.value {
    case .bool(let flag): block.append(flag ? 0 : 1)
    case .int8(let number): append(2, number, to: block)
    case .int16(let number): append(3, number, to: block)
    case .int32(let number): append(4, number, to: block)
    case .int64(let number): append(5, number, to: block)
    case .bytes(let bytes): try append(6, bytes, to: block)
    case .string(let text): try append(7, Array(text.utf8), to: block)
    case .timestamp(let milliseconds): append(8, milliseconds, to: block)
    case .uuid(let high, let low):
      append(9, high, to: block)
      append(low, to: block)
    }
  }

  private static func append(_ type: UInt8, _ number: some FixedWidthInteger, to buffer: ByteBuffer) {
    buffer.append(type)
    append(number, to: buffer)
  }

  private static func append(_ type: UInt8, _ bytes: [UInt8], to buffer: ByteBuffer) throws(GatewayError) {
    guard bytes.count <= EventStreamLimit.value else { throw misfit("a header's value is too long") }
    append(type, UInt16(bytes.count), to: buffer)
    buffer.append(bytes)
  }

  private static func append(_ number: some FixedWidthInteger, to buffer: ByteBuffer) {
    withUnsafeBytes(of: number.bigEndian) { buffer.append($0) }
  }

  private static func misfit(_ reason: String) -> GatewayError {
    GatewayError(.internalFailure, "An event does not fit the binary event stream: \(reason).", origin: .gateway)
  }
}
