import Catalog
import Configuration
import Core
import Planning
import Translation

/// Writes plans down for the books, so that `patchbay explain` can show them later: what stays the same about an endpoint is
/// written once per snapshot, since every request's decision is kept.
struct DecisionWriter: Sendable {
  /// By the endpoint's index: `{"model":…,"provider":…,"endpoint":…`, open at its end.
  private let openings: [[UInt8]]
  /// `{"config":…,"strategy":`
  private let start: [UInt8]

  /// A writer for the plans of a catalogue and its configuration.
  init(_ catalog: CatalogSnapshot, _ configuration: Configuration) {
    openings = (catalog.endpoints + catalog.disabledEndpoints).map { endpoint in
      let buffer = ByteBuffer(capacity: 128)
      for (member, text) in [
        (#"{"model":"#, endpoint.modelID), (#","provider":"#, endpoint.provider.slug), (#","endpoint":"#, endpoint.tag),
      ] {
        buffer.append(member)
        buffer.append(jsonString: text)
      }
      return buffer.copyBytes()
    }
    start = Array("{\"config\":\"\(DecisionWriter.hash(catalog, configuration))\",\"strategy\":\"".utf8)
  }

  /// A hash of what decisions depend on, the same for the same configuration in every process: 16 hexadecimal digits.
  private static func hash(_ catalog: CatalogSnapshot, _ configuration: Configuration) -> String {
    var hash = StableHash.of("\(configuration.routing) \(configuration.privacy)")
    for endpoint in catalog.endpoints {
      hash = (hash ^ endpoint.identityHash) &* 0x100_0000_01b3 ^ UInt64(bitPattern: endpoint.blendedPrice?.units ?? -1)
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// A number of twenty digits at most, without a text in between.
  private static func append(_ number: UInt64, to buffer: ByteBuffer) {
    if let small = Int(exactly: number) { return buffer.append(decimal: small) }
    buffer.append(decimal: Int(number / 10))
    buffer.append(decimal: Int(number % 10))
  }

  /// A score with at most six decimals, without a text in between.
  private static func append(score: Double, to buffer: ByteBuffer) {
    guard score >= 0, score < 1e9 else { return buffer.append(Plan.Attempt.text(score)) }
    let millionths = Int((score * 1_000_000).rounded())
    if millionths == 0 { return buffer.append(Plan.Attempt.text(score)) }
    buffer.append(decimal: millionths / 1_000_000)
    var rest = millionths % 1_000_000
    if rest == 0 { return }
    buffer.append(".")
    var place = 100_000
    while rest > 0 {
      buffer.append(UInt8(48 + rest / place))
      rest %= place
      place /= 10
    }
  }

  /// The plan as compact JSON. One with a single candidate and nothing to say about it leaves it out: the record's attempt
  /// is the same.
  func decision(_ plan: Plan) -> [UInt8] {
    let buffer = ByteBuffer(capacity: 96 + 160 * (plan.attempts.count + plan.exclusions.count))
    buffer.append(start)
    buffer.append(plan.strategy.rawValue)
    buffer.append("\",\"seed\":\"")
    DecisionWriter.append(plan.seed, to: buffer)
    if plan.attempts.count == 1, plan.exclusions.isEmpty, plan.attempts[0].placement == .only,
      plan.attempts[0].variants.isEmpty
    {
      buffer.append("\"}")
      return buffer.copyBytes()
    }
    buffer.append("\",\"attempts\":[")
    for (index, attempt) in plan.attempts.enumerated() {
      if index > 0 { buffer.append(",") }
      buffer.append(openings[attempt.endpoint.index])
      buffer.append(",\"placement\":\"")
      buffer.append(attempt.placement.rawValue)
      buffer.append("\"")
      if let score = attempt.score {
        buffer.append(",\"score\":\"")
        DecisionWriter.append(score: score, to: buffer)
        buffer.append("\"")
      }
      if !attempt.variants.isEmpty {
        buffer.append(",\"variants\":")
        buffer.append(jsonString: attempt.variants.names.joined(separator: " "))
      }
      buffer.append("}")
    }
    buffer.append("],\"excluded\":[")
    for (index, exclusion) in plan.exclusions.enumerated() {
      if index > 0 { buffer.append(",") }
      buffer.append(openings[exclusion.endpoint.index])
      buffer.append(",\"reason\":\"")
      buffer.append(exclusion.reason.rawValue)
      buffer.append("\"}")
    }
    buffer.append("]}")
    return buffer.copyBytes()
  }
}
