import Core
import JSON

/// Writes vectors in either encoding. Where both sides use the same one, the digits are those of the provider.
enum EmbeddingVectorWriter {
  /// Appends a vector that stands in `data`. Throws a 502 for Base64 that is none.
  static func append(
    _ vector: EmbeddingAnswer.Vector, in data: UnsafeRawBufferPointer, as encoding: EmbeddingEncoding,
    to output: ByteBuffer
  ) throws(GatewayError) {
    switch (vector, encoding) {
    case (.numbers(let span), .float), (.base64(let span), .base64): output.append(span.bytes(in: data))
    case (.numbers(let span), .base64): append(base64: span.bytes(in: data), to: output)
    case (.base64(let span), .float): try append(numbers: JSONString.decode(span, in: data), to: output)
    }
  }

  private static func append(base64 array: UnsafeRawBufferPointer, to output: ByteBuffer) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(array.count / 2)
    var position = 1
    while position < array.count {
      let start = position
      while position < array.count, isPartOfNumber(array[position]) { position += 1 }
      if position > start {
        let value = Float(DecimalNumber.value(UnsafeRawBufferPointer(rebasing: array[start..<position])))
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
      }
      position += 1
    }
    output.append("\"")
    output.append(Base64.encode(bytes))
    output.append("\"")
  }

  private static func isPartOfNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): true
    default: false
    }
  }

  private static func append(numbers text: String, to output: ByteBuffer) throws(GatewayError) {
    guard let bytes = Base64.decode(text), bytes.count % 4 == 0 else { throw unreadable }
    output.append("[")
    for start in stride(from: 0, to: bytes.count, by: 4) {
      var pattern: UInt32 = 0
      for index in 0..<4 { pattern |= UInt32(bytes[start + index]) << UInt32(8 * index) }
      let value = Float(bitPattern: pattern)
      guard value.isFinite else { throw unreadable }
      if start > 0 { output.append(",") }
      output.append("\(value)")
    }
    output.append("]")
  }

  private static var unreadable: GatewayError {
    GatewayError(.providerFailed, "The provider sent a vector that cannot be read", origin: .upstream)
  }
}

/// Values of JSON numbers. A batch of vectors holds millions of them.
enum DecimalNumber {
  private static let powers: [Double] = (0...22).map { exponent in
    (0..<exponent).reduce(1.0) { power, _ in power * 10 }
  }

  /// The value of a valid JSON number. One with up to 15 digits and a small exponent is read without making a text of it,
  /// and exactly: both are whole numbers that a `Double` holds.
  static func value(_ text: UnsafeRawBufferPointer) -> Double {
    var digits: Int64 = 0
    var count = 0
    var scale = 0
    var index = 0
    var isBehindPoint = false
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative { index = 1 }
    while index < text.count, count <= 15 {
      let byte = text[index]
      if byte == UInt8(ascii: ".") {
        isBehindPoint = true
      } else if (48...57).contains(byte) {
        if digits > 0 || byte != 48 { count += 1 }
        digits = digits * 10 + Int64(byte - 48)
        if isBehindPoint { scale -= 1 }
      } else {
        break
      }
      index += 1
    }
    guard count <= 15, let exponent = exponent(text, from: index) else { return slow(text) }
    let total = scale + exponent
    guard (-22...22).contains(total) else { return slow(text) }
    let value = total < 0 ? Double(digits) / powers[-total] : Double(digits) * powers[total]
    return isNegative ? -value : value
  }

  /// The exponent that begins at an index; 0 at the end, nil for one that is not small.
  private static func exponent(_ text: UnsafeRawBufferPointer, from start: Int) -> Int? {
    if start == text.count { return 0 }
    guard text[start] | 32 == UInt8(ascii: "e"), text.count - start <= 5 else { return nil }
    return Int(String(decoding: text[(start + 1)...], as: UTF8.self))
  }

  private static func slow(_ text: UnsafeRawBufferPointer) -> Double {
    Double(String(decoding: text, as: UTF8.self)) ?? 0
  }
}
