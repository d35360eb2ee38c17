import HTTPWire
import JSON

/// AWS Bedrock's Converse: `/model/M/converse`, `/model/M/converse-stream` and `/model/M/count-tokens`; embeddings by
/// `/model/M/invoke`.
struct BedrockFormat: Format {
  /// Its name in the log.
  let dialect = "bedrock"

  private static let operations = ["converse", "converse-stream", "count-tokens", "invoke"]

  /// The model and the operation that a path names; nil when it names none. Model ids may hold slashes.
  private static func target(_ path: String) -> (model: String, operation: String)? {
    guard let start = path.firstRange(of: "/model/")?.upperBound, let slash = path.lastIndex(of: "/"), start < slash
    else { return nil }
    let operation = String(path[path.index(after: slash)...])
    return operations.contains(operation) ? (String(path[start..<slash]), operation) : nil
  }

  /// Whether a request is for it.
  func serves(_ head: RequestHead) -> Bool { head.method == "POST" && BedrockFormat.target(head.path) != nil }

  /// Looks at the request's key. Throws `Problem`.
  func authorize(_ request: Incoming) throws(Problem) {
    if let credentials = request.simulator.options.awsCredentials {
      try SignatureCheck.check(request, credentials)
    } else if !request.accepts(key: request.bearer) {
      throw .key
    }
  }

  /// Reads a request. Throws a `Problem` for everything that the provider would refuse.
  func read(_ request: Incoming) throws(Problem) -> Asked {
    guard let (model, operation) = BedrockFormat.target(request.head.path) else {
      throw .route(request.head.method, request.head.path)
    }
    var fields = try FieldReader(try request.json(), at: .root)
    if operation == "invoke" {
      return .document(try BedrockEmbeddings.answer(&fields, model: model, request.simulator))
    }
    guard operation == "count-tokens" else {
      var turn = try BedrockReader.turn(&fields, model: model, request.simulator)
      turn.prompt.isStream = operation == "converse-stream"
      return .answer(turn)
    }
    var input = try fields.requiredObject("input")
    try fields.end()
    var converse = try input.requiredObject("converse")
    try input.end()
    let prompt = try BedrockReader.counted(&converse, model: model, request.simulator)
    return .document(
      Asked.Document(
        json: .object([("inputTokens", .integer(prompt.promptTokens))]), model: prompt.modelName, faults: prompt.faults,
        takesFaults: true))
  }

  /// Whether content is refused by an answer that says so.
  var moderatesInAnswers: Bool { true }

  /// An error in this format.
  func document(of problem: Problem) -> ErrorDocument {
    let status =
      switch problem.reason {
      case .key, .requestSignature: 403
      case .model: 400
      default: problem.status == 401 ? 403 : problem.status
      }
    return ErrorDocument(
      status: status, fields: [("x-amzn-errortype", BedrockFormat.type(problem.reason, status))],
      json: .object([("message", .string(BedrockFormat.message(problem)))]))
  }

  /// An error in the middle of a stream.
  func event(of problem: Problem) -> Answer.Event {
    let type = BedrockFormat.type(problem.reason, problem.status)
    let name = type.prefix(1).lowercased() + type.dropFirst()
    let data = JSONValue.object([("message", .string(problem.message))]).serialized()
    return Answer.Event(name: name, data: data, isToken: false, isException: true)
  }

  private static func type(_ reason: Problem.Reason, _ status: Int) -> String {
    if reason == .key { return "UnrecognizedClientException" }
    if reason == .requestSignature { return "InvalidSignatureException" }
    switch status {
    case 403: return "AccessDeniedException"
    case 404: return "ResourceNotFoundException"
    case 408: return "ModelTimeoutException"
    case 424: return "ModelErrorException"
    case 429: return "ThrottlingException"
    case 400..<500: return "ValidationException"
    case 503: return "ServiceUnavailableException"
    default: return "InternalServerException"
    }
  }

  private static func message(_ problem: Problem) -> String {
    let place = problem.path.dotted
    switch problem.reason {
    case .key: return "The security token included in the request is invalid."
    case .model: return "The provided model identifier is invalid."
    case .contextLength: return "Input is too long for requested model."
    case .missing:
      return "1 validation error detected: Value at '\(place)' failed to satisfy constraint: Member must not be null"
    case .unknown:
      return
        "Malformed input request: #\(place): extraneous key [\(problem.path.last)] is not permitted, please reformat "
        + "your input and try again."
    case .signature:
      return
        "The model returned the following errors: \(problem.path.parent.dotted): Invalid `signature` in `thinking` "
        + "block"
    case .invalid where !place.isEmpty:
      return "1 validation error detected: Value at '\(place)' failed to satisfy constraint: \(problem.message)"
    default: return problem.message
    }
  }
}
