import HTTPWire
import JSON

/// Google's Gemini, as the Gemini API (`/v1beta/models/M:generateContent`, a key) and as Vertex
/// (`/v1/projects/P/locations/L/publishers/google/models/M:…`, an access token) speak it.
struct GeminiFormat: Format {
  /// Whether this is Vertex.
  let isVertex: Bool

  /// Its name in the log.
  var dialect: String { isVertex ? "vertex" : "gemini" }

  /// Makes and knows signatures of thoughts.
  static let seal = Seal(maker: "google")

  private static let methods: Set<String> = [
    "generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents", "predict",
  ]

  /// Whether a request is for it.
  func serves(_ head: RequestHead) -> Bool {
    guard head.path.contains("/publishers/") == isVertex else { return false }
    if GeminiFormat.target(head.path) != nil { return head.method == "POST" }
    guard head.method == "GET", !isVertex, !head.path.contains("/openai/") else { return false }
    let isList = head.path.hasSuffix("/models") || head.path.contains("/models/")
    return isList && (head.path.contains("/v1beta/") || head.first("x-goog-api-key") != nil)
  }

  /// The model and the method that a path names; nil when it names none.
  private static func target(_ path: String) -> (model: String, method: String)? {
    guard let start = path.firstRange(of: "/models/")?.upperBound, let colon = path.lastIndex(of: ":"), start < colon
    else { return nil }
    let method = String(path[path.index(after: colon)...])
    return methods.contains(method) ? (String(path[start..<colon]), method) : nil
  }

  /// Looks at the request's key. Throws `Problem`.
  func authorize(_ request: Incoming) throws(Problem) {
    if isVertex {
      guard let token = request.bearer, request.simulator.accepts(token: token) else { throw .key }
    } else {
      let key = request.head.first("x-goog-api-key") ?? request.head.queryValue("key")
      guard request.accepts(key: key ?? request.bearer) else { throw .key }
    }
  }

  /// Reads a request. Throws a `Problem` for everything that the provider would refuse.
  func read(_ request: Incoming) throws(Problem) -> Asked {
    guard let (model, method) = GeminiFormat.target(request.head.path) else { return try models(request) }
    let body = try request.json()
    switch method {
    case "generateContent", "streamGenerateContent":
      var turn = try GeminiReader(isVertex: isVertex).turn(body, model: model, request.simulator)
      turn.prompt.isStream = method == "streamGenerateContent"
      turn.hasEvents = request.head.queryValue("alt") == "sse"
      return .answer(turn)
    case "countTokens": return try count(body, model: model, request.simulator)
    default:
      let document = try GeminiEmbeddings.answer(
        body, method: method, model: model, isVertex: isVertex, request.simulator)
      return .document(document)
    }
  }

  private func count(_ body: JSONValue, model: String, _ simulator: Simulator) throws(Problem) -> Asked {
    var reader = GeminiReader(isVertex: isVertex)
    let prompt = try reader.counted(body, model: model, simulator)
    var members: [(key: String, value: JSONValue)] = [("totalTokens", .integer(prompt.promptTokens))]
    if isVertex { members.append(("totalBillableCharacters", .integer(prompt.text.count))) }
    members.append(("promptTokensDetails", GeminiTurn.details(prompt.promptTokens)))
    return .document(
      Asked.Document(
        json: .object(members), model: prompt.modelName, faults: prompt.faults, takesFaults: true))
  }

  private func models(_ request: Incoming) throws(Problem) -> Asked {
    let path = request.head.path
    if path.hasSuffix("/models") {
      let list = request.simulator.options.models.map(GeminiFormat.model)
      return .document(Asked.Document(json: .object([("models", .array(list))])))
    }
    let name = path.firstRange(of: "/models/").map { String(path[$0.upperBound...]) } ?? ""
    try request.simulator.check(model: name)
    return .document(Asked.Document(json: GeminiFormat.model(name)))
  }

  private static func model(_ name: String) -> JSONValue {
    .object([
      ("name", .string("models/" + name)), ("version", .string("001")), ("displayName", .string(name)),
      ("inputTokenLimit", .integer(1_048_576)), ("outputTokenLimit", .integer(65_536)),
      (
        "supportedGenerationMethods",
        .array(["generateContent", "countTokens", "embedContent"].map(JSONValue.string))
      ),
    ])
  }

  /// Whether content is refused by an answer that says so.
  var moderatesInAnswers: Bool { true }

  /// An error in this format.
  func document(of problem: Problem) -> ErrorDocument { GeminiErrors.document(of: problem, isVertex: isVertex) }

  /// An error in the middle of a stream.
  func event(of problem: Problem) -> Answer.Event {
    Answer.Event(data: document(of: problem).json.serialized(), isToken: false)
  }
}
