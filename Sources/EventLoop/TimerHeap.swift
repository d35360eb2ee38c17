import Core

/// A binary heap of timers by queued deadline; each timer knows its position, so that removal is O(log n).
struct TimerHeap {
  private var heap: [LoopTimer] = []

  /// When the loop has to look next.
  var nextDeadline: MonotonicTime? { heap.first?.queuedDeadline }

  mutating func insert(_ timer: LoopTimer) {
    timer.heapIndex = heap.count
    heap.append(timer)
    siftUp(timer.heapIndex)
  }

  mutating func remove(_ timer: LoopTimer) {
    let index = timer.heapIndex
    precondition(index >= 0 && heap[index] === timer)
    timer.heapIndex = -1
    let last = heap.removeLast()
    if last === timer { return }
    place(last, at: index)
    siftUp(index)
    siftDown(last.heapIndex)
  }

  /// Takes out one timer whose queued deadline has come.
  mutating func popDue(_ now: MonotonicTime) -> LoopTimer? {
    guard let first = heap.first, first.queuedDeadline <= now else { return nil }
    remove(first)
    return first
  }

  private mutating func place(_ timer: LoopTimer, at index: Int) {
    heap[index] = timer
    timer.heapIndex = index
  }

  private mutating func siftUp(_ start: Int) {
    var index = start
    let timer = heap[index]
    while index > 0 {
      let parent = (index - 1) / 2
      if heap[parent].queuedDeadline <= timer.queuedDeadline { break }
      place(heap[parent], at: index)
      index = parent
    }
    place(timer, at: index)
  }

  private mutating func siftDown(_ start: Int) {
    var index = start
    let timer = heap[index]
    while true {
      var child = 2 * index + 1
      if child >= heap.count { break }
      if child + 1 < heap.count, heap[child + 1].queuedDeadline < heap[child].queuedDeadline { child += 1 }
      if heap[child].queuedDeadline >= timer.queuedDeadline { break }
      place(heap[child], at: index)
      index = child
    }
    place(timer, at: index)
  }
}
