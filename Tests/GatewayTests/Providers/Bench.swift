import Core
import EventLoop
import Gateway
import Glibc
import TestSupport
import UpstreamCurl

/// A loop with a transport and what is built on them, and a log that can be read.
final class Bench: @unchecked Sendable {
  let loop: EventLoop
  let log: Log
  let pressure = Pressure(memoryBytes: 1 << 26)
  private let file: UnsafeMutablePointer<FILE>
  private let parts: Parts

  /// Touched on the loop only.
  private final class Parts: @unchecked Sendable {
    var transport: WireTransport?
    var credentials: ProviderCredentials?
    var media: MediaFetcher?
  }

  /// `seconds`: what the wall clock says.
  init(seconds: Int64 = 1_440_938_160) throws {
    loop = try EventLoop(index: 0)
    loop.start()
    guard let file = tmpfile() else { throw ClientFailure.timedOut }
    self.file = file
    log = Log(descriptor: fileno(file), minimum: .debug)
    let (loop, log, pressure, parts) = (loop, log, pressure, Parts())
    self.parts = parts
    try loop.call {
      let transport = try WireTransport(
        loop, options: CurlTransport.Options(certificateAuthorities: nil, userAgent: "test"))
      parts.transport = transport
      parts.credentials = ProviderCredentials(loop, transport: transport, log: log, wallSeconds: { seconds })
      parts.media = MediaFetcher(loop, transport: transport, pressure: pressure)
    }
  }

  /// Runs `body` on the loop with the credentials.
  func credentials<Value>(_ body: @escaping (ProviderCredentials) throws -> Value) throws -> Value {
    let parts = parts
    return try loop.call {
      guard let credentials = parts.credentials else { throw ClientFailure.timedOut }
      return try body(credentials)
    }
  }

  /// Runs `body` on the loop with the fetcher.
  func media<Value>(_ body: @escaping (MediaFetcher) throws -> Value) throws -> Value {
    let parts = parts
    return try loop.call {
      guard let media = parts.media else { throw ClientFailure.timedOut }
      return try body(media)
    }
  }

  /// What was logged so far.
  var logged: String {
    log.flush(milliseconds: 30_000)
    let size = Int(lseek(fileno(file), 0, SEEK_END))
    var bytes = [UInt8](repeating: 0, count: max(0, size))
    let count = pread(fileno(file), &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  func stop() throws {
    let parts = parts
    try loop.call {
      parts.media = nil
      parts.credentials = nil
      parts.transport = nil
    }
    loop.stop()
    fclose(file)
  }
}
