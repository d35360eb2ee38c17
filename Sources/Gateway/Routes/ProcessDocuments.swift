import Core
import JSON

/// The answers about the process itself.
enum ProcessDocuments {
  /// The process is up.
  static func health() -> [UInt8] {
    JSONValue.object([("status", .string("ok")), ("version", .string(GatewayVersion.text))]).serialized()
  }

  /// A request would be served.
  static func ready(models: Int) -> [UInt8] {
    JSONValue.object([("status", .string("ready")), ("models", .integer(models))]).serialized()
  }
}

/// The program's version.
package enum GatewayVersion {
  /// Semantic version of this build.
  package static let text = "0.1.0"
}
