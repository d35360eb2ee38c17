import Catalog
import JSON

/// What `doctor --faults` prints.
package struct FaultScorecard: Sendable {
  private let stage: FaultStage
  /// One per check, in their order.
  private let results: [FaultResult]

  /// The scorecard of a stage.
  package init(_ stage: FaultStage, _ results: [FaultResult]) {
    self.stage = stage
    self.results = results
  }

  /// Whether nothing was lost or untruthful.
  package var isGood: Bool { count(.lost) == 0 }

  private func count(_ verdict: FaultVerdict) -> Int { results.filter { $0.verdict == verdict }.count }

  // MARK: Text

  /// For people; `terminal` gives the colours.
  package func text(_ terminal: Terminal) -> String {
    var table = Table([
      ("FAULT", .left), ("MODEL", .left), ("VERDICT", .left), ("ATTEMPTS", .right), ("MS", .right),
      ("THE CALLER GOT", .left),
    ])
    for (check, result) in zip(stage.checks, results) {
      table.add([
        check.fault.name, check.subject.kind.words, result.verdict.word, String(result.attempts),
        String(result.milliseconds), result.words,
      ])
    }
    let rows = table.text { padded, row, column in
      column == 2 ? terminal.coloured(padded, results[row].verdict.tone) : padded
    }
    return introduction + "\n" + rows + "\n" + summary
  }

  private var introduction: String {
    var text = "The simulator stands in for every provider: nothing is sent to a real one, and no key leaves.\n"
    text += paceWords + "\n\n"
    for subject in stage.subjects {
      let named = subject.isNamedByRequest ? " (named by the request)" : ""
      text +=
        "  \(subject.kind.words)\(named): " + subject.models.map(FaultScorecard.words).joined(separator: ", then ")
        + "\n"
    }
    for kind in FaultSubject.Kind.allCases where !stage.subjects.contains(where: { $0.kind == kind }) {
      text += "  \(kind.words): the configuration has none, so these checks are left out\n"
    }
    return text
  }

  private var paceWords: String {
    stage.pace.divisor == 1
      ? "Timeouts are as configured."
      : "Timeouts for a first token and for silence are divided by \(stage.pace.divisor), so that this does not take long."
  }

  private static func words(_ entry: (model: CatalogModel, endpoints: [CatalogEndpoint])) -> String {
    entry.model.id + " (" + entry.endpoints.map(\.tag).joined(separator: ", ") + ")"
  }

  private var summary: String {
    var text =
      "\(results.count) checks: \(count(.survived)) survived, \(count(.told)) told truthfully, \(count(.lost)) lost.\n"
    let alone = zip(stage.checks, results).filter { $0.subject.kind == .single && $1.verdict == .told }.count
    if alone > 0 {
      text += "A second endpoint or a fallback would help where one endpoint stands alone (\(alone) checks).\n"
    }
    return text
  }

  // MARK: JSON

  /// For programs.
  package var json: JSONValue {
    .object([
      ("ok", .bool(isGood)), ("real_providers_contacted", .bool(false)),
      ("timeouts_divided_by", .integer(stage.pace.divisor)),
      ("survived", .integer(count(.survived))), ("told", .integer(count(.told))), ("lost", .integer(count(.lost))),
      ("subjects", .array(stage.subjects.map(FaultScorecard.json))),
      ("checks", .array(zip(stage.checks, results).map(FaultScorecard.json))),
    ])
  }

  private static func json(_ subject: FaultSubject) -> JSONValue {
    .object([
      ("kind", .string(subject.kind.rawValue)), ("named_by_request", .bool(subject.isNamedByRequest)),
      (
        "models",
        .array(
          subject.models.map { entry in
            .object([
              ("id", .string(entry.model.id)), ("endpoints", .array(entry.endpoints.map { .string($0.tag) })),
            ])
          })
      ),
    ])
  }

  private static func json(_ check: FaultStage.Check, _ result: FaultResult) -> JSONValue {
    .object([
      ("fault", .string(check.fault.name)), ("kind", .string(check.subject.kind.rawValue)),
      ("models", .array(check.subject.ids.map(JSONValue.string))), ("verdict", .string(result.verdict.rawValue)),
      ("attempts", .integer(result.attempts)), ("milliseconds", .integer(result.milliseconds)),
      ("got", .string(result.words)),
    ])
  }
}

extension FaultVerdict {
  /// The colour of the word.
  fileprivate var tone: Terminal.Tone {
    switch self {
    case .survived: .good
    case .told: .doubtful
    case .lost: .bad
    }
  }
}
