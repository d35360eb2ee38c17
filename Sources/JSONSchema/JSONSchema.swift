import Core
import JSON

/// A JSON Schema of Draft 7, compiled once for any number of values. Keywords of later drafts and `format` are ignored.
///
/// Made for judging what a model writes: a value is refused only when it certainly breaks the schema. What lies behind a
/// reference to another document, a pattern that cannot be compiled and whatever would take more than the bounds below
/// stays open, through `not` and `oneOf` too, and counts as accepted. Bounds are counted, not timed, so that the same
/// value always gets the same answer.
package struct JSONSchema: Sendable {
  /// Largest schema. Unit: bytes. Tools' schemas rarely have more than a few KiB.
  package static let sizeLimit = 65_536
  /// Most schemas within a schema.
  static let nodeLimit = 8192
  /// Most steps for one value: a rule looked at, an element or member compared. About 50 ns each.
  static let stepLimit = 100_000
  /// Most of PCRE2's steps for one value, of about 20 ns.
  static let matchLimit = 1_000_000
  /// How deep schemas may be applied within each other; references that go round end here.
  static let depthLimit = 192

  let nodes: [[Rule]]

  /// Compiles a schema's text; nil when it is too large, no JSON, or no schema of Draft 7 (a keyword of the wrong type).
  package init?(_ text: UnsafeRawBufferPointer) {
    guard text.count <= JSONSchema.sizeLimit, let value = try? JSONValue.parse(text) else { return nil }
    self.init(value)
  }

  /// Compiles a schema; nil when it is none. Its size is the caller's to bound.
  package init?(_ value: JSONValue) {
    do throws(SchemaProblem) {
      nodes = try SchemaCompiler.compile(value)
    } catch {
      return nil
    }
  }

  /// Whether the value keeps the schema, as far as that can be decided.
  package func accepts(_ value: JSONValue) -> Bool {
    var evaluation = Evaluation(nodes)
    return evaluation.verdict(0, value) != .no
  }
}

/// Why something is no schema.
enum SchemaProblem: Error {
  /// A keyword's value has the wrong type.
  case malformed
  /// Too many schemas in it.
  case tooLarge
}
