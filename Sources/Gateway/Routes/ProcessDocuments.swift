import Core
import JSON

/// The answers about the process itself.
enum ProcessDocuments {
  /// The process is up.
  static func health() -> [UInt8] {
    JSONValue.object([("status", .string("ok")), ("version", .string(ProductVersion.current))]).serialized()
  }

  /// A request would be served.
  static func ready(models: Int) -> [UInt8] {
    JSONValue.object([("status", .string("ready")), ("models", .integer(models))]).serialized()
  }
}
