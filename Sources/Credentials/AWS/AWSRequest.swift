/// What of a request is signed, beside its body.
package struct AWSRequest: Sendable {
  /// A name and a value.
  package struct Pair: Sendable, Equatable {
    /// The name.
    package let name: String
    /// The value.
    package let value: String

    /// A pair.
    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The method.
  package let method: String
  /// The value of `Host` as it is sent: with the port where it is not the scheme's own.
  package let host: String
  /// The path as it is sent: percent-encoded, so that a model id with a colon has `%3A` here. `BedrockPath` makes it.
  package let path: String
  /// The query's names and values, not encoded. What is sent must be `canonicalQuery`.
  package let query: [Pair]
  /// Further fields to sign, as they are sent; not `host` and none that the signature adds. Sign only what reaches AWS
  /// unchanged.
  package let fields: [Pair]

  /// A request.
  package init(method: String = "POST", host: String, path: String, query: [Pair] = [], fields: [Pair] = []) {
    self.method = method
    self.host = host
    self.path = path
    self.query = query
    self.fields = fields
  }

  /// The path as AWS signs it: without empty and dot segments, and percent-encoded once more than it is sent, so that
  /// `%3A` becomes `%253A`.
  var canonicalPath: String {
    let slash = UInt8(ascii: "/")
    var segments: [Substring.UTF8View] = []
    for segment in path.utf8.split(separator: slash) where !segment.elementsEqual(".".utf8) {
      if segment.elementsEqual("..".utf8) { _ = segments.popLast() } else { segments.append(segment) }
    }
    if segments.isEmpty { return "/" }
    let end = path.utf8.last == slash ? "/" : ""
    return segments.reduce(into: "") { $0 += "/" + PercentEncoding.component(Substring($1)) } + end
  }

  /// The query as AWS signs it and as it is to be sent: encoded, in the order of names and then of values.
  package var canonicalQuery: String {
    if query.isEmpty { return "" }
    let encoded = query.map { (PercentEncoding.component($0.name), PercentEncoding.component($0.value)) }
    return encoded.sorted { $0 < $1 }.map { $0.0 + "=" + $0.1 }.joined(separator: "&")
  }
}
