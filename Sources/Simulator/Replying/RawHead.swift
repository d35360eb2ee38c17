/// Heads that are written by hand, because they lie.
enum RawHead {
  /// A response head with this length, and `flood` useless fields in front.
  static func bytes(
    _ answer: Answer, fields: [(name: StaticString, value: String)], length: Int, flood: Int = 0
  ) -> [UInt8] {
    var text = "HTTP/1.1 \(answer.status) Simulated\r\n"
    for index in 0..<flood { text += "x-flood-\(index): water\r\n" }
    for (name, value) in fields { text += "\(name): \(value)\r\n" }
    text += "content-type: \(answer.contentType)\r\ncontent-length: \(length)\r\n\r\n"
    return Array(text.utf8)
  }
}
