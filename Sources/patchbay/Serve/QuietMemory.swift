import Core
import Dispatch
import EventLoop

/// Gives memory back once load has gone. The allocator keeps what requests have freed for the next ones, which makes
/// large bodies cheap and would make a peak last for ever: measured, 25 MiB after a load instead of 7. Half of what an idle
/// process holds is code of libraries that only its start has run, so that goes as well: measured, 21 MiB before.
///
/// Looks from a queue of its own, and touches nothing while the process is at work.
final class QuietMemory {
  /// Time between two looks. Unit: seconds.
  private static let interval = 5
  /// Time until the first look, when a start is over and its callers are not there yet. Unit: seconds.
  private static let firstLook = 1
  /// Processor time between two looks below which the process counts as quiet. Unit: milliseconds.
  private static let quietMilliseconds: Int64 = 50
  /// Processor time since memory was last given back that makes it worth another time. Unit: milliseconds.
  private static let workedMilliseconds: Int64 = 10

  private let timer: any DispatchSourceTimer

  /// Begins to look; `stop` ends it. Each loop gives back what its thread has.
  init(_ loops: [EventLoop]) {
    let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "patchbay.memory", qos: .utility))
    self.timer = timer
    var last = ProcessLimits.processorMilliseconds
    var returned: Int64 = 0
    timer.setEventHandler {
      let now = ProcessLimits.processorMilliseconds
      if now - last < QuietMemory.quietMilliseconds, now - returned >= QuietMemory.workedMilliseconds {
        ProcessLimits.returnFreeMemory()
        for loop in loops { loop.execute { ProcessLimits.returnFreeMemory() } }
        ProcessLimits.releaseCode()
        returned = now
      }
      last = now
    }
    timer.schedule(
      deadline: .now() + .seconds(QuietMemory.firstLook), repeating: .seconds(QuietMemory.interval),
      leeway: .milliseconds(100))
    timer.resume()
  }

  /// Looks no more.
  func stop() { timer.cancel() }
}
