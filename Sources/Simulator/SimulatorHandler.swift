import Core
import EventLoop
import HTTPServer
import HTTPWire
import JSON

/// The simulator's routes on one loop. Holds the players of answers that are not finished.
final class SimulatorHandler: ExchangeHandler {
  /// Whose routes these are.
  let simulator: Simulator
  /// The loop all of this happens on.
  let loop: EventLoop
  private var players: [ObjectIdentifier: AnswerPlayer] = [:]

  /// The routes on one loop.
  init(_ simulator: Simulator, loop: EventLoop) {
    self.simulator = simulator
    self.loop = loop
  }

  /// Every body is read; refusals come after it, as most providers do it.
  func headReceived(_ exchange: Exchange) -> HeadVerdict { .readBody }

  /// None: a provider's responses carry what the server adds.
  func commonFields(for head: RequestHead?) -> ResponseFields { ResponseFields() }

  /// The server's own errors in OpenAI's shape.
  func renderError(
    _ error: GatewayError, requestID: String, head: RequestHead?
  ) -> (contentType: String, body: [UInt8]) { ("application/json", OpenAIError(error).json.serialized()) }

  /// Logs the request and begins its answer.
  func exchangeReady(_ exchange: Exchange) {
    let path = exchange.head.path
    if simulator.options.keepsLog, path.hasPrefix("/__simulator/") { return control(exchange, path) }
    let sequence = simulator.requests.add(
      exchange.head, body: simulator.options.keepsLog ? exchange.body.copyBytes() : [], arrived: exchange.receivedAt,
      keeps: simulator.options.keepsLog)
    do throws(OpenAIError) {
      try authorize(exchange.head)
      try route(exchange, sequence)
    } catch {
      play(exchange, sequence, Answer(error), FaultList())
    }
  }

  /// Forgets a player whose answer has ended.
  func finished(
    _ player: AnswerPlayer, _ sequence: Int, _ outcome: RequestLog.Outcome, events: Int, usage: Answer.Usage?
  ) {
    players[ObjectIdentifier(player)] = nil
    guard
      let entry = simulator.requests.end(sequence, outcome, eventsSent: events, usage: usage, now: .read())
    else { return }
    simulator.options.onRequest?(entry.serialized())
  }

  private func play(_ exchange: Exchange, _ sequence: Int, _ answer: Answer, _ faults: FaultList) {
    let player = AnswerPlayer(exchange, answer, faults, sequence: sequence, handler: self)
    players[ObjectIdentifier(player)] = player
    player.start()
  }

  private func authorize(_ head: RequestHead) throws(OpenAIError) {
    guard let key = simulator.options.apiKey, head.first("authorization") != "Bearer " + key else { return }
    throw OpenAIError(
      status: 401, message: "Incorrect API key provided.", type: "invalid_request_error", code: "invalid_api_key")
  }

  private func route(_ exchange: Exchange, _ sequence: Int) throws(OpenAIError) {
    let path = exchange.head.path
    let isPost = exchange.head.method == "POST"
    if path.hasSuffix("/chat/completions"), isPost { return try chat(exchange, sequence, isLegacy: false) }
    if path.hasSuffix("/completions"), isPost { return try chat(exchange, sequence, isLegacy: true) }
    if path.hasSuffix("/embeddings"), isPost { return try embeddings(exchange, sequence) }
    if !isPost, path.hasSuffix("/models") { return models(exchange, sequence) }
    if !isPost, let place = path.range(of: "/models/") {
      return try model(String(path[place.upperBound...]), exchange, sequence)
    }
    throw OpenAIError(
      status: 404, message: "Invalid URL (\(exchange.head.method) \(path))", type: "invalid_request_error")
  }

  private func body(_ exchange: Exchange) throws(OpenAIError) -> JSONValue {
    do throws(JSONProblem) {
      return try JSONValue.parse(exchange.body.bytes)
    } catch {
      throw .invalid("We could not parse the JSON body of your request: \(error).")
    }
  }

