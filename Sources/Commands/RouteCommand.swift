import Catalog
import Configuration
import Core
import Gateway
import JSON
import Planning
import Translation

/// `patchbay route`: where a request would go, and why, without sending anything.
package struct RouteCommand: Sendable {
  /// Largest request that is read. Unit: bytes. Source: the default of `server.limits.body_bytes`.
  private static let requestLimit = 33_554_432

  private let options: RouteOptions
  private let environment: [String: String]
  private let terminal: Terminal

  /// A dry run of the request that `options` describe.
  package init(_ options: RouteOptions, environment: [String: String], terminal: Terminal) {
    self.options = options
    self.environment = environment
    self.terminal = terminal
  }

  /// Plans and prints. `wrong` when the configuration or the request is not valid, or nothing could serve it.
  package func run() -> ExitCode {
    do {
      let loaded = try LoadedConfiguration.load(config: options.config, environment: environment)
      let body = try options.request.map { try FileContents.read($0, limit: RouteCommand.requestLimit) }
      return route(body, loaded)
    } catch let error as SystemFailure {
      terminal.note("patchbay: \(options.request ?? ""): \(SystemFailure.text(error.code))")
    } catch {
      terminal.writeError("\(error)\n")
    }
    return .wrong
  }

  private func route(_ body: [UInt8]?, _ loaded: LoadedConfiguration) -> ExitCode {
    do throws(GatewayError) {
      let plan = try plan(body, loaded)
      terminal.write(options.json ? ErrorDocument.value(plan.decision).line : RouteReport.text(plan))
      return .success
    } catch {
      if options.json {
        terminal.write(String(decoding: ErrorDocument.body(error), as: UTF8.self) + "\n")
      } else {
        terminal.write(RouteReport.text(error))
      }
      return .wrong
    }
  }

  private func plan(_ body: [UInt8]?, _ loaded: LoadedConfiguration) throws(GatewayError) -> Plan {
    let configuration = loaded.configuration
    let defaults = configuration.routing.preferences
    let routing: RoutingRequest
    if let body {
      let request = try RouteCommand.request(body)
      routing = PlanRequest.routing(
        request, try ProviderPreferences(request.provider, over: defaults), configuration.privacy)
      if let model = options.model { routing.chain = [model] + request.models.filter { $0 != model } }
    } else {
      let privacy = configuration.privacy
      routing = RoutingRequest(
        chain: options.model.map { [$0] } ?? [], preferences: ProviderPreferences(defaults),
        needs: RoutingRequest.Needs(output: .text),
        policy: RoutingRequest.Policy(
          zdr: privacy.zdr, deniesCollection: privacy.dataCollection == .deny, regions: privacy.regions))
    }
    return try Planner.plan(
      routing, catalog: loaded.snapshot,
      context: PlanningContext(maxAttempts: configuration.routing.retry.maxAttempts),
      leastTokens: { (body ?? []).withUnsafeBytes { PromptLength.least($0) } })
  }

  /// The request in a file; what it asks shows from its members.
  private static func request(_ body: [UInt8]) throws(GatewayError) -> OpenAIRequest {
    let value = try? JSONValue.parse(body)
    let operation: OpenAIOperation =
      value?["input"] != nil ? .embedding : value?["prompt"] != nil && value?["messages"] == nil ? .completion : .chat
    var result: Result<OpenAIRequest, GatewayError>?
    body.withUnsafeBytes { bytes in
      do throws(GatewayError) {
        result = .success(try OpenAIRequest(operation, body: bytes))
      } catch {
        result = .failure(error)
      }
    }
    guard let result else { throw .caller(.invalidRequest, "The request is empty.") }
    return try result.get()
  }
}
