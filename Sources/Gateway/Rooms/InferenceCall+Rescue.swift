import Catalog
import Core
import Ledger
import Planning
import Translation

/// An answer that broke off after its first token is finished by another endpoint of the same model, or the caller is told.
extension InferenceCall {
  /// Whether another endpoint could finish the answer of `state`, should it break off now.
  func canRescue(_ state: AttemptState) -> Bool {
    guard let transcript = rescue.transcript, transcript.hindrance == nil, !exchange.body.isEmpty,
      state.passThrough == nil
    else { return false }
    return sequence.hasSibling(of: state.index, isUsable: isUsable)
  }

  /// The attempt that was delivering has failed.
  func continueElsewhere(_ state: AttemptState, _ error: GatewayError) {
    if state.purpose == .rescue, state.joint == .prefill, !state.hasEvent, error.kind == .providerRejected {
      rescue.refusedPrefill.append(state.index)
      if restart(state.index) { return }
    }
    noteBroken(state, error)
    let cause = rescue.cause ?? error
    rescue.cause = cause
    guard canRescue(state), home.loop.now < totalDeadline, state.splicer?.hasDisagreed != true,
      let index = sequence.sibling(of: state.index, admit: admit)
    else { return endTruthfully(cause) }
    logFailure(state, error)
    start(index, .rescue)
    if !isOver { arm() }
  }

  /// Asks the endpoint that refused the delivered text again, with the caller's own request.
  private func restart(_ index: Int) -> Bool {
    guard sequence.repeatNow(index, admit: admit) else { return false }
    start(index, .rescue)
    if !isOver { arm() }
    return true
  }

  /// Keeps for the bill what a broken attempt delivered.
  private func noteBroken(_ state: AttemptState, _ error: GatewayError) {
    guard state.deltaBytes > 0, !state.isNoted else { return }
    state.isNoted = true
    rescue.parts.append(part(state, failure: error.kind))
  }

  /// What an attempt delivered and is billed for.
  func part(_ state: AttemptState, failure: ErrorKind?) -> Rescue.Part {
    let editor = state.editor
    var usage = Settle.usage(
      state.usage, start: state.startUsage, requestBytes: state.requestBytes, answerBytes: state.deltaBytes)
    if editor.skippedBytes > 0 {
      usage = .combined([
        (
          DeliveredUsage.share(
            usage.usage, deliveredBytes: editor.deltaBytes, skippedBytes: editor.skippedBytes), usage.isEstimated
        )
      ])
    }
    return Rescue.Part(
      planned: state.planned, joint: state.joint, deliveredBytes: state.deltaBytes, usage: usage,
      cost: Settle.cost(
        usage, state.planned, images: request.imageCount, isEmpty: state.deltaBytes == 0),
      failure: failure)
  }

  /// The request for a rescue by `endpoint`, in OpenAI's format, and how its answer is joined: from the delivered text where
  /// the endpoint continues one, else from the beginning. Nil when nothing could be joined.
  func rescueBody(
    _ endpoint: CatalogEndpoint, index: Int
  ) -> (body: ByteBuffer, splicer: StreamSplicer, joint: RescueMark.Joint)? {
    guard let delivered = rescue.transcript?.delivered else { return nil }
    if endpoint.prefill, !rescue.refusedPrefill.contains(index),
      let prefill = PrefillRequest(request.operation, exchange.body.bytes, behind: delivered)
    {
      return (prefill.body, StreamSplicer(prefill.route, behind: delivered), .prefill)
    }
    return (exchange.body, StreamSplicer(.restart, behind: delivered), .restart)
  }
}
