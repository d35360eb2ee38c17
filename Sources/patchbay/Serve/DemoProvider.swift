import Configuration
import Core
import EventLoop
import Gateway
import Ledger
import Simulator

/// The built-in provider `demo`: the simulator inside the process, so that the first request works without any key.
enum DemoProvider {
  /// Starts the simulator on a free loopback port of the process's own loops and adds the provider and its models to the
  /// configuration. Throws `SystemFailure`.
  static func attach(to process: GatewayProcess, _ configuration: inout Configuration, _ log: Log) throws {
    let address = try SocketAddress.resolve("127.0.0.1:0")[0]
    let (descriptors, bound) = try Listener.bind(address, count: process.loops.count)
    let key = Identifier.key()
    var options = SimulatorOptions()
    options.apiKey = key
    options.models = ["echo", "embedding"]
    let simulator = Simulator(options: options, log: log)
    for (loop, descriptor) in zip(process.loops, descriptors) {
      try GatewayProcess.run(on: loop) { () throws in try simulator.attach(to: loop, descriptor: descriptor) }
    }
    configuration.providers.append(
      ProviderSettings(
        slug: "demo", name: "Demo", baseURL: "http://\(bound)/v1", apiKey: Secret(key),
        dataPolicy: DataPolicy(training: false, retentionDays: 0, zdr: true)))
    configuration.models.append(contentsOf: [
      model("demo/echo", "Echo", "Says what it hears, token by token; for trying the gateway out.", ["text"]),
      model("demo/embedding", "Embedding", "Deterministic vectors; for trying the gateway out.", ["embeddings"]),
    ])
  }

  private static func model(
    _ id: String, _ name: String, _ description: String, _ outputs: [String]
  ) -> ModelSettings {
    ModelSettings(
      id: id, name: "Demo: " + name, description: description, contextLength: 32_768,
      inputModalities: ["text", "image", "audio", "file"], outputModalities: outputs,
      endpoints: [
        EndpointSettings(provider: "demo", upstreamModel: String(id.dropFirst(5)), pricing: .free)
      ])
  }
}
