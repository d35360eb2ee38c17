import JSON

/// One row of the table of routes: what people, `patchbay routes` and the test of all roles read.
package struct RouteEntry: Sendable, Hashable {
  /// The HTTP method.
  package let method: String
  /// The path, with `{NAME}` for what varies.
  package let path: String
  /// The same under other prefixes.
  package let aliases: [String]
  /// Who may use it.
  package let access: RouteAccess
  /// What it is for, in a few words.
  package let purpose: String

  /// A row.
  package init(method: String, path: String, aliases: [String] = [], access: RouteAccess, purpose: String) {
    self.method = method
    self.path = path
    self.aliases = aliases
    self.access = access
    self.purpose = purpose
  }

  /// The row as an object.
  package var document: JSONValue {
    .object([
      ("method", .string(method)), ("path", .string(path)), ("aliases", .array(aliases.map(JSONValue.string))),
      ("access", .string(access.rawValue)), ("purpose", .string(purpose)),
    ])
  }
}
