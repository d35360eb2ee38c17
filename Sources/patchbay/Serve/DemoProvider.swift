import Commands
import Core
import EventLoop
import Gateway
import Ledger
import Simulator

/// The built-in provider `demo`: the simulator inside the process, so that the first request works without any key.
enum DemoProvider {
  /// Starts the simulator on a free loopback port of the process's own loops. Throws `SystemFailure`.
  static func attach(to process: GatewayProcess, _ log: Log) throws -> DemoOffer {
    guard let address = try SocketAddress.resolve("127.0.0.1:0").first else { throw SystemFailure("resolve", code: 0) }
    let (descriptors, bound) = try Listener.bind(address, count: process.loops.count)
    let key = Identifier.key()
    var options = SimulatorOptions()
    options.apiKey = key
    options.models = DemoOffer.upstreamModels
    // Prompts are not kept: the log is for tests of the simulator on its own.
    options.keepsLog = false
    let simulator = Simulator(options: options, log: log)
    for (loop, descriptor) in zip(process.loops, descriptors) {
      try GatewayProcess.run(on: loop) { () throws in try simulator.attach(to: loop, descriptor: descriptor) }
    }
    return DemoOffer(baseURL: "http://\(bound)/v1", apiKey: Secret(key))
  }
}
