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

  private func plan(_ file: [UInt8]?, _ loaded: LoadedConfiguration) throws(GatewayError) -> Plan {
    let configuration = loaded.configuration
    let (body, operation) = request(file)
    let read = try ReadRequest(operation, body, configuration.presets)
    let preferences = try ProviderPreferences(read.request.provider, over: read.defaults(configuration))
    return try Planner.plan(
      PlanRequest.routing(read.request, preferences, configuration.privacy), catalog: loaded.served,
      context: PlanningContext(maxAttempts: configuration.routing.retry.maxAttempts),
      leastTokens: { PromptLength.least(body.bytes) })
  }

  /// The body, with the model of the command line in it, and what it asks for, which shows from its members. A file that is
  /// no JSON object goes on as it is; the reader finds the words for it.
  private func request(_ file: [UInt8]?) -> (body: ByteBuffer, operation: OpenAIOperation) {
    let buffer = ByteBuffer()
    let short = JSONValue.object([
      ("messages", .array([.object([("role", .string("user")), ("content", .string("Hello"))])]))
    ])
    guard var members = (file.map { try? JSONValue.parse($0) } ?? short)?.objectValue else {
      buffer.append(file ?? [])
      return (buffer, .chat)
    }
    let names = members.map(\.key)
    if let model = options.model {
      members.removeAll { $0.key == "model" }
      members.insert(("model", .string(model)), at: 0)
    }
    JSONValue.object(members).write(to: buffer)
    if names.contains("input") { return (buffer, .embedding) }
    return (buffer, names.contains("prompt") && !names.contains("messages") ? .completion : .chat)
  }
}
