import Core
import Credentials
import Testing

@Suite("Life of an access token")
struct AccessTokenCycleTests {
  /// Seconds of the test's clock.
  private func time(_ seconds: Double) -> MonotonicTime {
    MonotonicTime(nanoseconds: 1_000_000_000_000 + Int64(seconds * 1_000_000_000))
  }

  private func token(_ name: String, seconds: Int64 = 3600) -> IssuedToken {
    IssuedToken(value: Secret(name), lifetimeSeconds: seconds)
  }

  private func failure(lasting: Bool = false, retryAfter: Int64? = nil) -> TokenFailure {
    TokenFailure(
      GatewayError(.providerFailed, "no token", origin: .upstream), isLasting: lasting, retryAfterSeconds: retryAfter)
  }

  /// A need in short.
  private func word(_ need: AccessTokenCycle.Need) -> String {
    switch need {
    case .use(let token): "use \(token.reveal())"
    case .useAndFetch(let token): "use \(token.reveal()), fetch"
    case .fetch: "fetch"
    case .wait: "wait"
    case .fail(let error): "fail \(error.retryAfterSeconds ?? -1)"
    }
  }

  @Test("the first request fetches, the others wait for it, and then all go on")
  func begins() {
    var cycle = AccessTokenCycle()
    #expect(word(cycle.need(at: time(0))) == "fetch")
    #expect(word(cycle.need(at: time(0.1))) == "wait")
    #expect(cycle.isFetching)
    cycle.take(token("a"))
    #expect(!cycle.isFetching)
    #expect(word(cycle.need(at: time(0.2))) == "use a")
  }

  @Test("one request fetches the next token in the background before the end of the last")
  func refreshes() {
    var cycle = AccessTokenCycle()
    _ = cycle.need(at: time(0))
    cycle.take(token("a"))
    #expect(word(cycle.need(at: time(3374.9))) == "use a")
    #expect(word(cycle.need(at: time(3375))) == "use a, fetch")
    #expect(word(cycle.need(at: time(3375))) == "use a")
    cycle.take(token("b"))
    #expect(word(cycle.need(at: time(3376))) == "use b")
    #expect(word(cycle.need(at: time(3375 + 3374))) == "use b")
    #expect(word(cycle.need(at: time(3375 + 3376))) == "use b, fetch")
  }

  @Test("a token is not used in its last seconds; requests wait for the fetch under way or start one")
  func ends() {
    var cycle = AccessTokenCycle()
    _ = cycle.need(at: time(0))
    cycle.take(token("a"))
    var other = cycle
    #expect(word(cycle.need(at: time(3579.9))) == "use a, fetch")
    #expect(word(cycle.need(at: time(3580))) == "wait")
    #expect(word(other.need(at: time(3580))) == "fetch")
  }

  @Test("the life of a token is counted from the start of its fetch")
  func countsFromStart() {
    var cycle = AccessTokenCycle()
    _ = cycle.need(at: time(0))
    #expect(word(cycle.need(at: time(50))) == "wait")
    cycle.take(token("a", seconds: 100))
    #expect(word(cycle.need(at: time(79))) == "use a, fetch")
    #expect(word(cycle.need(at: time(80))) == "wait")
  }

  @Test("short lives have margins that leave something of them", arguments: [1, 4, 40, 300])
  func shortLives(_ seconds: Int64) {
    var cycle = AccessTokenCycle()
    _ = cycle.need(at: time(0))
    cycle.take(token("a", seconds: seconds))
    #expect(word(cycle.need(at: time(0))) == "use a")
    let life = Double(seconds)
    #expect(word(cycle.need(at: time(life - min(225, life / 2)))) == "use a, fetch")
    #expect(word(cycle.need(at: time(life - min(20, life / 4)))) == "wait")
  }

  @Test("absurd lifetimes do not trap", arguments: [Int64.min, -1, 0, .max])
  func absurdLives(_ seconds: Int64) {
    var cycle = AccessTokenCycle()
    _ = cycle.need(at: time(0))
    cycle.take(token("a", seconds: seconds))
    #expect(word(cycle.need(at: time(0))) == "use a")
  }

  @Test("failures in a row wait longer each time, up to a minute, and a token in hand is used meanwhile")
  func backsOff() {
    var cycle = AccessTokenCycle()
    var now = 0.0
    for wait in [1.0, 2, 4, 8, 16, 32, 60, 60, 60] {
      #expect(word(cycle.need(at: time(now))) == "fetch")
      cycle.fail(failure(), at: time(now), spread: 1)
      #expect(word(cycle.need(at: time(now))) == "fail \(Int(wait))")
      #expect(word(cycle.need(at: time(now + wait - 0.5))) == "fail 1")
      now += wait
    }
    _ = cycle.need(at: time(now))
    cycle.take(token("a"))
    #expect(word(cycle.need(at: time(now + 3400))) == "use a, fetch")
    cycle.fail(failure(), at: time(now + 3400), spread: 0)
    #expect(word(cycle.need(at: time(now + 3400.4))) == "use a")
    #expect(word(cycle.need(at: time(now + 3400.5))) == "use a, fetch")
  }

  @Test("refused credentials are tried again after half a minute to a minute, whatever came before")
  func refused() {
    for (spread, wait) in [(0.0, 30), (0.5, 45), (1.0, 60), (.nan, 60), (-3, 30), (.infinity, 60)] {
      var cycle = AccessTokenCycle()
      _ = cycle.need(at: time(0))
      cycle.fail(failure(lasting: true), at: time(0), spread: spread)
      #expect(word(cycle.need(at: time(0))) == "fail \(wait)")
      #expect(word(cycle.need(at: time(Double(wait)))) == "fetch")
    }
  }

  @Test(
    "a server's wish to wait is kept up to five minutes",
    arguments: [(Int64(30), 30), (9999, 300), (-1, 1), (.max, 300)])
  func retryAfter(_ asked: Int64, _ wait: Int) {
    var cycle = AccessTokenCycle()
    _ = cycle.need(at: time(0))
    cycle.fail(failure(retryAfter: asked), at: time(0), spread: 1)
    #expect(word(cycle.need(at: time(0))) == "fail \(wait)")
  }

  @Test("an end without a fetch under way changes nothing")
  func strayEnds() {
    var cycle = AccessTokenCycle()
    cycle.take(token("stray"))
    cycle.fail(failure(), at: time(0), spread: 1)
    #expect(word(cycle.need(at: time(0))) == "fetch")
  }

  @Test("a token that the provider refuses is dropped once, and not when it is fresh or another one")
  func drops() {
    var cycle = AccessTokenCycle()
    _ = cycle.need(at: time(0))
    cycle.take(token("a"))
    #expect(cycle.drop(Secret("a"), at: time(59)) == false)
    #expect(cycle.drop(Secret("other"), at: time(61)) == false)
    #expect(word(cycle.need(at: time(61))) == "use a")
    #expect(cycle.drop(Secret("a"), at: time(61)) == true)
    #expect(cycle.drop(Secret("a"), at: time(61)) == false)
    #expect(word(cycle.need(at: time(61))) == "fetch")
    cycle.take(token("b"))
    #expect(cycle.drop(Secret("b"), at: time(62)) == false)
    #expect(word(cycle.need(at: time(62))) == "use b")
  }
}
