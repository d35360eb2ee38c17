import HTTPWire
import JSON

/// OpenAI's chat and legacy completions, embeddings and models, as its many compatible servers take them: below any
/// path, and with unknown fields passed over. Serves what no other format does.
struct OpenAIFormat: Format {
  let dialect = "openai"

  func serves(_ head: RequestHead) -> Bool { true }

  func authorize(_ request: Incoming) throws(Problem) {
    guard let key = request.simulator.options.apiKey, request.head.first("authorization") != "Bearer " + key else {
      return
    }
    throw .key
  }

  func read(_ request: Incoming) throws(Problem) -> Asked {
    let path = request.head.path
    let isPost = request.head.method == "POST"
    if path.hasSuffix("/chat/completions"), isPost { return try chat(request, isLegacy: false) }
    if path.hasSuffix("/completions"), isPost { return try chat(request, isLegacy: true) }
    if path.hasSuffix("/embeddings"), isPost { return try embeddings(request) }
    if !isPost, path.hasSuffix("/models") { return models(request) }
    if !isPost, let place = path.firstRange(of: "/models/") {
      return try model(String(path[place.upperBound...]), request)
    }
    throw .route(request.head.method, path)
  }

  func document(of problem: Problem) -> ErrorDocument { OpenAIErrors.document(of: problem) }

  func event(of problem: Problem) -> Answer.Event {
    Answer.Event(data: document(of: problem).json.serialized(), isToken: false)
  }

  private func chat(_ request: Incoming, isLegacy: Bool) throws(Problem) -> Asked {
    let body = try request.json()
    let chat = try ChatRequest(body, isLegacy: isLegacy, request.simulator)
    if chat.prompt.faults.has(.strict), !isLegacy { try ChatRules.check(body) }
    return .answer(ChatTurn(request: chat))
  }

  private func embeddings(_ request: Incoming) throws(Problem) -> Asked {
    let body = try request.json()
    let (model, faults, answer) = try Embeddings.answer(body)
    try request.simulator.check(model: model)
    let name = body["model"]?.stringValue
    return .document(Asked.Document(json: answer, model: name, faults: faults, takesFaults: true))
  }

  private func models(_ request: Incoming) -> Asked {
    let list = request.simulator.options.models.map(OpenAIFormat.model)
    return .document(Asked.Document(json: .object([("object", .string("list")), ("data", .array(list))])))
  }

  private func model(_ id: String, _ request: Incoming) throws(Problem) -> Asked {
    try request.simulator.check(model: id)
    return .document(Asked.Document(json: OpenAIFormat.model(id)))
  }

  private static func model(_ id: String) -> JSONValue {
    .object([
      ("id", .string(id)), ("object", .string("model")), ("created", .integer(1_700_000_000)),
      ("owned_by", .string("simulator")),
    ])
  }
}

/// A chat or legacy completion.
struct ChatTurn: Turn {
  /// What was asked.
  var request: ChatRequest

  var prompt: Prompt {
    get { request.prompt }
    set { request.prompt = newValue }
  }

  var framing: Framing { .events }

  private func wire(_ reply: Reply, _ identity: AnswerIdentity) -> ChatWire {
    ChatWire(
      request: request, answer: reply, id: (request.isLegacy ? "cmpl-" : "chatcmpl-") + identity.id,
      created: identity.created)
  }

  func whole(_ reply: Reply, _ identity: AnswerIdentity) -> JSONValue { wire(reply, identity).whole() }

  func events(_ reply: Reply, _ identity: AnswerIdentity) -> () -> Answer.Event? {
    let chunks = wire(reply, identity).chunks()
    var isDone = prompt.faults.has(.noDone) || prompt.faults.has(.noFinish)
    return {
      if let (chunk, isToken) = chunks() { return Answer.Event(data: chunk.serialized(), isToken: isToken) }
      if isDone { return nil }
      isDone = true
      return Answer.Event(data: Array("[DONE]".utf8), isToken: false)
    }
  }
}
