import Configuration
import Core
import Testing

@testable import Planning

/// What follows a failed attempt.
struct AttemptSequenceTests {
  private let now = MonotonicTime(nanoseconds: 5_000_000_000_000)

  private func error(_ kind: ErrorKind, resend: GatewayError.Resend = .safe, retryAfter: Int? = nil) -> GatewayError {
    GatewayError(kind, kind.rawValue, origin: .upstream, resend: resend, retryAfterSeconds: retryAfter)
  }

  private func grant(_ index: Int, _ isExtra: Bool) -> AttemptSequence.Admission { .granted }

  private func next(
    _ sequence: inout AttemptSequence, after index: Int, _ error: GatewayError,
    admit: (Int, Bool) -> AttemptSequence.Admission = { _, _ in .granted }
  ) -> AttemptSequence.Step {
    sequence.note(index, error, now: now)
    return sequence.next(after: index, error, now: now, random: 0.5, admit: admit)
  }

  @Test("A failure of the provider goes to the model's next endpoint, then to the next model's")
  func fallback() throws {
    for kind in [ErrorKind.providerFailed, .rateLimited, .providerOverloaded, .timedOut, .unavailable] {
      var sequence = AttemptSequence(try Attempts.make(["a": ["p", "q"], "b": ["p"]]), rules: RetrySettings())
      #expect(sequence.first(now: now, admit: grant) == .attempt(0))
      #expect(next(&sequence, after: 0, error(kind, resend: .never)) == .attempt(1))
      #expect(next(&sequence, after: 1, error(kind, resend: .never)) == .attempt(2))
      #expect(next(&sequence, after: 2, error(kind, resend: .never)) == .giveUp)
    }
  }

  @Test("A refusal of the request goes to the next model and never back to the same one")
  func refusal() throws {
    for kind in [ErrorKind.providerRejected, .contextLengthExceeded, .moderated] {
      var sequence = AttemptSequence(try Attempts.make(["a": ["p", "q"], "b": ["p"]]), rules: RetrySettings())
      #expect(sequence.first(now: now, admit: grant) == .attempt(0))
      #expect(next(&sequence, after: 0, error(kind)) == .attempt(2))
      #expect(next(&sequence, after: 2, error(kind)) == .giveUp)
    }
  }

  @Test("The model's last endpoint is tried once more after a pause when that is safe")
  func again() throws {
    var sequence = AttemptSequence(try Attempts.make(["a": ["p", "q"]]), rules: RetrySettings())
    #expect(sequence.first(now: now, admit: grant) == .attempt(0))
    #expect(next(&sequence, after: 0, error(.providerFailed)) == .attempt(1))
    #expect(next(&sequence, after: 1, error(.providerFailed)) == .wait(1, until: now.adding(milliseconds: 400)))
    #expect(sequence.resume(1, now: now, admit: grant) == .attempt(1))
    #expect(next(&sequence, after: 1, error(.providerFailed)) == .giveUp)
    #expect(sequence.started == 3)
  }

  @Test("What may have been done already, and what the provider asked patience for, is not repeated at once")
  func notAgain() throws {
    for failure in [
      error(.providerFailed, resend: .never), error(.timedOut, resend: .never), error(.rateLimited),
      error(.providerOverloaded, retryAfter: 60),
    ] {
      var sequence = AttemptSequence(try Attempts.make(["a": ["p"]]), rules: RetrySettings())
      #expect(sequence.first(now: now, admit: grant) == .attempt(0))
      #expect(next(&sequence, after: 0, failure) == .giveUp)
    }
  }

