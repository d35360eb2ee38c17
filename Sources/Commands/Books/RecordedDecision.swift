import JSON
import Ledger
import Planning

/// A decision as people read it: what its record leaves out because it is said elsewhere is put back, and reasons are in
/// words. Pure.
enum RecordedDecision {
  /// The decision behind a record; nil when none was kept.
  static func of(_ record: GenerationRecord) -> JSONValue? {
    guard let decision = try? JSONValue.parse(record.opening.decision), let members = decision.objectValue else {
      return nil
    }
    var shown = members.map { member in (key: member.key, value: worded(member.key, member.value)) }
    if decision["attempts"] == nil {
      // With a single candidate, that is what was tried.
      let only = record.ending.attempts.first.map { attempt -> JSONValue in
        .object([
          ("model", .string(attempt.model)), ("provider", .string(record.ending.served?.provider ?? attempt.provider)),
          ("endpoint", .string(attempt.endpoint)), ("placement", .string(Placement.only.rawValue)),
          ("reason", .string(Placement.only.words)),
        ])
      }
      shown.append(("attempts", .array(only.map { [$0] } ?? [])))
      shown.append(("excluded", .array([])))
    }
    return .object(shown)
  }

  private static func worded(_ name: String, _ value: JSONValue) -> JSONValue {
    guard let rows = value.arrayValue else { return value }
    return .array(rows.map { name == "excluded" ? excluded($0) : attempt($0) })
  }

  private static func attempt(_ row: JSONValue) -> JSONValue {
    guard let members = row.objectValue, let word = row["placement"]?.stringValue,
      let placement = Placement(rawValue: word)
    else { return row }
    return .object(members + [("reason", .string(placement.words))])
  }

  private static func excluded(_ row: JSONValue) -> JSONValue {
    guard let members = row.objectValue, let word = row["reason"]?.stringValue,
      let reason = ExclusionReason(rawValue: word)
    else { return row }
    return .object(members + [("words", .string(reason.words))])
  }
}
