import Core
import JSON
import Planning
import Translation

/// What a caller who asks for it is told about the routing of its request.
extension InferenceCall {
  /// `openrouter_metadata` with the attempt that answered; nil when none did.
  func evidence(_ answered: Plan.Attempt?, _ mark: RescueMark?) -> JSONValue {
    let evidence = RoutingEvidence(
      requested: request.modelChain.first ?? "", plan: plan, failures: failures, answered: answered)
    guard rescue.isUnderWay, let mark, case .object(let members) = evidence.document else { return evidence.document }
    return .object(members + [mark.member])
  }

  /// What stands beside an `error`.
  var errorMembers: [(key: String, value: JSONValue)] {
    wantsEvidence ? [("openrouter_metadata", evidence(nil, nil))] : []
  }
}
