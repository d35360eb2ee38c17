import Core
import Dispatch
import EventLoop
import Gateway

/// Watches how much memory the process uses, and tells the gateway when it is nearly all it may have.
final class MemoryWatch {
  /// Time between two looks. Unit: milliseconds. In it a loop takes in some 100 MiB at most.
  private static let interval = 100
  /// Looks between two times that free memory is given back while it is short: a second.
  private static let looksPerReturn = 10
  /// Share of the limit, in percent, from which on requests are refused.
  private static let upper = 85
  /// Share below which they are taken again.
  private static let lower = 75

  private let timer: any DispatchSourceTimer

  /// Begins to look; `stop` ends it. `limit` is in bytes. Each loop gives back what its thread has while memory is short.
  init(_ pressure: Pressure, loops: [EventLoop], limit: Int, log: Log) {
    let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "patchbay.memory.watch", qos: .utility))
    self.timer = timer
    var isShort = false
    var looks = 0
    timer.setEventHandler {
      looks += 1
      // What was freed stays with the allocator, and nothing would ever be taken again.
      if isShort, looks % MemoryWatch.looksPerReturn == 0 {
        ProcessLimits.returnFreeMemory()
        for loop in loops { loop.execute { ProcessLimits.returnFreeMemory() } }
      }
      let share = ProcessLimits.residentBytes / max(1, limit / 100)
      if isShort ? share < MemoryWatch.lower : share >= MemoryWatch.upper {
        isShort.toggle()
        pressure.setShort(isShort)
        let words = isShort ? "memory is nearly used up; new requests are refused" : "there is memory again"
        log.write(isShort ? .error : .info, words, [("limit_bytes", String(limit))])
      }
    }
    timer.schedule(
      deadline: .now() + .milliseconds(MemoryWatch.interval), repeating: .milliseconds(MemoryWatch.interval),
      leeway: .milliseconds(50))
    timer.resume()
  }

  /// Looks no more.
  func stop() { timer.cancel() }
}
