import Core
import JSON

/// A text as the inside of a JSON string, with its escapes as they were written. All dialects are JSON, so the text of a
/// stream goes from one to the other without being unescaped and escaped again. It points into the event it was read
/// from and is valid during the callback only.
package struct JSONText {
  /// The bytes between the quotes: valid UTF-8, quotes and control characters escaped.
  package let bytes: UnsafeRawBufferPointer

  /// The inside of a string that has been validated.
  package init(inside bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The inside of a string value that a scanner has taken from `text`.
  @inline(__always)
  package init(_ span: JSONSpan, in text: UnsafeRawBufferPointer) {
    bytes = UnsafeRawBufferPointer(rebasing: text[(span.start + 1)..<(span.end - 1)])
  }

  /// Whether there is no text.
  package var isEmpty: Bool { bytes.isEmpty }

  /// The text with its escapes undone.
  package var string: String {
    if !bytes.contains(UInt8(ascii: "\\")) { return String(decoding: bytes, as: UTF8.self) }
    var quoted: [UInt8] = [UInt8(ascii: "\"")]
    quoted.append(contentsOf: bytes)
    quoted.append(UInt8(ascii: "\""))
    return quoted.withUnsafeBytes {
      JSONString.decode(JSONSpan(start: 0, end: $0.count, kind: .string), in: $0)
    }
  }

  /// Calls `body` with a text that is not in JSON yet.
  package static func with<Result>(_ text: String, _ body: (JSONText) -> Result) -> Result {
    let buffer = ByteBuffer(capacity: text.utf8.count + 16)
    buffer.append(jsonString: text)
    return body(JSONText(inside: UnsafeRawBufferPointer(rebasing: buffer.bytes.dropFirst().dropLast())))
  }
}

extension ByteBuffer {
  /// Appends the text without quotes.
  @inline(__always)
  package func append(_ text: JSONText) { append(text.bytes) }

  /// Appends the text with quotes.
  package func append(quoted text: JSONText) {
    append(UInt8(ascii: "\""))
    append(text.bytes)
    append(UInt8(ascii: "\""))
  }
}
