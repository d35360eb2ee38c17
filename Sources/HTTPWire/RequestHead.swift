import Core

/// The head of one HTTP/1 request, checked and understood once: nobody behind the parser looks at raw bytes again.
/// Immutable; a class because it is handed from room to room, and ten members would be counted at each door.
package final class RequestHead: Sendable {
  /// The versions that are served. A higher minor version counts as 1.1 (RFC 9110 section 2.5).
  package enum Version: Sendable {
    /// HTTP/1.0, and HTTP/1.1 or higher.
    case http10, http11
  }

  /// How the body's end is found.
  package enum Framing: Sendable, Equatable {
    /// There is no body.
    case none
    /// So many bytes follow; `Int.max` stands for more than fits.
    case length(Int)
    /// Chunks follow.
    case chunked
  }

  /// Where in the bytes of `fields` the values lie that every request is asked for; nil for a field that is not there.
  package struct SingleFields: Sendable {
    /// `Authorization`.
    package internal(set) var authorization: Range<Int>?
    /// `x-api-key`.
    package internal(set) var apiKey: Range<Int>?
    /// `x-goog-api-key`.
    package internal(set) var googleKey: Range<Int>?
    /// `Content-Type`.
    package internal(set) var contentType: Range<Int>?
    /// `Content-Encoding`.
    package internal(set) var contentEncoding: Range<Int>?
    /// `x-openrouter-metadata`, or its earlier name with `experimental` in it.
    package internal(set) var evidence: Range<Int>?
    /// The `Host` field.
    var host: Range<Int>?
  }

  /// The method as written; methods are case-sensitive.
  package let method: String
  /// The target's path, percent-decoded exactly once: valid UTF-8 without control characters and dot segments,
  /// beginning with `/`. `*` for `OPTIONS *`. An encoded slash is a slash here.
  package let path: String
  /// The version of the request.
  package let version: Version
  /// All header fields.
  package let fields: HeaderFields
  /// The fields that may stand in a request once and are needed for each.
  package let singles: SingleFields
  /// How the body's end is found.
  package let framing: Framing
  /// Whether the caller lets the connection stay open after the response.
  package let keepsAlive: Bool
  /// Whether the caller waits for `100 Continue` before it sends the body.
  package let expectsContinue: Bool
  private let targetRange: Range<Int>
  private let queryRange: Range<Int>?
  private let authority: Range<Int>?

  /// A head; the ranges lie in the bytes of `fields`.
  init(
    method: String, targetRange: Range<Int>, path: String, queryRange: Range<Int>?, version: Version,
    fields: HeaderFields, singles: SingleFields, authority: Range<Int>?, framing: Framing, keepsAlive: Bool,
    expectsContinue: Bool
  ) {
    self.method = method
    self.targetRange = targetRange
    self.path = path
    self.queryRange = queryRange
    self.version = version
    self.fields = fields
    self.singles = singles
    self.authority = authority
    self.framing = framing
    self.keepsAlive = keepsAlive
    self.expectsContinue = expectsContinue
  }

  /// The request target as written.
  package var target: String { text(targetRange) }

  /// What follows the first `?` of the target, as written; nil without one.
  package var query: String? { queryRange.map(text) }

  /// The host with its port as the caller named it: the authority of an absolute target, else the `Host` field. Nil
  /// only in HTTP/1.0.
  package var host: String? { (authority ?? singles.host).map(text) }

  /// Whether the bytes at `range` of the head are `text`, case included.
  package func has(_ range: Range<Int>?, _ text: StaticString) -> Bool {
    guard let range else { return false }
    return fields.bytes.withUnsafeBytes { Grammar.equals(UnsafeRawBufferPointer(rebasing: $0[range]), text) }
  }

  /// Whether the bytes at `range` of the head are `text`, which is in lower case; their case is ignored.
  package func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
    fields.bytes.withUnsafeBytes { Grammar.matches(UnsafeRawBufferPointer(rebasing: $0[range]), text) }
  }

  private func text(_ range: Range<Int>) -> String { fields.bytes.withUnsafeBytes { Grammar.text($0, range) } }

  /// The value of the first field of this name, case ignored.
  package func first(_ name: String) -> String? { fields.first(name) }

  /// The values of all fields of this name, case ignored, in order.
  package func all(_ name: String) -> [String] { fields.all(name) }

  /// Whether a body follows.
  package var hasBody: Bool {
    switch framing {
    case .none, .length(0): false
    case .length, .chunked: true
    }
  }

  /// The decoded value of the first query parameter of this name (`+` is a space); an empty text when it has no `=`;
  /// nil when it is absent. Bytes that are not UTF-8 become U+FFFD.
  package func queryValue(_ name: String) -> String? {
    queryItems.first { $0.name == name }?.value
  }

  /// All query parameters, decoded, in order.
  package var queryItems: [(name: String, value: String)] {
    guard let query else { return [] }
    return query.split(separator: "&").map { item in
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (name: RequestTarget.queryText(parts[0]), value: parts.count > 1 ? RequestTarget.queryText(parts[1]) : "")
    }
  }
}
