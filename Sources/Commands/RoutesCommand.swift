import Administration
import Core
import Gateway
import JSON

/// What `patchbay routes` is told.
package struct RoutesOptions: Sendable, Hashable {
  /// `--json`.
  package var json: Bool

  /// Options.
  package init(json: Bool = false) { self.json = json }
}

/// `patchbay routes`: the addresses of the HTTP interface and who may use them.
package struct RoutesCommand: Sendable {
  private let options: RoutesOptions
  private let terminal: Terminal

  /// A list.
  package init(_ options: RoutesOptions, terminal: Terminal) {
    self.options = options
    self.terminal = terminal
  }

  /// Lists.
  package func run() -> ExitCode {
    if options.json {
      terminal.write(JSONValue.array(RouteTable.entries.map(\.document)).line)
      return .success
    }
    var table = Table([("METHOD", .left), ("PATH", .left), ("ACCESS", .left), ("PURPOSE", .left)])
    for entry in RouteTable.entries { table.add([entry.method, entry.path, entry.access.rawValue, entry.purpose]) }
    terminal.write(table.text())
    return .success
  }
}
