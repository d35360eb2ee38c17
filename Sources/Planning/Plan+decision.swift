import Core

extension Plan {
  /// The whole decision, for records and for people. Made when somebody asks, never on a request's way.
  package var decision: MetadataValue {
    .object([
      MetadataField("strategy", .text(strategy.rawValue)), MetadataField("seed", .text(String(seed))),
      MetadataField("attempts", .list(attempts.map(\.metadata))),
      MetadataField("excluded", .list(exclusions.map(\.metadata))),
    ])
  }
}

extension Plan.Attempt {
  /// For records and for people. A score is a text, since it may be infinite.
  package var metadata: MetadataValue {
    var fields = [
      MetadataField("model", .text(model.id)), MetadataField("provider", .text(endpoint.provider.slug)),
      MetadataField("endpoint", .text(endpoint.tag)), MetadataField("placement", .text(placement.rawValue)),
      MetadataField("reason", .text(placement.words)),
    ]
    if let score { fields.append(MetadataField("score", .text(Plan.Attempt.text(score)))) }
    if !variants.isEmpty { fields.append(MetadataField("variants", .list(variants.names.map { .text($0) }))) }
    return .object(fields)
  }

  /// A score with at most six decimals.
  package static func text(_ score: Double) -> String {
    if score == .infinity { return "infinite" }
    if abs(score) >= 1e12 || (score != 0 && abs(score) < 1e-6) { return "\(score)" }
    let rounded = (score * 1_000_000).rounded() / 1_000_000
    return rounded == rounded.rounded() ? String(Int64(rounded)) : "\(rounded)"
  }
}
