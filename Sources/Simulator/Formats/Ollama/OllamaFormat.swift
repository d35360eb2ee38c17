import Core
import HTTPWire
import JSON

/// Ollama's own interface: `/api/chat`, `/api/embed`, `/api/embeddings`, `/api/tags`, `/api/show`, `/api/ps` and
/// `/api/version`. Stricter than Ollama, which passes over what it does not know.
struct OllamaFormat: Format {
  let dialect = "ollama"

  private static let paths = ["chat", "embed", "embeddings", "tags", "show", "ps", "version"]

  private static func operation(_ path: String) -> String? { paths.first { path.hasSuffix("/api/" + $0) } }

  func serves(_ head: RequestHead) -> Bool { OllamaFormat.operation(head.path) != nil }

  func authorize(_ request: Incoming) throws(Problem) {
    guard request.accepts(key: request.bearer) else { throw .key }
  }

  func read(_ request: Incoming) throws(Problem) -> Asked {
    let operation = OllamaFormat.operation(request.head.path) ?? ""
    switch (request.head.method, operation) {
    case ("POST", "chat"): return .answer(try OllamaReader.turn(try request.json(), request.simulator))
    case ("POST", "embed"), ("POST", "embeddings"):
      return .document(
        try OllamaEmbeddings.answer(try request.json(), isOld: operation == "embeddings", request.simulator))
    case ("POST", "show"): return .document(try show(request))
    case ("GET", "tags"), ("GET", "ps"):
      let models = request.simulator.options.models.map(OllamaFormat.model)
      return .document(Asked.Document(json: .object([("models", .array(models))])))
    case ("GET", "version"): return .document(Asked.Document(json: .object([("version", .string("0.12.6"))])))
    default: throw .route(request.head.method, request.head.path)
    }
  }

  private func show(_ request: Incoming) throws(Problem) -> Asked.Document {
    var fields = try FieldReader(try request.json(), at: .root)
    let named = try fields.string("model")
    let name = try fields.string("name")
    try request.simulator.check(model: named ?? name ?? "")
    return Asked.Document(
      json: .object([
        ("modelfile", .string("")), ("template", .string("{{ .Prompt }}")), ("details", OllamaFormat.details),
        ("model_info", .object([("general.architecture", .string("simulator"))])),
        ("capabilities", .array(["completion", "tools", "thinking", "vision"].map(JSONValue.string))),
      ]))
  }

  private static let details: JSONValue = .object([
    ("parent_model", .string("")), ("format", .string("gguf")), ("family", .string("simulator")),
    ("families", .array([.string("simulator")])), ("parameter_size", .string("1B")),
    ("quantization_level", .string("Q4_K_M")),
  ])

  private static func model(_ name: String) -> JSONValue {
    .object([
      ("name", .string(name)), ("model", .string(name)), ("modified_at", .string("2026-01-02T03:04:05Z")),
      ("size", .integer(1_000_000)), ("digest", .string(String(repeating: "0", count: 64))), ("details", details),
    ])
  }

  func document(of problem: Problem) -> ErrorDocument {
    ErrorDocument(
      status: problem.status, json: .object([("error", .string(OllamaFormat.message(problem)))]))
  }

  func event(of problem: Problem) -> Answer.Event {
    Answer.Event(data: document(of: problem).json.serialized(), isToken: false)
  }

  private static func message(_ problem: Problem) -> String {
    // Go names the place without the numbers of elements.
    let place = problem.path.steps.reduce(into: "ChatRequest") { text, step in
      if case .name(let name) = step { text += "." + name }
    }
    switch problem.reason {
    case .unknown: return "json: unknown field \"\(problem.path.last)\""
    case .missing: return "\(problem.path.last) is required"
    case .wrongType(let wanted): return "json: cannot unmarshal into Go struct field \(place): it must be \(wanted)"
    case .key: return "unauthorized"
    case .model:
      let name = problem.message.split(separator: "'").dropFirst().first ?? ""
      return "model '\(name)' not found"
    default: return problem.message
    }
  }
}