  @Test("A short Retry-After is waited out once before a model is left, a long one never")
  func patience() throws {
    let attempts = try Attempts.make(["a": ["p", "q"], "b": ["p"]])
    var sequence = AttemptSequence(attempts, rules: RetrySettings())
    #expect(sequence.first(now: now, admit: grant) == .attempt(0))
    #expect(next(&sequence, after: 0, error(.rateLimited, retryAfter: 2)) == .attempt(1))
    let step = next(&sequence, after: 1, error(.rateLimited, retryAfter: 3))
    #expect(step == .wait(0, until: now.adding(milliseconds: 2050)))
    #expect(sequence.resume(0, now: now, admit: grant) == .attempt(0))
    #expect(next(&sequence, after: 0, error(.rateLimited, retryAfter: 1)) == .attempt(2))
    #expect(next(&sequence, after: 2, error(.rateLimited, retryAfter: 1)) == .giveUp)

    var other = AttemptSequence(attempts, rules: RetrySettings())
    #expect(other.first(now: now, admit: grant) == .attempt(0))
    #expect(next(&other, after: 0, error(.rateLimited, retryAfter: 4)) == .attempt(1))
    #expect(next(&other, after: 1, error(.rateLimited, retryAfter: 4)) == .attempt(2))
  }

  @Test(
    "Endpoints that are rate limited or whose circuit is open are passed over, and waited for when nothing else is left"
  )
  func skips() throws {
    let soon = now.adding(milliseconds: 900)
    var sequence = AttemptSequence(try Attempts.make(["a": ["p", "q", "r"]]), rules: RetrySettings())
    let step = sequence.first(now: now) { index, _ in
      [.rateLimited(until: soon), .circuitOpen(until: soon), .granted][index]
    }
    #expect(step == .attempt(2))
    #expect(sequence.skips.map(\.index) == [0, 1])
    #expect(
      next(&sequence, after: 2, error(.providerFailed, resend: .never))
        == .wait(0, until: soon.adding(milliseconds: 50)))
    #expect(sequence.resume(0, now: soon) { _, _ in .circuitOpen(until: soon) } == .giveUp)
  }

  @Test("A model that has used up its extra attempts is left; the first attempt at the next one is none of them")
  func budget() throws {
    var sequence = AttemptSequence(try Attempts.make(["a": ["p", "q", "r"], "b": ["p"]]), rules: RetrySettings())
    var asked: [Int] = []
    func admit(_ index: Int, _ isExtra: Bool) -> AttemptSequence.Admission {
      asked.append(index)
      return isExtra ? .overBudget : .granted
    }
    #expect(sequence.first(now: now, admit: admit) == .attempt(0))
    #expect(next(&sequence, after: 0, error(.providerFailed), admit: admit) == .attempt(3))
    #expect(asked == [0, 1, 3])
  }

  @Test("Every model of the chain keeps one attempt within the limit")
  func total() throws {
    let attempts = try Attempts.make(["a": ["p", "q", "r"], "b": ["p", "q"], "c": ["p"]])
    var sequence = AttemptSequence(attempts, rules: RetrySettings(maxAttempts: 4))
    var order: [Int] = []
    var step = sequence.first(now: now, admit: grant)
    while case .attempt(let index) = step {
      order.append(index)
      step = next(&sequence, after: index, error(.providerFailed, resend: .never))
    }
    #expect(order == [0, 1, 3, 5])
  }

  @Test(
    "A chain longer than the limit ends at the limit; what was passed over counts as nothing", arguments: [1, 2, 3, 4])
  func longChain(_ most: Int) throws {
    let attempts = try Attempts.make(["a": ["p"], "b": ["p"], "c": ["p"], "d": ["p"], "e": ["p"]])
    var sequence = AttemptSequence(attempts, rules: RetrySettings(maxAttempts: most))
    let soon = now.adding(milliseconds: 60_000)
    let admit = { (index: Int, _: Bool) in
      index == 0 ? AttemptSequence.Admission.overloaded(until: soon) : .granted
    }
    var order: [Int] = []
    var step = sequence.first(now: now, admit: admit)
    while case .attempt(let index) = step {
      order.append(index)
      #expect(sequence.hasAlternative(to: index) { _ in true } == (order.count < most && index < 4))
      step = next(&sequence, after: index, error(.providerFailed, resend: .never), admit: admit)
    }
    #expect(order == Array((1...4).prefix(most)) && step == .giveUp)
  }

  @Test("Where models stand mixed, every endpoint is tried once and a refusal passes over the model's others")
  func mixed() throws {
    let attempts = try Attempts.make(["a": ["p", "q"], "b": ["p", "q"]])
    let mixed = [attempts[0], attempts[2], attempts[1], attempts[3]]
    var sequence = AttemptSequence(mixed, rules: RetrySettings())
    #expect(sequence.first(now: now, admit: grant) == .attempt(0))
    #expect(next(&sequence, after: 0, error(.contextLengthExceeded)) == .attempt(1))
    #expect(next(&sequence, after: 1, error(.providerFailed)) == .attempt(3))
  }

  @Test("An endpoint that cannot be used takes the safe repeat from nobody")
  func againInAnOutage() throws {
    var sequence = AttemptSequence(try Attempts.make(["a": ["p", "q"], "b": ["p"]]), rules: RetrySettings())
    let soon = now.adding(milliseconds: 60_000)
    func admit(_ index: Int, _ isExtra: Bool) -> AttemptSequence.Admission {
      index == 1 ? .circuitOpen(until: soon) : .granted
    }
    #expect(sequence.first(now: now, admit: admit) == .attempt(0))
    let step = next(&sequence, after: 0, error(.providerFailed), admit: admit)
    #expect(step == .wait(0, until: now.adding(milliseconds: 400)))
    #expect(sequence.resume(0, now: now, admit: admit) == .attempt(0))
    #expect(next(&sequence, after: 0, error(.providerFailed), admit: admit) == .attempt(2))
  }

  @Test("A limit that is known before the first attempt is waited out like one that was just met")
  func knownLimit() throws {
    var sequence = AttemptSequence(try Attempts.make(["a": ["p"], "b": ["p"]]), rules: RetrySettings())
    let soon = now.adding(milliseconds: 800)
    var extras: [Bool] = []
    let step = sequence.first(now: now) { index, _ in index == 0 ? .rateLimited(until: soon) : .granted }
    #expect(step == .wait(0, until: soon))
    let resumed = sequence.resume(0, now: soon) { _, isExtra in
      extras.append(isExtra)
      return .granted
    }
    #expect(resumed == .attempt(0))
    // It is the model's first attempt, not an extra one.
    #expect(extras == [false])
  }

  @Test("A hedge or a rescue takes an untried endpoint of the same model, if one is admitted")
  func sibling() throws {
    var sequence = AttemptSequence(try Attempts.make(["a": ["p", "q", "r"], "b": ["p"]]), rules: RetrySettings())
    #expect(sequence.first(now: now, admit: grant) == .attempt(0))
    #expect(sequence.hasSibling(of: 0) { _ in true } && sequence.hasAlternative(to: 2) { _ in true })
    #expect(!sequence.hasSibling(of: 0) { $0 == 3 } && sequence.hasAlternative(to: 0) { $0 == 3 })
    #expect(sequence.sibling(of: 0) { index, _ in index == 1 ? .circuitOpen(until: now) : .granted } == 2)
    #expect(!sequence.hasSibling(of: 2) { _ in true })
    #expect(sequence.sibling(of: 2, admit: grant) == nil)
  }

  @Test("Pauses grow from the shortest to the longest and never leave that range")
  func backoff() {
    let rules = RetrySettings(backoffMilliseconds: 200...2000)
    #expect(rules.backoff(1, random: 0) == 200)
    #expect(rules.backoff(1, random: 0.999) < 600)
    #expect((600..<1800).contains(rules.backoff(2, random: 0.5)) || rules.backoff(2, random: 0.5) == 1000)
    for number in 1...60 {
      for random in [0, 0.5, 0.9999] { #expect((200...2000).contains(rules.backoff(number, random: random))) }
    }
  }
}
