import Core

/// A timer that its owner keeps for life and arms as often as it likes. Moving the deadline later costs one store: the
/// heap learns of it when the old deadline comes. Touched on its loop only.
package final class LoopTimer {
  private unowned let loop: EventLoop
  private let action: () -> Void
  /// When the action is due; `distantFuture` when disarmed.
  package private(set) var deadline = MonotonicTime.distantFuture
  /// When the heap will next look at the timer; at most `deadline` while queued.
  var queuedDeadline = MonotonicTime.distantFuture
  /// Position in the heap, or -1.
  var heapIndex = -1

  /// A disarmed timer. `action` runs on the loop and should hold its owner weakly. The loop must outlive the timer.
  package init(_ loop: EventLoop, action: @escaping () -> Void) {
    self.loop = loop
    self.action = action
  }

  /// Sets or moves the deadline.
  package func arm(at deadline: MonotonicTime) {
    self.deadline = deadline
    if heapIndex >= 0 {
      if queuedDeadline <= deadline { return }
      loop.remove(self)
    }
    if deadline == .distantFuture { return }
    queuedDeadline = deadline
    loop.insert(self)
  }

  /// Sets the deadline `milliseconds` from the loop's current turn.
  package func arm(milliseconds: Int64) { arm(at: loop.now.adding(milliseconds: milliseconds)) }

  /// Forgets the deadline; the heap drops the timer when the old one comes. For a timer that is used again soon.
  package func disarm() { deadline = .distantFuture }

  /// Takes the timer out of the heap at once. Call it when the owner ends.
  package func invalidate() {
    deadline = .distantFuture
    if heapIndex >= 0 { loop.remove(self) }
  }

  func fire(now: MonotonicTime) {
    // Armed again by a timer that fired before it in the same turn: it is in the heap already.
    if heapIndex >= 0 { return }
    if deadline > now {
      if deadline == .distantFuture { return }
      queuedDeadline = deadline
      return loop.insert(self)
    }
    deadline = .distantFuture
    action()
  }
}
