import Core

/// A header field that proves who asks.
package struct CredentialField: Sendable, Hashable {
  /// Its name, in lower case.
  package let name: String
  /// Its value.
  package let value: Secret

  /// A field.
  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = Secret(value)
  }
}
