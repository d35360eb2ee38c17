import Core
import Dispatch
import Gateway

/// Watches how much memory the process uses, and tells the gateway when it is nearly all it may have.
final class MemoryWatch {
  /// Time between two looks. Unit: milliseconds. In it a loop takes in some 100 MiB at most.
  private static let interval = 100
  /// Share of the limit, in percent, from which on requests are refused.
  private static let upper = 85
  /// Share below which they are taken again.
  private static let lower = 75

  private let timer: any DispatchSourceTimer

  /// Begins to look; `stop` ends it. `limit` is in bytes.
  init(_ pressure: Pressure, limit: Int, log: Log) {
    let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "patchbay.memory.watch", qos: .utility))
    self.timer = timer
    var isShort = false
    timer.setEventHandler {
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
