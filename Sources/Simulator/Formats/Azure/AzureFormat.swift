import HTTPWire
import JSON

/// Azure OpenAI: `/openai/deployments/D/chat/completions?api-version=V` and `…/embeddings`, or `/openai/v1/…` with the
/// deployment as the body's model; with `api-key`. Requests are read as OpenAI's own servers read them.
struct AzureFormat: Format {
  /// Its name in the log.
  let dialect = "azure"

  private static let prefix = "/openai/deployments/"
  private static let newPrefix = "/openai/v1/"
  private static let operations = ["chat/completions", "completions", "embeddings"]

  /// The deployment and the operation that a path names; without a deployment where the body names it.
  private static func target(_ path: String) -> (deployment: String?, operation: String)? {
    if let start = path.firstRange(of: newPrefix)?.upperBound {
      return operations.first { path[start...] == $0 }.map { (nil, $0) }
    }
    guard let start = path.firstRange(of: prefix)?.upperBound else { return nil }
    let rest = path[start...]
    guard let operation = operations.first(where: { rest.hasSuffix("/" + $0) }) else { return nil }
    return (String(rest.dropLast(operation.count + 1)), operation)
  }

  /// Whether a request is for it.
  func serves(_ head: RequestHead) -> Bool {
    // Others have the new path too, with a key elsewhere.
    head.path.contains(AzureFormat.prefix)
      || (head.path.contains(AzureFormat.newPrefix) && head.first("api-key") != nil
        && AzureFormat.target(head.path) != nil)
  }

  /// Looks at the request's key. Throws `Problem`.
  func authorize(_ request: Incoming) throws(Problem) {
    guard request.accepts(key: request.head.first("api-key") ?? request.bearer) else { throw .key }
  }

  /// Reads a request. Throws a `Problem` for everything that the provider would refuse.
  func read(_ request: Incoming) throws(Problem) -> Asked {
    guard request.head.method == "POST", let (deployment, operation) = AzureFormat.target(request.head.path),
      deployment == nil || request.head.queryValue("api-version")?.isEmpty == false
    else { throw Problem(reason: .route, status: 404, message: "Resource not found") }
    let body = try AzureFormat.body(try request.json(), naming: deployment)
    if operation == "embeddings" {
      let (model, faults, answer) = try Embeddings.answer(body, isStrict: true)
      try request.simulator.check(model: model)
      let name = body["model"]?.stringValue
      return .document(Asked.Document(json: answer, model: name, faults: faults, takesFaults: true))
    }
    let isLegacy = operation == "completions"
    if !isLegacy { try ChatRules.check(body) }
    let chat = try ChatRequest(body, isLegacy: isLegacy, request.simulator)
    return .answer(AzureTurn(chat: ChatTurn(request: chat)))
  }

  /// The body with the path's deployment as its model, where the path names one.
  private static func body(_ body: JSONValue, naming deployment: String?) throws(Problem) -> JSONValue {
    guard let members = body.objectValue else { throw .wrongType(.root, wanted: "an object") }
    guard let deployment else { return body }
    return .object([("model", .string(deployment))] + members.filter { $0.key != "model" })
  }

  /// An error in this format.
  func document(of problem: Problem) -> ErrorDocument {
    if let (status, code, message) = AzureFormat.own(problem) {
      let error: JSONValue = .object([("code", .string(code)), ("message", .string(message))])
      return ErrorDocument(status: status, json: .object([("error", error)]))
    }
    if problem.reason == .moderation { return AzureFormat.filtered }
    let members: [(key: String, value: JSONValue)] = [
      ("message", .string(OpenAIErrors.strictMessage(problem))), ("type", .string("invalid_request_error")),
      ("param", problem.path.steps.isEmpty ? .null : .string(problem.path.bracketed)),
      ("code", OpenAIErrors.code(of: problem).map(JSONValue.string) ?? .null),
    ]
    return ErrorDocument(status: problem.status, json: .object([("error", .object(members))]))
  }

  /// Errors of Azure itself, in front of the model.
  private static func own(_ problem: Problem) -> (status: Int, code: String, message: String)? {
    switch problem.reason {
    case .key:
      return (
        401, "401",
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active "
          + "subscription and use a correct regional API endpoint for your resource."
      )
    case .model:
      return (
        404, "DeploymentNotFound",
        "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, "
          + "please wait a moment and try again."
      )
    case .route: return (404, "404", "Resource not found")
    case .simulated where problem.status == 429 || problem.status >= 500:
      return (problem.status, String(problem.status), problem.message)
    default: return nil
    }
  }

  private static let filtered = ErrorDocument(
    status: 400,
    json: .object([
      (
        "error",
        .object([
          (
            "message",
            .string(
              "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify "
                + "your prompt and retry.")
          ), ("type", .null), ("param", .string("prompt")), ("code", .string("content_filter")),
          ("status", .integer(400)),
          (
            "innererror",
            .object([
              ("code", .string("ResponsibleAIPolicyViolation")),
              (
                "content_filter_result",
                .object([("violence", .object([("filtered", .bool(true)), ("severity", .string("high"))]))])
              ),
            ])
          ),
        ])
      )
    ]))

  /// An error in the middle of a stream.
  func event(of problem: Problem) -> Answer.Event {
    Answer.Event(data: document(of: problem).json.serialized(), isToken: false)
  }
}

/// A chat completion as Azure sends it: OpenAI's, with the results of the content filter.
struct AzureTurn: Turn {
  /// OpenAI's part of it.
  var chat: ChatTurn

  /// What is asked.
  var prompt: Prompt {
    get { chat.prompt }
    set { chat.prompt = newValue }
  }

  /// How events are put into bytes.
  var framing: Framing { .events }

  private static let safe: JSONValue = .object(
    ["hate", "self_harm", "sexual", "violence"].map {
      ($0, .object([("filtered", .bool(false)), ("severity", .string("safe"))]))
    })
  private static let promptResults: JSONValue = .array([
    .object([("prompt_index", .integer(0)), ("content_filter_results", safe)])
  ])

  /// The whole answer.
  func whole(_ reply: Reply, _ identity: AnswerIdentity) -> JSONValue {
    let whole = AzureTurn.filtered(chat.whole(reply, identity))
    return .object((whole.objectValue ?? []) + [("prompt_filter_results", AzureTurn.promptResults)])
  }

  /// The events of the answer, made when they are due.
  func events(_ reply: Reply, _ identity: AnswerIdentity) -> () -> Answer.Event? {
    let next = chat.events(reply, identity)
    var isFirst = true
    return {
      if isFirst {
        isFirst = false
        return Answer.Event(data: AzureTurn.opening.serialized(), isToken: false)
      }
      guard var event = next() else { return nil }
      if let chunk = try? JSONValue.parse(event.data) { event.data = AzureTurn.filtered(chunk).serialized() }
      return event
    }
  }

  /// The first event has no choice and no names, only what the filter thinks of the prompt.
  private static let opening: JSONValue = .object([
    ("choices", .array([])), ("created", .integer(0)), ("id", .string("")), ("model", .string("")),
    ("object", .string("")), ("prompt_filter_results", promptResults),
  ])

  /// An answer or a chunk with the filter's results in its choices.
  private static func filtered(_ value: JSONValue) -> JSONValue {
    .object(
      (value.objectValue ?? []).map { name, member in
        guard name == "choices", let choices = member.arrayValue else { return (name, member) }
        return (
          name, .array(choices.map { .object(($0.objectValue ?? []) + [("content_filter_results", safe)]) })
        )
      })
  }
}
