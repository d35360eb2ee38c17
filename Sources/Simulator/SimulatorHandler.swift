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

  /// The server's own errors in the shape of the format that the request is for.
  func renderError(
    _ error: GatewayError, requestID: String, head: RequestHead?
  ) -> (contentType: String, body: [UInt8]) {
    let format = head.map(Formats.serving) ?? OpenAIFormat()
    return ("application/json", format.document(of: Problem(error)).json.serialized())
  }

  /// Logs the request and begins its answer.
  func exchangeReady(_ exchange: Exchange) {
    let path = exchange.head.path
    if simulator.options.keepsLog, path.hasPrefix("/__simulator/") { return control(exchange, path) }
    let format = Formats.serving(exchange.head)
    let request = Incoming(head: exchange.head, body: exchange.body.copyBytes(), simulator: simulator)
    let sequence = simulator.requests.add(
      exchange.head, dialect: format.dialect, body: simulator.options.keepsLog ? request.body : [],
      arrived: exchange.receivedAt, keeps: simulator.options.keepsLog)
    do throws(Problem) {
      try format.authorize(request)
      try answer(request, format, exchange, sequence)
    } catch {
      simulator.requests.note(sequence, problem: error.message)
      play(exchange, sequence, Answer(error, format), FaultList())
    }
  }

  private func answer(
    _ request: Incoming, _ format: any Format, _ exchange: Exchange, _ sequence: Int
  ) throws(Problem) {
    switch try format.read(request) {
    case .document(let document):
      if let model = document.model { simulator.requests.note(sequence, model: model) }
      let faults =
        document.takesFaults
        ? simulator.faults(document.faults, path: request.head.path, model: document.model ?? "") : document.faults
      var answer = Answer(plain: document.json, format)
      answer.fields = document.fields
      play(exchange, sequence, answer, faults)
    case .answer(var turn):
      simulator.requests.note(sequence, model: turn.prompt.modelName)
      let faults = simulator.faults(turn.prompt.faults, path: request.head.path, model: turn.prompt.modelName)
      if faults.has(.noPrefill), turn.prompt.prefill != nil {
        throw .invalid(
          "This model does not support assistant message prefill. The conversation must end with a user message.",
          parameter: "messages")
      }
      turn.prompt.faults = faults
      play(exchange, sequence, Answer(turn, format, simulator.options, sequence: sequence), faults)
    }
  }

  /// Forgets a player whose answer has ended.
  func finished(
    _ player: AnswerPlayer, _ sequence: Int, _ outcome: RequestLog.Outcome, status: Int, events: Int,
    usage: Answer.Usage?
  ) {
    players[ObjectIdentifier(player)] = nil
    guard
      let entry = simulator.requests.end(
        sequence, outcome, status: status, eventsSent: events, usage: usage, now: .read())
    else { return }
    simulator.options.onRequest?(entry.serialized())
  }

  private func play(_ exchange: Exchange, _ sequence: Int, _ answer: Answer, _ faults: FaultList) {
    let player = AnswerPlayer(exchange, answer, faults, sequence: sequence, handler: self)
    players[ObjectIdentifier(player)] = player
    player.start()
  }

  // MARK: Control

  /// `/__simulator/log`, `/__simulator/script` and `/__simulator/tokens`.
  private func control(_ exchange: Exchange, _ path: String) {
    do throws(Problem) {
      switch (exchange.head.method, path) {
      case ("GET", "/__simulator/log"): send(exchange, 200, simulator.requests.json)
      case ("DELETE", "/__simulator/log"):
        simulator.requests.clear()
        simulator.resetCounts()
        send(exchange, 200, .object([("cleared", .bool(true))]))
      case ("DELETE", "/__simulator/tokens"):
        simulator.revokeTokens()
        send(exchange, 200, .object([("revoked", .bool(true))]))
      case ("POST", "/__simulator/script"):
        let script = try script(
          Incoming(head: exchange.head, body: exchange.body.copyBytes(), simulator: simulator).json())
        simulator.setScript(script)
        send(exchange, 200, .object([("entries", .integer(script.count))]))
      default: throw Problem(reason: .route, status: 404, message: "The simulator has no \(path).")
      }
    } catch {
      send(exchange, error.status, OpenAIErrors.document(of: error).json)
    }
  }

  private func script(_ body: JSONValue) throws(Problem) -> [FaultList] {
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
