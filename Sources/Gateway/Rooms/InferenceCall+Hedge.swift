import Core
import Planning

/// A second endpoint is asked when the first one is slower to begin than it nearly always is; whoever speaks first answers.
extension InferenceCall {
  /// Starts the rival, when one may be started. Called when the first endpoint has been silent for too long.
  func startHedge(_ state: AttemptState) {
    state.hedgeAt = .distantFuture
    guard rival == nil, !hasAnswered, home.hedges.take(snapshot.configuration.routing.hedge) else { return }
    guard let index = sequence.sibling(of: state.index, admit: admit) else { return home.hedges.giveBack() }
    GatewayCounters.add(home.shared.counters.hedged)
    start(index, .hedge)
  }

  /// The first event of `state` has come: it answers, and the other attempt is cancelled.
  func settleRivalry(_ state: AttemptState) {
    guard let rival else { return }
    let loser = state === rival ? attempt : rival
    attempt = state
    self.rival = nil
    guard let loser, loser.isRunning else { return }
    loser.end()
    note(loser, "abandoned")
    report(loser, .neutral)
  }

  /// Whether the other of two attempts still runs after `state` has failed; it then is the one to wait for.
  func outlived(by state: AttemptState) -> Bool {
    guard let rival else { return false }
    self.rival = nil
    if rival === state { return attempt?.isRunning ?? false }
    attempt = rival
    // It answers now, and has the time that is left for that.
    rival.purpose = .answer
    setDeadlines(rival)
    arm()
    return rival.isRunning
  }
}
