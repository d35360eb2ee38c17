import Core
import HTTPWire

/// Turns events into the bytes of a stream, with the faults of its form. Holds its place in the stream.
final class StreamEncoder {
  private let framing: Framing
  private let lineEnd: [UInt8]
  private let comments: Bool
  private let wrongChecksum: Int?
  private var sent = 0

  /// An encoder with these faults.
  init(_ framing: Framing, _ faults: FaultList) {
    self.framing = framing
    lineEnd = faults.has(.crlf) ? [13, 10] : [10]
    comments = faults.has(.comments)
    wrongChecksum = faults.number(.badChecksum)
  }

  /// The bytes of one event. `isBroken` cuts its JSON.
  func bytes(_ event: Answer.Event, isBroken: Bool) -> [UInt8] {
    sent += 1
    let data = isBroken ? Array(event.data.dropLast(max(1, event.data.count / 2))) : event.data
    switch framing {
    case .events: return serverSent(event.name, data)
    case .lines: return data + lineEnd
    case .array: return (sent == 1 ? [UInt8(ascii: "[")] : [UInt8(ascii: ",")] + lineEnd) + data
    case .frames: return frame(event, data)
    }
  }

  /// What ends a stream that ends as it should.
  func closing() -> [UInt8] { framing == .array ? (sent == 0 ? Array("[]".utf8) : [UInt8(ascii: "]")]) : [] }

  private func serverSent(_ name: String?, _ data: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(data.count + 40)
    if comments { bytes += Array(": SIMULATOR PROCESSING".utf8) + lineEnd + lineEnd }
    if let name { bytes += Array("event: \(name)".utf8) + lineEnd }
    bytes += Array("data: ".utf8)
    bytes += data
    return bytes + lineEnd + lineEnd
  }

  private func frame(_ event: Answer.Event, _ data: [UInt8]) -> [UInt8] {
    let buffer = ByteBuffer()
    let name = event.name ?? "event"
    do throws(GatewayError) {
      if event.isException {
        try EventStreamEncoder.append(exception: name, json: data, to: buffer)
      } else {
        try EventStreamEncoder.append(event: name, json: data, to: buffer)
      }
    } catch {
      assertionFailure("an event does not fit its frame: \(error.message)")
    }
    var bytes = buffer.copyBytes()
    if wrongChecksum == sent, !bytes.isEmpty { bytes[bytes.count - 1] ^= 1 }
    return bytes
  }
}
