/// A credential that cannot be printed, logged or interpolated by accident: every description of it is
/// `[secret]`. The bytes are reached only through `reveal()`, at the place that sends or hashes them.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let text: String

  /// Wraps a credential.
  package init(_ text: String) { self.text = text }

  /// The credential itself.
  package func reveal() -> String { text }

  /// Whether there is nothing in it.
  package var isEmpty: Bool { text.isEmpty }

  /// Always `[secret]`.
  package var description: String { "[secret]" }
  /// Always `[secret]`.
  package var debugDescription: String { "[secret]" }
  /// Empty, so that `dump` shows nothing.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
