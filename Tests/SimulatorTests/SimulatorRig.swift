import Core
import EventLoop
import HTTPWire
import JSON
import Simulator
import TestSupport
import Testing

/// A simulator on a loop and a port of its own, and what a test asks it.
final class SimulatorRig {
  let port: Int
  private let loop: EventLoop

  init(_ adjust: (inout SimulatorOptions) -> Void = { _ in }) throws {
    var options = SimulatorOptions()
    options.ttftMilliseconds = 0
    options.tokensPerSecond = 0
    adjust(&options)
    let simulator = Simulator(options: options, log: nil)
    let (descriptors, bound) = try Listener.bind(SocketAddress.resolve("127.0.0.1:0")[0], count: 1)
    let loop = try EventLoop(index: 0)
    self.loop = loop
    port = bound.port
    loop.start()
    try loop.call { try simulator.attach(to: loop, descriptor: descriptors[0]) }
  }

  deinit { loop.stop() }

  /// A connected client that has sent the request.
  func send(
    _ method: String = "POST", _ path: String, _ body: String = "", fields: String = ""
  ) throws -> RawClient {
    let client = try RawClient(port: port)
    let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
    try client.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\(length)\r\n\(body)")
    return client
  }

  /// The response to a request.
  func ask(
    _ method: String = "POST", _ path: String, _ body: String = "", fields: String = ""
  ) throws -> RawResponse { try send(method, path, body, fields: fields).readResponse() }

  /// The response to a chat request.
  func chat(_ model: String, _ text: String = "Hello there, world!", _ more: String = "") throws -> RawResponse {
    try ask("POST", "/v1/chat/completions", SimulatorRig.chatBody(model, text, more))
  }

  static func chatBody(_ model: String, _ text: String = "Hello there, world!", _ more: String = "") -> String {
    "{\"model\":\"\(model)\",\"messages\":[{\"role\":\"user\",\"content\":\"\(text)\"}]\(more.isEmpty ? "" : "," + more)}"
  }

  /// The log.
  func log() throws -> [JSONValue] {
    try JSONValue.parse(ask("GET", "/__simulator/log").body).arrayValue ?? []
  }
}

extension RawResponse {
  /// The body as JSON.
  var json: JSONValue { get throws { try JSONValue.parse(body) } }

  /// The data of the events in the body.
  var events: [String] {
    get throws {
      var events: [String] = []
      try body.withUnsafeBytes { raw in
        try SSEParser(eventBytes: 1 << 24).feed(raw) { events.append(String(decoding: $0.data, as: UTF8.self)) }
      }
      return events
    }
  }

  /// The names of the events in the body, in order.
  var eventNames: [String] {
    String(decoding: body, as: UTF8.self).split(whereSeparator: \.isNewline).filter { $0.hasPrefix("event: ") }
      .map { String($0.dropFirst(7)) }
  }

  /// The events that are JSON.
  var chunks: [JSONValue] {
    get throws { try events.filter { $0 != "[DONE]" }.map { try JSONValue.parse(Array($0.utf8)) } }
  }

  /// The text of the first choice of a streamed chat answer.
  var streamedText: String {
    get throws {
      try chunks.compactMap { $0["choices"]?[0] }.filter { $0["index"]?.integerValue == 0 }
        .compactMap { $0["delta"]?["content"]?.stringValue }.joined()
    }
  }
}

extension JSONValue {
  /// The text of a plain answer's choice.
  func content(_ index: Int = 0) -> String? { self["choices"]?[index]?["message"]?["content"]?.stringValue }
}
