/// Why a configured credential cannot be used. Quotes nothing of it.
package struct CredentialProblem: Error, Sendable, Equatable {
  /// What is wrong; continues a sentence that begins with the setting's name.
  package let message: String
  /// What to do instead.
  package let remedy: String

  /// A problem and its remedy.
  package init(_ message: String, remedy: String) {
    self.message = message
    self.remedy = remedy
  }
}
