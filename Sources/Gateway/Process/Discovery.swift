import Catalog
import Configuration
import Core
import Synchronization

/// Looks for models that no file names: local model servers on their usual ports, and OpenRouter's list where its key is
/// set. Runs after the gateway listens, never before; what answers is added to the catalogue.
package final class Discovery: Sendable {
  /// A source of models.
  package struct Source: Sendable {
    /// Which provider its models belong to.
    package let provider: ProviderSettings
    /// Whether the provider is added to the configuration when it answers.
    package let isNew: Bool
    /// How long an answer may take. Unit: milliseconds.
    package let milliseconds: Int64
    fileprivate let read: @Sendable ([UInt8]) -> [ModelSettings]
  }

  /// What has been found.
  package struct Finding: Sendable {
    /// Providers to add.
    package var providers: [ProviderSettings] = []
    /// Models to add.
    package var models: [ModelSettings] = []
    /// In words, for people.
    package var notes: [String] = []

    /// Nothing yet.
    package init() {}
  }

  /// Servers on this machine, by the port that their documentation gives (November 2026).
  private static let localServers: [(slug: String, name: String, port: Int)] = [
    ("ollama", "Ollama", 11434), ("lmstudio", "LM Studio", 1234), ("vllm", "vLLM", 8000),
  ]

  private let state = Mutex((left: 0, finding: Finding()))

  private init() {}

  /// The sources worth asking for a configuration made without a file. A port of the gateway's own is not asked.
  package static func sources(_ configuration: Configuration, ownPorts: Set<Int>) -> [Source] {
    var sources = localServers.filter { !ownPorts.contains($0.port) }.map { server in
      let provider = ProviderSettings(
        slug: server.slug, name: server.name, baseURL: "http://127.0.0.1:\(server.port)/v1",
        dataPolicy: DataPolicy(training: false, retentionDays: 0, zdr: true))
      return Source(provider: provider, isNew: true, milliseconds: 2000) { body in
        (try? ModelListImport.models(in: body, provider: server.slug)) ?? []
      }
    }
    if let openRouter = configuration.providers.first(where: { $0.slug == "openrouter" }) {
      sources.append(
        Source(provider: openRouter, isNew: false, milliseconds: 15_000) { body in
          (try? OpenRouterImport(body))?.models ?? []
        })
    }
    return sources
  }

  /// Asks all sources at once; `completion` is called once, on a loop, when all have answered or given up.
  package static func run(
    _ sources: [Source], process: GatewayProcess, completion: @escaping @Sendable (Finding) -> Void
  ) {
    let discovery = Discovery()
    discovery.state.withLock { $0.left = sources.count }
    for source in sources {
      let route = GatewaySnapshot.route(
        CatalogProvider(settings: source.provider), path: "/models", TimeoutSettings())
      process.fetch(route, milliseconds: source.milliseconds) { result in
        let finding = discovery.note(source, result)
        if let finding { completion(finding) }
      }
    }
  }

  /// Notes one answer; returns everything when it was the last.
  private func note(_ source: Source, _ result: Result<UpstreamFetch.Answer, GatewayError>) -> Finding? {
    var models: [ModelSettings] = []
    if case .success(let answer) = result, answer.head.status == 200 { models = source.read(answer.body) }
    return state.withLock { state in
      if !models.isEmpty {
        if source.isNew { state.finding.providers.append(source.provider) }
        state.finding.models += models
        state.finding.notes.append("\(source.provider.name): \(models.count) models at \(source.provider.baseURL)")
      }
      state.left -= 1
      return state.left == 0 ? state.finding : nil
    }
  }
}
