import Core
import JSON

/// Joins the answer of another attempt to what the caller has of a broken stream, so that the caller receives one
/// answer with nothing twice and nothing missing. What cannot be joined is refused, never guessed. One per attempt.
package final class StreamSplicer {
  /// How the other attempt was asked.
  package enum Route: Sendable {
    /// With the delivered text as the beginning of its answer: it goes on from there. `PrefillRequest` says how.
    case continuation(Prefill)
    /// With the caller's own request: it begins anew.
    case restart
  }

  /// What an endpoint was given to go on from, besides the delivered text.
  package struct Prefill: Sendable {
    /// The caller's own prefill, which stands before the delivered text.
    let own: [UInt16]
    /// Whether white space at the text's end was left out of the request; the provider must then begin with it.
    let withoutTrailingSpace: Bool
  }

  /// What becomes of a chunk.
  enum Verdict {
    /// These go to the caller instead of the chunk, each an event's data.
    case deliver([[UInt8]])
    /// Nothing goes to the caller, for now or for ever.
    case withhold
    /// The answers cannot be joined.
    case disagree
  }

  /// How many units of the delivered text a continuation must repeat to count as an echo. Some providers (Mistral) repeat
  /// the prefill at the start of their answer; by chance nobody repeats this much of it.
  static let echoThreshold = 32
  /// Most bytes of chunks held back while it is open whether they are an echo.
  private static let heldLimit = 65_536

  private enum State {
    /// Holding what might be an echo; the number of units that were equal.
    case watching(equal: Int)
    case skipping
    case disagreed
  }

  /// The text of an echo.
  private let echo: [UInt16]
  private var state: State
  private var skipper: PrefixSkipper
  private var held: [[UInt8]] = []
  private var heldBytes = 0

  /// A splicer for an attempt that was asked in the given way, behind `delivered`.
  package init(_ route: Route, behind delivered: DeliveredText) {
    switch route {
    case .continuation(let prefill) where delivered.part == .content:
      let space = prefill.withoutTrailingSpace ? delivered.units.suffix(delivered.trailingSpace) : []
      skipper = PrefixSkipper(Array(space), part: .content)
      echo = prefill.own + delivered.units
      state = .watching(equal: 0)
    case .restart, .continuation:
      echo = []
      skipper = PrefixSkipper(delivered.units, part: delivered.part)
      state = .skipping
    }
  }

  /// Whether the splice is behind us: every further chunk goes to the caller as it is.
  package var isDone: Bool { skipper.isDone }

  /// Whether the answers turned out not to belong together.
  package var hasDisagreed: Bool {
    if case .disagreed = state { true } else { false }
  }

  /// Takes a chunk that has choices, until the splice is done.
  func take(_ chunk: borrowing OpenAIChunk, _ data: UnsafeRawBufferPointer) throws(JSONProblem) -> Verdict {
    let verdict: Verdict
    switch state {
    case .disagreed: return .disagree
    case .watching(let equal): verdict = try watch(chunk, data, equal)
    case .skipping: verdict = try skip(chunk, data)
    }
    if case .disagree = verdict {
      state = .disagreed
      held = []
    }
    return verdict
  }

  private func skip(_ chunk: borrowing OpenAIChunk, _ data: UnsafeRawBufferPointer) throws(JSONProblem) -> Verdict {
    switch try skipper.take(chunk, data) {
    case .deliver(let bytes): return .deliver([bytes])
    case .withhold: return .withhold
    case .disagree: return .disagree
    }
  }

  // MARK: Echo

  private func watch(
    _ chunk: borrowing OpenAIChunk, _ data: UnsafeRawBufferPointer, _ equal: Int
  ) throws(JSONProblem) -> Verdict {
    var equal = equal
    var differs =
      chunk.isFinished || !chunk.carries.isDisjoint(with: [.toolCalls, .refusal, .other, .irregularText])
    // Only a role, or reasoning, which would come behind text.
    if chunk.text == nil, !differs { return .withhold }
    held.append(Array(data))
    heldBytes += data.count
    if let span = chunk.text {
      var walk = JSONTextUnits(UnsafeRawBufferPointer(rebasing: data[(span.start + 1)..<(span.end - 1)]))
      while equal < echo.count, equal < StreamSplicer.echoThreshold, let unit = walk.next() {
        if unit != echo[equal] {
          differs = true
          break
        }
        equal += 1
      }
    }
    // A short text, or one that repeats itself, may well be followed by the same again: nobody can tell.
    if equal == echo.count, equal < StreamSplicer.echoThreshold { return .disagree }
    if equal == StreamSplicer.echoThreshold {
      if echo.isRepetition { return .disagree }
      skipper = PrefixSkipper(echo, part: .content)
      return try release()
    }
    if differs { return try release() }
    if heldBytes > StreamSplicer.heldLimit { return .disagree }
    state = .watching(equal: equal)
    return .withhold
  }

  /// Puts what was held through the skipper; what is behind the splice goes on as it is.
  private func release() throws(JSONProblem) -> Verdict {
    state = .skipping
    var delivery: [[UInt8]] = []
    for chunk in held {
      if skipper.isDone {
        delivery.append(chunk)
        continue
      }
      switch try chunk.chunkVerdict(&skipper) {
      case .deliver(let bytes): delivery.append(bytes)
      case .withhold: break
      case .disagree: return .disagree
      }
    }
    held = []
    return delivery.isEmpty ? .withhold : .deliver(delivery)
  }
}

extension [UInt8] {
  /// What a skipper says to a chunk that was held.
  fileprivate func chunkVerdict(
    _ skipper: inout PrefixSkipper
  ) throws(JSONProblem) -> PrefixSkipper.Verdict {
    var result: Result<PrefixSkipper.Verdict, JSONProblem> = .success(.withhold)
    withUnsafeBytes { data in
      do throws(JSONProblem) {
        result = .success(try skipper.take(OpenAIChunk(data), data))
      } catch {
        result = .failure(error)
      }
    }
    return try result.get()
  }
}
