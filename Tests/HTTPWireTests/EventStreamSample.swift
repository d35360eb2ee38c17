import HTTPWire

/// A message of AWS's own tests (botocore's, for the binary event stream), with what is in it.
struct EventStreamSample: Sendable, CustomStringConvertible {
  /// What is special about it.
  let description: String
  /// The message.
  let bytes: [UInt8]
  /// Its headers.
  let headers: [EventStreamHeader]
  /// Its payload.
  let payload: [UInt8]

  private init(_ description: String, _ hexadecimal: String, headers: [EventStreamHeader], payload: String) {
    self.description = description
    bytes = EventStreamSample.bytes(hexadecimal)
    self.headers = headers
    self.payload = Array(payload.utf8)
  }

  /// Well-formed messages.
  static let good: [EventStreamSample] = [
    EventStreamSample(
      "empty",
      """
      000000100000000005c248eb7d98c8ff
      """,
      headers: [],
      payload: ""),
    EventStreamSample(
      "int8",
      """
      000000170000000729860158046279746502ffc2f869dc
      """,
      headers: [.init("byte", .int8(-1))],
      payload: ""),
    EventStreamSample(
      "int16",
      """
      0000001900000009710e923e0573686f727403ffffb27cb6cc
      """,
      headers: [.init("short", .int16(-1))],
      payload: ""),
    EventStreamSample(
      "int32",
      """
      0000001d0000000d83e3f0e707696e746567657204ffffffff8b8e12eb
      """,
      headers: [.init("integer", .int32(-1))],
      payload: ""),
    EventStreamSample(
      "int64",
      """
      0000001e0000000e5d4adb8d046c6f6e6705ffffffffffffffff4bc232da
      """,
      headers: [.init("long", .int64(-1))],
      payload: ""),
    EventStreamSample(
      "payload without headers",
      """
      0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936
      """,
      headers: [],
      payload: "{'foo':'bar'}"),
    EventStreamSample(
      "payload and one text",
      """
      0000003d0000002007fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b27666f
      6f273a27626172277d8d9c08b1
      """,
      headers: [.init("content-type", "application/json")],
      payload: "{'foo':'bar'}"),
    EventStreamSample(
      "every type",
      """
      000000620000005203b5cb9c013000013101013202020133030003013404000000040135050000000000000005013606
      000562797465730137070004757466380138080000000000000008013909303132333435363738396162636465666335
      3671
      """,
      headers: [
        .init("0", .bool(true)), .init("1", .bool(false)), .init("2", .int8(2)), .init("3", .int16(3)),
        .init("4", .int32(4)), .init("5", .int64(5)), .init("6", .bytes(Array("bytes".utf8))), .init("7", "utf8"),
        .init("8", .timestamp(8)), .init("9", .uuid(high: 0x3031_3233_3435_3637, low: 0x3839_6162_6364_6566)),
      ],
      payload: ""),
    EventStreamSample(
      "error",
      """
      0000005200000042bf23637e0d3a6d6573736167652d747970650700056572726f720b3a6572726f722d636f64650700
      04636f64650e3a6572726f722d6d6573736167650700076d6573736167656b6cea3d
      """,
      headers: [.init(":message-type", "error"), .init(":error-code", "code"), .init(":error-message", "message")],
      payload: ""),
    EventStreamSample(
      "initial response",
      """
      0000007e0000004fc5a3ddc60d3a6d6573736167652d747970650700056576656e740b3a6576656e742d747970650700
      10696e697469616c2d726573706f6e73650d3a636f6e74656e742d74797065070009746578742f6a736f6e7b22496e69
      7469616c526573706f6e7365223a2022736f6d6574657874227df6982483
      """,
      headers: [
        .init(":message-type", "event"), .init(":event-type", "initial-response"), .init(":content-type", "text/json"),
      ],
      payload: "{\"InitialResponse\": \"sometext\"}"),
  ]

  /// Damaged messages, and a part of what is said about each.
  static let bad: [([UInt8], String)] = [
    // Length of headers
    (
      bytes(
        """
        0000003dff00010207fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b27666f
        6f273a27626172277d8d9c08b1
        """),
      "beginning"
    ),
    // Headers
    (
      bytes(
        """
        0000003d0000002007fd83960c636f6e74656e742b747970650700106170706c69636174696f6e2f6a736f6e7b27666f
        6f273a27626172277d8d9c08b1
        """),
      "checksum of a message is"
    ),
    // Length
    (
      bytes(
        """
        0100001d00000000fd528c5a7b27666f6f273a27626172277dc3653936
        """),
      "beginning"
    ),
    // Payload
    (
      bytes(
        """
        0000001d00000000fd528c5a7b27666f6f273a27626172278dc3653936
        """),
      "checksum of a message is"
    ),
    // Header twice
    (
      bytes(
        """
        00000024000000144bb982d00474657374046173646604746573740461736466f3f47563
        """),
      "twice"
    ),
  ]

  private static func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = Array(hexadecimal.filter { !$0.isWhitespace })
    return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0..<$0 + 2]), radix: 16) }
  }
}
