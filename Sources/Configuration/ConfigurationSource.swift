/// Where the configuration comes from.
package enum ConfigurationSource: Sendable, Hashable {
  /// A file the user named or that lies at a usual place.
  case file(String)
  /// No file: the zero-configuration mode.
  case none

  /// Looks for the configuration: `--config`, `$PATCHBAY_CONFIG`, `./patchbay.yaml`,
  /// `$XDG_CONFIG_HOME/patchbay/patchbay.yaml` (`$HOME/.config` when the former is not set). A file that the user named
  /// is taken whether it exists or not, so that a typing mistake is an error and never another configuration.
  package static func find(
    option: String?, environment: [String: String], fileExists: (String) -> Bool
  ) -> ConfigurationSource {
    if let option { return .file(option) }
    if let named = environment["PATCHBAY_CONFIG"], !named.isEmpty { return .file(named) }
    return usualPlaces(environment).first(where: fileExists).map(ConfigurationSource.file) ?? .none
  }

  /// The places that are looked at when the user names no file, in order.
  package static func usualPlaces(_ environment: [String: String]) -> [String] {
    var places = ["./patchbay.yaml"]
    if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") {
      places.append(folder + "/patchbay/patchbay.yaml")
    } else if let home = environment["HOME"], home.hasPrefix("/") {
      places.append(home + "/.config/patchbay/patchbay.yaml")
    }
    return places
  }

  /// What wins over the file's `server.listen`: `--listen`, then `$PATCHBAY_LISTEN`; with the name to call it by.
  package static func listen(option: String?, environment: [String: String]) -> (name: String, text: String)? {
    if let option { return ("--listen '\(option)'", option) }
    if let variable = environment["PATCHBAY_LISTEN"], !variable.isEmpty {
      return ("PATCHBAY_LISTEN '\(variable)'", variable)
    }
    return nil
  }
}
