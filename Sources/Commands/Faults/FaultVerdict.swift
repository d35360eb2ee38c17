import Core
import Ledger

/// What an answer is worth, as `doctor --faults` judges it.
package enum FaultVerdict: String, Sendable, Comparable {
  /// The caller has the whole answer.
  case survived
  /// The caller has no whole answer, and was told so.
  case told
  /// The caller has nothing, or something that is not what it looks like.
  case lost

  /// The word in the scorecard.
  package var word: String {
    switch self {
    case .survived: "survived"
    case .told: "told truthfully"
    case .lost: "LOST"
    }
  }

  private var rank: Int {
    switch self {
    case .survived: 0
    case .told: 1
    case .lost: 2
    }
  }

  /// Orders verdicts from good to bad.
  package static func < (a: FaultVerdict, b: FaultVerdict) -> Bool { a.rank < b.rank }
}

/// What the provider's side says of the same request.
package struct FaultAccount: Sendable, Hashable {
  /// What it counted.
  package let usage: Usage
  /// What that costs at the endpoint's prices; nil when it has none.
  package let cost: Money?

  /// An account.
  package init(usage: Usage, cost: Money?) {
    self.usage = usage
    self.cost = cost
  }
}

extension FaultObservation {
  /// Judges the observation of a request whose whole answer is `expected`; says in a few words what the caller got.
  /// `account` is what its usage is held against, when it is to be.
  package func judged(
    expecting expected: String, isStream: Bool, account: FaultAccount? = nil
  ) -> (verdict: FaultVerdict, words: String) {
    if let problem { return (.lost, status == 0 ? "nothing: \(problem)" : "a broken response: \(problem)") }
    guard isReadable else { return (.lost, "something that is no JSON") }
    if let told { return judged(told, expected) }
    if status != 200 { return (.lost, "status \(status) without an error") }
    if isStream, terminators != 1 {
      return (.lost, terminators == 0 ? "a stream that ends without a word" : "more than one [DONE]")
    }
    if finishReason != "stop" { return (.lost, "an answer that has no end and looks whole") }
    if text != expected { return (.lost, "an answer that looks whole and is not") }
    if let words = account.flatMap(difference) { return (.lost, words) }
    return (.survived, "the whole answer" + (provider.map { ", from \($0)" } ?? ""))
  }

  private func judged(_ told: Told, _ expected: String) -> (verdict: FaultVerdict, words: String) {
    if terminators > 0 { return (.lost, "an error and then [DONE], as if all were well") }
    if !expected.hasPrefix(text) { return (.lost, "an error, and text before it that nobody said") }
    if status != 200, told.code != status { return (.lost, "status \(status) with an error of code \(told.code)") }
    let wait = retryAfter.map { ", to try again in \($0) s" } ?? ""
    if status == 200 { return (.told, "the beginning, then an error event (\(told.code))") }
    return (.told, "error \(told.code)\(wait)")
  }

  /// How the usage differs from the provider's account; nil when it does not.
  private func difference(_ account: FaultAccount) -> String? {
    guard let usage else { return "an answer without usage" }
    guard usage.promptTokens == account.usage.promptTokens,
      usage.completionTokens == account.usage.completionTokens
    else {
      return "\(usage.promptTokens)+\(usage.completionTokens) tokens, the provider counted "
        + "\(account.usage.promptTokens)+\(account.usage.completionTokens)"
    }
    guard let expected = account.cost else { return nil }
    let charged = cost.flatMap { Money(decimal: $0) }
    return charged == expected ? nil : "a cost of \(cost ?? "nothing") USD, \(expected.dollars) would be right"
  }
}

/// What came of one check.
package struct FaultResult: Sendable, Hashable {
  /// The worst verdict of its requests.
  package let verdict: FaultVerdict
  /// What the caller got, in a few words.
  package let words: String
  /// Requests that reached a provider.
  package let attempts: Int
  /// From the first request to the last answer's end.
  package let milliseconds: Int64

  /// A result.
  package init(verdict: FaultVerdict, words: String, attempts: Int, milliseconds: Int64) {
    self.verdict = verdict
    self.words = words
    self.attempts = attempts
    self.milliseconds = milliseconds
  }

  /// The result of requests that were sent one after the other; never empty.
  package init(
    _ judged: [(verdict: FaultVerdict, words: String)], attempts: Int, milliseconds: Int64
  ) {
    let worst = judged.max { $0.verdict < $1.verdict }
    let survived = judged.filter { $0.verdict == .survived }.count
    let words = worst?.words ?? ""
    let isPlural = judged.count > 1
    self.init(
      verdict: worst?.verdict ?? .lost,
      words: isPlural
        ? "\(survived) of \(judged.count) whole answers" + (survived < judged.count ? ", else \(words)" : "") : words,
      attempts: attempts, milliseconds: milliseconds)
  }
}
