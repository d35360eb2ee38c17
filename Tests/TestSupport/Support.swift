import CPosix
import Core
import Dispatch
import EventLoop
import Glibc

/// Waits until `condition` holds, looking again every millisecond; false when it never does.
package func eventually(seconds: Int = 30, _ condition: () -> Bool) -> Bool {
  let end = MonotonicTime.read().adding(milliseconds: Int64(seconds) * 1000)
  while !condition() {
    if MonotonicTime.read() > end { return condition() }
    poll(nil, 0, 1)
  }
  return true
}

/// A value that moves between threads under the test's own discipline: written on a loop, read after the loop has said so.
package final class Box<Value>: @unchecked Sendable {
  /// What it holds.
  package var value: Value
  /// Holds `value`.
  package init(_ value: Value) { self.value = value }
}

extension EventLoop {
  /// Runs `body` on the loop and waits for what it returns or throws. Not to be called on the loop.
  package func call<Value>(_ body: @escaping () throws -> Value) throws -> Value {
    let work = Box(body)
    let result = Box<Result<Value, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
    execute {
      result.value = Result { try work.value() }
      done.signal()
    }
    done.wait()
    guard let outcome = result.value else { throw ClientFailure.timedOut }
    return try outcome.get()
  }
}

/// Ways to cut bytes into pieces, so that a parser can be shown that its outcome does not depend on them.
package enum Splits {
  /// The bytes whole, byte by byte, and cut at `count` random sets of places from a fixed seed.
  package static func all(of bytes: [UInt8], random count: Int = 20, seed: UInt64 = 1) -> [[[UInt8]]] {
    var generator = SplitMix(state: seed)
    var ways: [[[UInt8]]] = [[bytes], bytes.map { [$0] }]
    for _ in 0..<count { ways.append(cut(bytes, &generator)) }
    return ways
  }

  private static func cut(_ bytes: [UInt8], _ generator: inout SplitMix) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var position = 0
    let longest = Int.random(in: 1...max(1, min(bytes.count, 200)), using: &generator)
    while position < bytes.count {
      let end = min(bytes.count, position + Int.random(in: 1...longest, using: &generator))
      pieces.append(Array(bytes[position..<end]))
      position = end
    }
    return pieces
  }
}

/// A small seeded generator (SplitMix64), so that a failing test can be repeated.
package struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  /// A generator that always gives the same numbers for the same `state`.
  package init(state: UInt64) { self.state = state }
  /// The next number.
  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
