import JSON

/// Something that a text rests on.
package struct Citation: Sendable, Equatable {
  /// The page's address; nil for a place in a document of the request.
  package var url: String?
  /// The page's or document's title.
  package var title: String?
  /// The words there.
  package var quote: String?
  /// Which characters of the answer rest on it; nil where the provider does not say.
  package var range: Range<Int64>?
  /// As the provider wrote it, for answers in the same wire format and for kinds that have no other form.
  package var native: Native?

  /// A citation as a wire format has it.
  package struct Native: Sendable, Equatable {
    /// Which one.
    package var format: WireFormat
    /// The object.
    package var value: JSONValue

    /// A citation as it came.
    package init(_ format: WireFormat, _ value: JSONValue) {
      self.format = format
      self.value = value
    }
  }

  /// A citation.
  package init(
    url: String? = nil, title: String? = nil, quote: String? = nil, range: Range<Int64>? = nil, native: Native? = nil
  ) {
    self.url = url
    self.title = title
    self.quote = quote
    self.range = range
    self.native = native
  }
}
