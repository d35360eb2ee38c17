import Configuration

extension RetrySettings {
  /// The pause before repeat number `number` (from 1): three times longer each, drawn evenly between the shortest and
  /// that bound, so that callers who failed together do not return together. `random` in 0..<1. Unit: milliseconds.
  func backoff(_ number: Int, random: Double) -> Int64 {
    var bound = backoffMilliseconds.lowerBound
    for _ in 0..<max(1, number) where bound < backoffMilliseconds.upperBound { bound *= 3 }
    bound = min(max(bound, backoffMilliseconds.lowerBound), backoffMilliseconds.upperBound)
    let span = Double(bound - backoffMilliseconds.lowerBound)
    return Int64(backoffMilliseconds.lowerBound) + Int64(span * random)
  }
}
