/// The version of the program.
package enum ProductVersion {
  /// By semantic versioning (semver.org).
  package static let current = "0.1.0"
}
