import Configuration
import Core
import EventLoop
import Gateway
import Ledger
import Simulator

/// The built-in provider `demo`: the simulator inside the process, so that the first request works without any key.
enum DemoProvider {
  /// What is added to the configuration.
  struct Offer: Sendable {
    /// The provider.
    let provider: ProviderSettings
    /// Its models.
    let models: [ModelSettings]
  }

  /// Starts the simulator on a free loopback port of the process's own loops. Throws `SystemFailure`.
  static func attach(to process: GatewayProcess, _ log: Log) throws -> Offer {
    guard let address = try SocketAddress.resolve("127.0.0.1:0").first else { throw SystemFailure("resolve", code: 0) }
    let (descriptors, bound) = try Listener.bind(address, count: process.loops.count)
    let key = Identifier.key()
    var options = SimulatorOptions()
    options.apiKey = key
    options.models = ["echo", "embedding"]
    // Prompts are not kept: the log is for tests of the simulator on its own.
    options.keepsLog = false
    let simulator = Simulator(options: options, log: log)
    for (loop, descriptor) in zip(process.loops, descriptors) {
      try GatewayProcess.run(on: loop) { () throws in try simulator.attach(to: loop, descriptor: descriptor) }
    }
    return Offer(
      provider: ProviderSettings(
        slug: "demo", name: "Demo", baseURL: "http://\(bound)/v1", apiKey: Secret(key),
        dataPolicy: DataPolicy(training: false, retentionDays: 0, zdr: true)),
      models: [
        model("demo/echo", "Echo", "Says what it hears, token by token; for trying the gateway out.", ["text"]),
        model("demo/embedding", "Embedding", "Deterministic vectors; for trying the gateway out.", ["embeddings"]),
      ])
  }

  /// What the simulator understands of a chat request.
  private static let parameters = [
    "max_completion_tokens", "max_tokens", "response_format", "structured_outputs", "tools", "tool_choice", "logprobs",
    "top_logprobs", "stop", "seed", "temperature", "top_p",
  ]

  private static func model(
    _ id: String, _ name: String, _ description: String, _ outputs: [String]
  ) -> ModelSettings {
    ModelSettings(
      id: id, name: "Demo: " + name, description: description, contextLength: 32_768,
      inputModalities: ["text", "image", "audio", "file"], outputModalities: outputs,
      endpoints: [
        EndpointSettings(
          provider: "demo", upstreamModel: String(id.dropFirst(5)), pricing: .free,
          supportedParameters: outputs == ["text"] ? parameters : [])
      ])
  }
}
