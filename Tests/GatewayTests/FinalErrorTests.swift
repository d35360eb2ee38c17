import Catalog
import Configuration
import Core
import Planning
import Testing

@testable import Gateway

/// What is answered when nothing of a plan could serve.
struct FinalErrorTests {
  private let attempt: Plan.Attempt
  private let now = MonotonicTime(nanoseconds: 1_000_000_000_000)

  init() throws { attempt = try Attempts.make(["m": ["p"]])[0] }

  private func error(_ kind: ErrorKind, retryAfter: Int? = nil) -> GatewayError {
    GatewayError(kind, kind.rawValue, origin: .upstream, retryAfterSeconds: retryAfter)
  }

  private func final(_ errors: [GatewayError], _ skips: [AttemptSequence.Skip] = []) -> GatewayError {
    FinalError.error(
      errors.map { FailedAttempt(attempt: attempt, error: $0, milliseconds: 5) }, skips: skips, now: now)
  }

  @Test(
    "Of different failures the first kind of 429, 503, 504, 502, 403, 400 is answered",
    arguments: [
      ([ErrorKind.providerFailed, .rateLimited], 429), ([.timedOut, .providerOverloaded], 503),
      ([.providerFailed, .timedOut], 504),
      ([.providerRejected, .providerFailed], 502), ([.providerRejected, .moderated], 403), ([.providerRejected], 400),
      ([.contextLengthExceeded, .providerRejected], 400), ([.rateLimited, .timedOut, .providerOverloaded], 429),
      ([], 502),
    ])
  func precedence(_ row: (kinds: [ErrorKind], status: Int)) {
    #expect(final(row.kinds.map { error($0) }).kind.status == row.status)
  }

  @Test("429 and 503 carry the smallest hint, or a default; other statuses none; every attempt is told")
  func retryAfter() {
    #expect(
      final([error(.rateLimited, retryAfter: 9), error(.providerFailed), error(.rateLimited, retryAfter: 4)])
        .retryAfterSeconds == 4)
    #expect((final([error(.rateLimited)]).retryAfterSeconds ?? 0) > 0)
    #expect((final([error(.providerOverloaded)]).retryAfterSeconds ?? 0) > 0)
    #expect(final([error(.providerFailed, retryAfter: 4)]).retryAfterSeconds == nil)
    guard case .list(let rows)? = final([error(.timedOut), error(.providerFailed)]).metadata.last?.value else {
      Issue.record("no attempts in the metadata")
      return
    }
    #expect(rows.count == 2)
  }

  @Test("When every circuit is open the answer is 503 with the time until the next try, rounded up")
  func circuits() {
    let skips = [12_500, 7_200].map {
      AttemptSequence.Skip(index: 0, admission: .circuitOpen(until: now.adding(milliseconds: $0)))
    }
    #expect(final([], skips).kind.status == 503)
    #expect(final([], skips).retryAfterSeconds == 8)
    // An endpoint that was not asked says nothing about a request that another one has refused.
    #expect(final([error(.providerRejected)], skips).kind.status == 400)
  }

  @Test("A rate limit that is still running counts as the 429 it stands for")
  func limits() {
    let skip = AttemptSequence.Skip(index: 0, admission: .rateLimited(until: now.adding(milliseconds: 30_000)))
    #expect(final([], [skip]).kind == .rateLimited)
    #expect(final([error(.providerFailed)], [skip]).kind == .rateLimited)
    #expect(final([error(.providerFailed)], [skip]).retryAfterSeconds == 30)
  }

  @Test("An overload that is still running counts as the 503 it stands for, never as a 429")
  func overloads() {
    let skip = AttemptSequence.Skip(index: 0, admission: .overloaded(until: now.adding(milliseconds: 8_100)))
    #expect(final([], [skip]).kind == .providerOverloaded)
    #expect(final([], [skip]).retryAfterSeconds == 9)
    #expect(final([error(.providerFailed)], [skip]).kind.status == 503)
    #expect(final([error(.rateLimited)], [skip]).kind.status == 429)
  }
}
