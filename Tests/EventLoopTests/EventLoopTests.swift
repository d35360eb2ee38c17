import Core
import EventLoop
import Glibc
import TestSupport
import Testing

@Suite("The event loop")
struct EventLoopTests {
  private func withLoop(_ body: (EventLoop) throws -> Void) throws {
    let loop = try EventLoop(index: 0)
    loop.start()
    defer { loop.stop() }
    try body(loop)
  }

  @Test("work from outside runs in order")
  func order() throws {
    try withLoop { loop in
      let seen = Box<[Int]>([])
      for index in 0..<1000 { loop.execute { seen.value.append(index) } }
      let order = try loop.call { seen.value }
      #expect(order == Array(0..<1000))
    }
  }

  @Test("timers fire in the order of their deadlines, moved and disarmed ones as told")
  func timers() throws {
    try withLoop { loop in
      let fired = Box<[String]>([])
      let timers = Box<[LoopTimer]>([])
      try loop.call {
        for (name, delay) in [("c", 30), ("a", 10), ("b", 20), ("never", 5), ("moved", 1)] as [(String, Int64)] {
          let timer = LoopTimer(loop) { fired.value.append(name) }
          timer.arm(milliseconds: delay)
          timers.value.append(timer)
        }
        timers.value[3].disarm()
        timers.value[4].arm(milliseconds: 40)
      }
      #expect(eventually { (try? loop.call { fired.value.count }) == 4 })
      let order = try loop.call { fired.value }
      #expect(order == ["a", "b", "c", "moved"])
      try loop.call {
        for timer in timers.value { timer.invalidate() }
        timers.value = []
      }
    }
  }

  @Test("a loop lags while what is ready takes long, and not when it has caught up")
  func lag() throws {
    final class Slow: ReadinessHandler {
      var registration: Registration?
      func ready(_ readiness: Readiness) {
        let end = MonotonicTime.read().adding(milliseconds: 10)
        while MonotonicTime.read() < end {}
      }
    }
    try withLoop { loop in
      let slow = Box((0..<10).map { _ in Slow() })
      let pipes = Box<[Int32]>([])
      let start = { () throws -> Void in
        for handler in slow.value {
          var pair: [Int32] = [0, 0]
          #expect(pipe(&pair) == 0 && write(pair[1], "x", 1) == 1)
          handler.registration = try loop.register(pair[0], .readable, handler: handler)
          pipes.value += pair
        }
      }
      try loop.call(start)
      #expect(eventually { (try? loop.call { loop.lag }).map { $0 > 50_000_000 } ?? false })
      try loop.call {
        for handler in slow.value { handler.registration.map { loop.deregister($0) } }
        pipes.value.forEach { _ = close($0) }
      }
      #expect(eventually { (try? loop.call { loop.lag }).map { $0 < 50_000_000 } ?? false })
    }
  }

  @Test("a timer moved earlier fires earlier")
  func earlier() throws {
    try withLoop { loop in
      let fired = Box(false)
      let timer = Box<LoopTimer?>(nil)
      try loop.call {
        timer.value = LoopTimer(loop) { fired.value = true }
        timer.value?.arm(milliseconds: 600_000)
        timer.value?.arm(milliseconds: 1)
      }
      #expect(eventually { (try? loop.call { fired.value }) == true })
      try loop.call { timer.value = nil }
    }
  }

  @Test("a descriptor that is deregistered in the same batch is not delivered")
  func deregistration() throws {
    final class Reader: ReadinessHandler {
      var registration: Registration?
      var calls = 0
      var onReady: (() -> Void)?
      func ready(_ readiness: Readiness) {
        calls += 1
        onReady?()
      }
    }
    try withLoop { loop in
      let calls = Box(0)
      let work = { () throws -> Void in
        let readers = [Reader(), Reader()]
        var pairs: [[Int32]] = []
        for reader in readers {
          var pair: [Int32] = [0, 0]
          #expect(pipe(&pair) == 0)
          reader.registration = try loop.register(pair[0], .readable, handler: reader)
          reader.onReady = {
            calls.value += 1
            for other in readers { other.registration.map { loop.deregister($0) } }
            for entry in pairs { entry.forEach { _ = close($0) } }
            for other in readers { other.onReady = nil }
          }
          pairs.append(pair)
        }
        for pair in pairs { _ = write(pair[1], "x", 1) }
      }
      try loop.call(work)
      #expect(eventually { (try? loop.call { calls.value }) == 1 })
      let count = try loop.call { calls.value }
      #expect(count == 1)
    }
  }

  @Test("a second server on a port in use is refused, and port 0 gives every socket the same port")
  func binding() throws {
    let (first, bound) = try Listener.bind(SocketAddress.resolve("127.0.0.1:0")[0], count: 3)
    defer { first.forEach { _ = close($0) } }
    #expect(first.count == 3)
    #expect(throws: SystemFailure.self) { try Listener.bind(bound, count: 1) }
  }

  @Test(
    "addresses are read as they are written",
    arguments: [("127.0.0.1:80", "127.0.0.1", 80), ("[::1]:8080", "::1", 8080), (":9", "", 9)])
  func addresses(text: String, host: String, port: Int) throws {
    let parts = try SocketAddress.split(text)
    #expect(parts.host == host)
    #expect(parts.port == port)
  }

  @Test(
    "an address without port, with a bad port or a bare IPv6 address is refused with a remedy",
    arguments: ["a", "a:b", "a:70000", "::1:80"])
  func badAddresses(_ text: String) { #expect(throws: AddressProblem.self) { try SocketAddress.split(text) } }

  @Test(
    "loopback addresses are known as such",
    arguments: [("127.0.0.1:1", true), ("127.9.9.9:1", true), ("[::1]:1", true), ("0.0.0.0:1", false)])
  func loopback(text: String, expected: Bool) throws {
    #expect(try SocketAddress.resolve(text)[0].isLoopback == expected)
  }
}