  private func check(_ model: String) throws(OpenAIError) {
    let base = ModelName.base(model)
    guard !simulator.options.models.contains(where: { ModelName.base($0) == base }) else { return }
    throw OpenAIError(
      status: 404, message: "The model '\(model)' does not exist or you do not have access to it.",
      type: "invalid_request_error", code: "model_not_found")
  }

  private func chat(_ exchange: Exchange, _ sequence: Int, isLegacy: Bool) throws(OpenAIError) {
    let body = try body(exchange)
    let request = try ChatRequest(body, isLegacy: isLegacy)
    try check(request.model)
    let faults = faults(request.faults, exchange, body)
    if faults.has(.noPrefill), request.prefill != nil {
      throw .invalid(
        "This model does not support assistant message prefill. The conversation must end with a user message.",
        parameter: "messages")
    }
    var faulty = request
    faulty.faults = faults
    play(exchange, sequence, Answer(faulty, simulator.options, sequence: sequence), faults)
  }

  private func faults(_ named: FaultList, _ exchange: Exchange, _ body: JSONValue) -> FaultList {
    simulator.faults(named, path: exchange.head.path, model: body["model"]?.stringValue ?? "")
  }

  private func embeddings(_ exchange: Exchange, _ sequence: Int) throws(OpenAIError) {
    let body = try body(exchange)
    let (model, wanted, answer) = try Embeddings.answer(body)
    try check(model)
    play(exchange, sequence, Answer(plain: answer), faults(wanted, exchange, body))
  }

  private func models(_ exchange: Exchange, _ sequence: Int) {
    let list = simulator.options.models.map(SimulatorHandler.model)
    let answer: JSONValue = .object([("object", .string("list")), ("data", .array(list))])
    play(exchange, sequence, Answer(plain: answer), FaultList())
  }

  private func model(_ id: String, _ exchange: Exchange, _ sequence: Int) throws(OpenAIError) {
    try check(id)
    play(exchange, sequence, Answer(plain: SimulatorHandler.model(id)), FaultList())
  }

  private static func model(_ id: String) -> JSONValue {
    .object([
      ("id", .string(id)), ("object", .string("model")), ("created", .integer(1_700_000_000)),
      ("owned_by", .string("simulator")),
    ])
  }

  // MARK: Control

  /// `/__simulator/log` and `/__simulator/script`.
  private func control(_ exchange: Exchange, _ path: String) {
    do throws(OpenAIError) {
      switch (exchange.head.method, path) {
      case ("GET", "/__simulator/log"): send(exchange, 200, simulator.requests.json)
      case ("DELETE", "/__simulator/log"):
        simulator.requests.clear()
        simulator.resetCounts()
        send(exchange, 200, .object([("cleared", .bool(true))]))
      case ("POST", "/__simulator/script"):
        let script = try script(try body(exchange))
        simulator.setScript(script)
        send(exchange, 200, .object([("entries", .integer(script.count))]))
      default: throw OpenAIError(status: 404, message: "The simulator has no \(path).", type: "invalid_request_error")
      }
    } catch {
      send(exchange, error.status, error.json)
    }
  }

  private func script(_ body: JSONValue) throws(OpenAIError) -> [FaultList] {
    guard let entries = body.arrayValue else { throw .invalid("A script is a JSON array of fault strings.") }
    var script: [FaultList] = []
    for entry in entries {
      guard let text = entry.stringValue else { throw .invalid("A script is a JSON array of fault strings.") }
      do throws(GatewayError) { script.append(try FaultList(text)) } catch { throw .invalid(error.message) }
    }
    return script
  }

  private func send(_ exchange: Exchange, _ status: Int, _ value: JSONValue) {
    exchange.respond(
      status: status, fields: ResponseFields(), contentType: "application/json", body: value.serialized())
  }
}

extension String {
  /// Where `other` first stands.
  fileprivate func range(of other: String) -> Range<String.Index>? { firstRange(of: other) }
}
