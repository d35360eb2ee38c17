import Core
import JSON
import JSONSchema

/// Whether the tool calls of an answer are what the request's tools ask for (reference section 3.6): the quality of an
/// endpoint's answers, not a reason to refuse them.
package enum ToolCallVerdict: String, Sendable {
  /// No tool was called, or the calls could not be judged.
  case none
  /// Every call is fine.
  case valid
  /// Arguments that are no JSON.
  case invalidJSON
  /// A name that no tool of the request has.
  case unknownName
  /// Arguments that break the tool's schema.
  case schemaMismatch

  /// Judges the calls of a finished answer by the request's `tools`, the bytes of that array. Only the schemas of tools
  /// that were called are compiled; a missing schema, and one that does not compile, is kept by everything. Of several
  /// bad calls the first decides.
  package static func of(_ calls: ToolCallCollector, tools: UnsafeRawBufferPointer) -> ToolCallVerdict {
    guard !calls.isUnjudgeable, !calls.isEmpty, var list = RequestTools(tools) else { return .none }
    for call in calls.calls {
      let verdict = list.verdict(call)
      if verdict != .valid { return verdict }
    }
    return .valid
  }
}

/// The functions among a request's tools.
private struct RequestTools {
  private struct Function {
    let name: String
    let parameters: UnsafeRawBufferPointer?
    var schema: JSONSchema??
  }

  private var functions: [Function] = []
  /// Whether there are tools of other kinds, whose names are not known here.
  private var hasOthers = false

  /// Nil when the tools cannot be read.
  init?(_ tools: UnsafeRawBufferPointer) {
    do throws(JSONProblem) {
      var scanner = JSONScanner(tools)
      try scanner.array { (_, scanner) throws(JSONProblem) in
        if let function = try RequestTools.function(&scanner) {
          functions.append(function)
        } else {
          hasOthers = true
        }
      }
    } catch {
      return nil
    }
  }

  private static func function(_ scanner: inout JSONScanner) throws(JSONProblem) -> Function? {
    guard try scanner.peek() == .object else {
      try scanner.value()
      return nil
    }
    var function: Function?
    try scanner.object { (key, scanner) throws(JSONProblem) in
      guard key.matches("function"), try scanner.peek() == .object else {
        try scanner.value()
        return
      }
      var name: String?
      var parameters: UnsafeRawBufferPointer?
      try scanner.object { (key, scanner) throws(JSONProblem) in
        let span = try scanner.value()
        if key.matches("name"), span.kind == .string { name = JSONString.decode(span, in: scanner.text) }
        if key.matches("parameters"), span.kind != .null { parameters = span.bytes(in: scanner.text) }
      }
      if let name { function = Function(name: name, parameters: parameters) }
    }
    return function
  }

  /// What is to be said of one call.
  mutating func verdict(_ call: ToolCallCollector.Call) -> ToolCallVerdict {
    let name = RequestTools.decode(call.name)
    let arguments: JSONValue
    do throws(JSONProblem) {
      if call.hasForeignArguments { return .invalidJSON }
      arguments = try JSONValue.parse(Array(RequestTools.decode(call.arguments).utf8))
    } catch {
      return .invalidJSON
    }
    let candidates = functions.indices.filter { functions[$0].name.utf8.elementsEqual(name.utf8) }
    if candidates.isEmpty { return hasOthers ? .valid : .unknownName }
    for candidate in candidates where accepts(arguments, candidate) { return .valid }
    return .schemaMismatch
  }

  private mutating func accepts(_ arguments: JSONValue, _ index: Int) -> Bool {
    guard let parameters = functions[index].parameters else { return true }
    let schema = functions[index].schema ?? JSONSchema(parameters)
    functions[index].schema = .some(schema)
    return schema?.accepts(arguments) ?? true
  }

  /// The text of a JSON string's inside.
  private static func decode(_ inside: [UInt8]) -> String {
    let quoted = [UInt8(ascii: "\"")] + inside + [UInt8(ascii: "\"")]
    return quoted.withUnsafeBytes {
      JSONString.decode(JSONSpan(start: 0, end: quoted.count, kind: .string), in: $0)
    }
  }
}
