import Dispatch

/// A number of threads that begin together.
package struct DispatchGroupOf {
  private let count: Int

  /// A group of `count` threads.
  package init(_ count: Int) { self.count = count }

  /// Runs `body` on every thread, with its number, and returns when all have ended.
  package func run(_ body: @escaping @Sendable (Int) -> Void) {
    let gate = DispatchSemaphore(value: 0)
    let group = DispatchGroup()
    for index in 0..<count {
      let thread = DispatchQueue(label: "test.thread.\(index)")
      group.enter()
      thread.async {
        gate.wait()
        body(index)
        group.leave()
      }
    }
    for _ in 0..<count { gate.signal() }
    group.wait()
  }
}
