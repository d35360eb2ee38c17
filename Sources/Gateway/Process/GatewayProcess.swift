import Administration
import Configuration
import Core
import Dispatch
import EventLoop
import HTTPServer
import Upstream

/// The running gateway: its loops, and on each of them a server, a gateway and a transport. Used from the thread that runs
/// the process (start, reload, drain); what happens on the loops is theirs.
package final class GatewayProcess {
  /// All loops, running.
  package let loops: [EventLoop]
  private let log: Log
  private let shared: GatewayShared
  private var nodes: [Node] = []

  /// What lives on one loop.
  ///
  /// `@unchecked Sendable`: made and used on its loop only; the process keeps it alive.
  private final class Node: @unchecked Sendable {
    let loop: EventLoop
    let gateway: GatewayLoop
    let server: HTTPServer

    init(_ loop: EventLoop, _ gateway: GatewayLoop, _ server: HTTPServer) {
      self.loop = loop
      self.gateway = gateway
      self.server = server
    }
  }

  /// Starts `loopCount` loops that share `books` and `desk`, which is nil where nothing is administered. Throws `SystemFailure`.
  package init(
    loopCount: Int, books: GatewayBooks, desk: AdministrationDesk?, pressure: Pressure, log: Log
  ) throws {
    self.log = log
    shared = GatewayShared(books: books, desk: desk, pressure: pressure)
    loops = try (0..<max(1, loopCount)).map { try EventLoop(index: $0) }
    for loop in loops { loop.start() }
  }

  /// Serves `snapshot` on the listening sockets, one per loop. Throws what a transport or a server throws.
  package func serve(
    descriptors: [Int32], limits: ServerLimits, snapshot: GatewaySnapshot, keys: KeyTable,
    makeTransport: @escaping @Sendable (EventLoop) throws -> any UpstreamTransport
  ) throws {
    let log = log
    let shared = shared
    for (loop, descriptor) in zip(loops, descriptors) {
      let node = try GatewayProcess.run(on: loop) { () throws -> Node in
        let gateway = try GatewayLoop(
          loop, transport: try makeTransport(loop), snapshot: snapshot, keys: keys, shared: shared, log: log)
        let server = try HTTPServer(loop, descriptor: descriptor, limits: limits, handler: gateway, log: log)
        return Node(loop, gateway, server)
      }
      nodes.append(node)
    }
    introduce()
  }

  /// Lets every loop tell the others how well endpoints work.
  private func introduce() {
    let nodes = nodes
    for (index, node) in nodes.enumerated() {
      let peers = nodes.enumerated().filter { $0.offset != index }.map(\.element)
      GatewayProcess.run(on: node.loop) {
        node.gateway.tellOthers { summary in
          for peer in peers { peer.loop.execute { peer.gateway.health.absorb(summary, from: index) } }
        }
      }
    }
  }

  /// Swaps the snapshot on every loop, and returns when all have it. Not to be called on a loop.
  package func publish(_ snapshot: GatewaySnapshot) {
    for node in nodes { GatewayProcess.run(on: node.loop) { node.gateway.adopt(snapshot) } }
  }

  /// Swaps the keys on every loop, and returns when all have them. Not to be called on a loop.
  package func publish(_ keys: KeyTable) {
    for node in nodes { GatewayProcess.run(on: node.loop) { node.gateway.adopt(keys) } }
  }

  /// Ends what still runs without a caller, writes what the journals have to be told, and closes them. After the drain;
  /// blocks.
  package func closeBooks() {
    for node in nodes {
      GatewayProcess.run(on: node.loop) {
        _ = node.gateway.endAll()
        node.gateway.books.end()
      }
    }
  }

  /// Fetches a route on the first loop; `completion` is called there.
  package func fetch(
    _ route: UpstreamRoute, milliseconds: Int64,
    completion: @escaping @Sendable (Result<UpstreamFetch.Answer, GatewayError>) -> Void
  ) {
    guard let node = nodes.first else { return }
    node.loop.execute {
      UpstreamFetch.start(
        route, on: node.loop, transport: node.gateway.transport, milliseconds: milliseconds, completion: completion)
    }
  }

  /// Accepts nothing more, calls `begun` when that holds on every loop, and lets what runs finish, at most `seconds`;
  /// what is left then is told so and ended. Blocks. Returns how many calls had to be cut.
  package func drain(seconds: Int, begun: () -> Void) -> Int {
    let idle = DispatchGroup()
    for node in nodes {
      idle.enter()
      GatewayProcess.run(on: node.loop) {
        node.gateway.beginDraining()
        node.server.drain { idle.leave() }
      }
    }
    begun()
    if idle.wait(timeout: .now() + .seconds(seconds)) == .success { return 0 }
    var cut = 0
    for node in nodes {
      cut += GatewayProcess.run(on: node.loop) { node.gateway.endAll() }
    }
    // The last words still have to reach the callers.
    _ = idle.wait(timeout: .now() + .seconds(1))
    for node in nodes {
      GatewayProcess.run(on: node.loop) {
        node.gateway.books.writeNow()
        node.server.closeAll()
      }
    }
    return cut
  }

  /// Runs `work` on a loop and waits for it. Not to be called on a loop.
  package static func run<Value: Sendable, Failure: Error>(
    on loop: EventLoop, _ work: @escaping @Sendable () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let done = DispatchSemaphore(value: 0)
    let box = ResultBox<Value, Failure>()
    loop.execute {
      do throws(Failure) { box.result = .success(try work()) } catch { box.result = .failure(error) }
      done.signal()
    }
    done.wait()
    guard let result = box.result else { fatalError("the loop has run the work before it signalled") }
    return try result.get()
  }

  /// Carries a result from a loop to the thread that waits for it; the semaphore orders the two accesses.
  private final class ResultBox<Value, Failure: Error>: @unchecked Sendable {
    var result: Result<Value, Failure>?
  }
}
