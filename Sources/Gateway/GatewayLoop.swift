import Core
import EventLoop
import HTTPServer
import HTTPWire
import Ledger
import Planning
import Translation
import Upstream

/// The gateway on one loop: it takes requests from the server, sends each to its route, and owns the calls under way.
///
/// `@unchecked Sendable`: the object crosses threads only as a reference inside `EventLoop.execute`; everything in it is
/// touched on its loop alone.
package final class GatewayLoop: ExchangeHandler, @unchecked Sendable {
  /// Largest whole answer of a provider. Unit: bytes. Embeddings of a large batch are the biggest answers there are.
  static let answerLimit = 134_217_728

  /// Memory kept for edited answers. Unit: bytes. Nearly all answers are smaller.
  private static let outputKept = 1_048_576

  let loop: EventLoop
  let transport: any UpstreamTransport
  let log: Log
  /// What all loops know together.
  let shared: GatewayShared
  /// How well every endpoint works, as this loop sees it.
  let health: HealthTable
  /// Tells the other loops.
  private(set) var news: HealthExchange?
  /// Extra attempts that models may still have.
  private(set) var budget: RetryBudget
  /// Second endpoints that may still be asked.
  var hedges = HedgeBudget()
  /// Chance for draws and pauses; nothing secret depends on it.
  var chance = SeededGenerator(seed: UInt64.random(in: 0 ... .max))
  /// Where edited events are gathered before they are written; empty between two events.
  let output = ByteBuffer()
  /// The loop's own journal.
  let books: LoopBooks
  /// Signatures and access tokens for providers that want them.
  let credentials: ProviderCredentials
  /// Pictures and documents for providers that want bytes.
  let media: MediaFetcher
  private var snapshot: GatewaySnapshot
  private var keys: KeyTable
  private let counter: AdministrationCounter?
  private var calls: [ObjectIdentifier: InferenceCall] = [:]
  private var isDraining = false
  private var hosts = KnownHosts()
  private var wrongKeys = WrongKeys()

  /// Remembered between a request's head and its body.
  private final class Admission {
    let route: Route
    let caller: Caller
    let snapshot: GatewaySnapshot
    /// Room for the body; nil for a small one.
    let room: BodyRoom?

    init(_ route: Route, _ caller: Caller, _ snapshot: GatewaySnapshot, _ room: BodyRoom? = nil) {
      self.room = room
      self.route = route
      self.caller = caller
      self.snapshot = snapshot
    }
  }

  /// A gateway on `loop` that begins with `snapshot` and `keys`. Throws `SystemFailure` when its journal cannot be made.
  package init(
    _ loop: EventLoop, transport: any UpstreamTransport, snapshot: GatewaySnapshot, keys: KeyTable,
    shared: GatewayShared,
    log: Log
  ) throws {
    self.loop = loop
    self.transport = transport
    self.snapshot = snapshot
    self.shared = shared
    self.log = log
    self.keys = keys
    books = try LoopBooks(loop, shared.books, log: log)
    media = MediaFetcher(loop, transport: transport, pressure: shared.pressure)
    credentials = ProviderCredentials(loop, transport: transport, log: log)
    counter = shared.desk.map { AdministrationCounter(loop, $0, log: log) }
    let routing = snapshot.configuration.routing
    health = HealthTable(circuits: shared.circuits, settings: routing)
    health.adopt(snapshot.catalog)
    budget = RetryBudget(routing.retry, shared: shared.retryFloor)
  }

  /// Takes a new snapshot; requests under way finish on theirs. On the loop.
  package func adopt(_ snapshot: GatewaySnapshot) {
    loop.assertOnLoop()
    self.snapshot = snapshot
    health.adopt(snapshot.catalog, settings: snapshot.configuration.routing)
    budget = RetryBudget(snapshot.configuration.routing.retry, shared: shared.retryFloor)
    transport.forgetRoutes(except: snapshot.routeIdentities)
    credentials.forget(except: snapshot.catalog.providers.map(\.settings))
  }

  /// Takes new keys. On the loop.
  package func adopt(_ keys: KeyTable) {
    loop.assertOnLoop()
    self.keys = keys
  }

  /// The time for budgets.
  var admissionTime: AdmissionTime { .current(loop.now) }

  /// From now on `tell` hears, on the loop and about once a second, how well endpoints work. On the loop.
  package func tellOthers(_ tell: @escaping @Sendable (HealthSummary) -> Void) {
    news = HealthExchange(loop, health, tell: tell)
  }

  /// From now on `/ready` says no. On the loop.
  package func beginDraining() { isDraining = true }

  /// Ends all calls under way with an error that says why: the drain is over. Returns how many. On the loop.
  package func endAll() -> Int {
    let running = Array(calls.values)
    let error = GatewayError(
      .unavailable, "The gateway is shutting down; send the request again.", origin: .gateway, retryAfterSeconds: 5)
    for call in running { call.end(error) }
    return running.count
  }

  /// Gives the memory of an unusually large answer back.
  func trimOutput() { if output.allocated > GatewayLoop.outputKept { output.release() } else { output.clear() } }

  func forget(_ call: InferenceCall) { calls[ObjectIdentifier(call)] = nil }

  // MARK: ExchangeHandler

  /// Decides from the head alone whether the body is worth reading: route, method, caller, content type.
  package func headReceived(_ exchange: Exchange) -> HeadVerdict {
    let head = exchange.head
    do throws(GatewayError) {
      guard let route = Route(head) else {
        throw .caller(
          .notFound, "There is nothing at \(head.path.prefix(200)). The routes begin with /v1/ or /api/v1/.")
      }
      guard route.allows(head.method) || head.method == "OPTIONS" else {
        return wrongMethod(head, route)
      }
      if head.method == "OPTIONS" {
        exchange.attachment = Admission(route, shared.books.anonymous, snapshot)
        return .skipBody
      }
      let caller = try Authenticate.caller(head, route, snapshot, keys, shared.books.anonymous, hosts: &hosts)
      if route.takesJSON(head.method) { try checkContentType(head) }
      exchange.attachment = Admission(route, caller, snapshot, try room(head, route))
      // Nobody without a key makes the gateway hold a body, and nobody else where none is looked at.
      return route.takesJSON(head.method) ? .readBody : .skipBody
    } catch {
      if error.kind == .unauthenticated { slowDown(exchange) }
      return .refuse(error)
    }
  }

  /// Room for a body that is worth reading. Throws 503 when the process cannot take on more, or when bytes that have come
  /// wait too long for the loop: what is admitted is answered in time, and the loop catches up.
  private func room(_ head: RequestHead, _ route: Route) throws(GatewayError) -> BodyRoom? {
    guard route.takesJSON(head.method) else { return nil }
    if route.isWork, loop.lag > Int64(snapshot.configuration.server.limits.lagMilliseconds) * 1_000_000 {
      throw GatewayError(
        .unavailable, "The gateway is overloaded; try again.", origin: .gateway, resend: .safe, retryAfterSeconds: 1)
    }
    let copies = route.bodyCopies
    switch head.framing {
    case .none: return nil
    case .length(let length) where head.singles.contentEncoding == nil: return try shared.pressure.room(length * copies)
    // Its size is known when it is there.
    case .length, .chunked: return try shared.pressure.room(snapshot.configuration.server.limits.bodyBytes * copies)
    }
  }

  /// Whoever tries many keys waits for the answers.
  private func slowDown(_ exchange: Exchange) {
    let delay = wrongKeys.note(exchange.remoteAddress.host, now: loop.now)
    guard delay > 0, let unsent = exchange.unsent else { return }
    unsent.keepBack()
    let timer = LoopTimer(loop) { unsent.letGo() }
    timer.arm(at: loop.now.adding(milliseconds: delay))
  }

  private func wrongMethod(_ head: RequestHead, _ route: Route) -> HeadVerdict {
    var fields = ResponseFields()
    fields.add("allow", route.methods)
    let words = "\(head.path.prefix(200)) does not answer \(head.method.prefix(20)). Use \(route.methods)."
    return .refuse(.caller(.methodNotAllowed, words), fields: fields)
  }

  /// The body is there: the request goes its way.
  package func exchangeReady(_ exchange: Exchange) {
    guard let admission = exchange.attachment as? Admission else { return exchange.abort() }
    exchange.attachment = nil
    if exchange.head.method == "OPTIONS" {
      return exchange.respond(
        status: 204,
        fields: admission.snapshot.cors.preflightFields(for: exchange.head, methods: admission.route.methods),
        contentType: "", body: [])
    }
    switch admission.route {
    case .inference(let route): infer(exchange, route, admission)
    case .tokenCount(let route): countTokens(exchange, route)
    case .health: respond(exchange, ProcessDocuments.health())
    case .ready: ready(exchange, admission.snapshot)
    case .metrics: metrics(exchange, admission.snapshot)
    case .administration(let route):
      guard let counter else { return exchange.abort() }
      counter.take(exchange, route, admission.caller)
    default: catalogue(exchange, admission)
    }
  }

  /// CORS fields for a request of an allowed web page.
  package func commonFields(for head: RequestHead?) -> ResponseFields { snapshot.cors.fields(for: head) }

  /// Errors in the shape of the route's format; OpenRouter's where there is none.
  package func renderError(
    _ error: GatewayError, requestID: String, head: RequestHead?
  ) -> (contentType: String, body: [UInt8]) {
    let body = head.flatMap(Route.caller)?.errorBody(error, requestID: requestID) ?? ErrorDocument.body(error)
    return ("application/json", body)
  }

  // MARK: Routes

  private func infer(_ exchange: Exchange, _ route: InferenceRoute, _ admission: Admission) {
    var evidence = EarlyEvidence(exchange.head, route)
    do throws(GatewayError) {
      let translated = route.format == .openAI ? nil : try TranslatedCaller(route, exchange.body)
      let read = try ReadRequest(route.operation, exchange.body, admission.snapshot.configuration.presets)
      if let translated, read.preset != nil { try translated.adopt(exchange.body.bytes) }
      if evidence.isWanted { evidence.chain = read.request.modelChain }
      let plan = try PlanRequest.plan(
        read, translated, exchange, admission.caller, admission.snapshot,
        PlanningContext(
          health: health, sticky: shared.sticky, now: loop.now, seed: chance.next(),
          maxAttempts: admission.snapshot.configuration.routing.retry.maxAttempts))
      evidence.plan = plan
      let admitted = try Admit(
        read: read, caller: admission.caller, exchange: exchange, snapshot: admission.snapshot, books: shared.books,
        journal: books, now: loop.now
      ).admit(plan)
      let call = InferenceCall(
        self, exchange, admission.snapshot, admission.caller, read, admitted, translated: translated)
      call.room = admission.room
      calls[ObjectIdentifier(call)] = call
      call.open()
    } catch {
      exchange.fail(
        error, fields: GatewayLoop.rateFields(error), members: evidence.members(error, admission.snapshot.catalog))
    }
  }

  /// How long a request is, as far as can be told without asking a provider.
  private func countTokens(_ exchange: Exchange, _ route: InferenceRoute) {
    do throws(GatewayError) {
      let translated = try TranslatedCaller(route, exchange.body)
      guard let body = translated.dialect.tokenCount(translated.tokens) else {
        throw .caller(.notFound, "This format has no count of tokens.")
      }
      respond(exchange, body)
    } catch {
      exchange.fail(error)
    }
  }

  /// What an error says about a rate limit of ours, as fields of the response.
  private static func rateFields(_ error: GatewayError) -> ResponseFields {
    var fields = ResponseFields()
    guard error.kind == .rateLimited, let headers = error.metadata.first(where: { $0.name == "headers" }),
      case .object(let members) = headers.value
    else { return fields }
    for member in members {
      guard case .text(let value) = member.value else { continue }
      switch member.name {
      case "X-RateLimit-Limit": fields.add("x-ratelimit-limit", value)
      case "X-RateLimit-Remaining": fields.add("x-ratelimit-remaining", value)
      case "X-RateLimit-Reset": fields.add("x-ratelimit-reset", value)
      default: break
      }
    }
    return fields
  }

  private func catalogue(_ exchange: Exchange, _ admission: Admission) {
    do throws(GatewayError) {
      respond(
        exchange,
        try CatalogueRoutes.document(
          admission.route, exchange.head, admission.snapshot, admission.caller,
          health: { [health, loop] in health.view($0, now: loop.now) }))
    } catch {
      exchange.fail(error)
    }
  }

  private func metrics(_ exchange: Exchange, _ snapshot: GatewaySnapshot) {
    let used = health.used(now: loop.now)
    exchange.respond(
      status: 200, fields: ResponseFields(), contentType: MetricsDocument.contentType,
      body: MetricsDocument.text(shared.counters, shared.books, used))
  }

  private func ready(_ exchange: Exchange, _ snapshot: GatewaySnapshot) {
    if isDraining {
      exchange.fail(
        GatewayError(.unavailable, "The gateway is shutting down.", origin: .gateway, retryAfterSeconds: 5))
    } else if snapshot.catalog.models.isEmpty {
      exchange.fail(
        GatewayError(
          .unavailable, "No model can be served: configure a provider with a model.", origin: .gateway,
          retryAfterSeconds: 5))
    } else {
      respond(exchange, ProcessDocuments.ready(models: snapshot.catalog.models.count))
    }
  }

  private func respond(_ exchange: Exchange, _ body: [UInt8]) {
    exchange.respond(status: 200, fields: ResponseFields(), contentType: "application/json", body: body)
  }

  /// A web page can send a form or plain text to another site without asking; JSON it cannot. Curl sends a form unless told
  /// otherwise, hence the hint.
  private func checkContentType(_ head: RequestHead) throws(GatewayError) {
    if head.has(head.singles.contentType, "application/json") { return }
    let type = head.first("content-type") ?? ""
    let media = type.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
    if media == "application/json" || media.hasPrefix("application/") && media.hasSuffix("+json") { return }
    throw .caller(
      .unsupportedMediaType,
      "The body must be JSON with 'Content-Type: application/json', not '\(type.prefix(80))'. "
        + "With curl, add -H 'Content-Type: application/json'.")
  }
}
