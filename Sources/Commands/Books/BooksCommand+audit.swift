import Administration
import Core
import JSON
import Ledger
import LedgerSQLite

extension BooksCommand {
  func audit(_ file: String?, _ provider: String?, _ store: SQLiteStore) throws -> ExitCode {
    let examination = try store.examine()
    let journals = try journalFaults(store)
    let comparison = try file.map { try compare($0, provider, store) }
    let faults = examination.faults + journals
    let isClean = faults.isEmpty && comparison?.differences.isEmpty ?? true
    if options.json {
      write(AuditReport.json(examination, faults, comparison))
    } else {
      terminal.write(AuditReport.text(examination, faults, comparison))
    }
    return isClean ? .success : .wrong
  }

  /// What is wrong with the journals beside the store: runs that were set aside because they could not be read.
  private func journalFaults(_ store: SQLiteStore) throws -> [String] {
    let folder = JournalRun.folder(store: store.path)
    return try JournalRun.damagedNames(folder: folder).map { name in
      "the journal '\(folder)/\(name)' could not be read to its end; what it lost is not in the books"
    }
  }

  private func compare(_ file: String, _ provider: String?, _ store: SQLiteStore) throws -> UsageComparison {
    let bytes: [UInt8]
    do throws(SystemFailure) {
      bytes = try FileContents.read(file, limit: 256 << 20)
    } catch {
      throw Failure(message: "\(error)")
    }
    do throws(UsageComparison.Problem) {
      let theirs = try UsageComparison.read(String(decoding: bytes, as: UTF8.self))
      guard let first = theirs.map(\.day).min(), let last = theirs.map(\.day).max() else {
        throw UsageComparison.Problem(reason: "it has no row")
      }
      let ours = try? store.usage(UsageQuery([.day, .model, .provider], days: first...last))
      return UsageComparison(theirs: theirs, ours: (ours ?? []).filter { provider == nil || $0.provider == provider })
    } catch {
      throw Failure(message: "\(file): \(error.reason)")
    }
  }

  func showAuditLog(_ store: SQLiteStore) throws {
    let log = try store.auditLog()
    if options.json {
      return write(
        .array(
          log.map { entry in
            .object([
              ("number", .integer(entry.number)), ("at", .instant(entry.at)), ("actor", .string(entry.actor)),
              ("action", .string(entry.action)), ("subject", .string(entry.subject)), ("detail", .string(entry.detail)),
              ("hash", .string(entry.hash.hexadecimal)),
            ])
          }))
    }
    var table = Table([
      ("NO", .right), ("WHEN", .left), ("WHO", .left), ("WHAT", .left), ("ON", .left), ("DETAIL", .left),
    ])
    for entry in log {
      table.add([
        "\(entry.number)", instant(entry.at), entry.actor, entry.action, String(entry.subject.prefix(12)), entry.detail,
      ])
    }
    terminal.write(table.text())
  }

  func checkStore(_ store: SQLiteStore) throws -> ExitCode {
    let faults = try store.integrityFaults() + journalFaults(store)
    let runs = try JournalRun.names(folder: JournalRun.folder(store: store.path))
    if options.json {
      write(
        .object([
          ("ok", .bool(faults.isEmpty)), ("path", .string(store.path)), ("schema", .integer(SQLiteStore.schema)),
          ("journals", .integer(runs.count)), ("faults", .array(faults.map(JSONValue.string))),
        ]))
    } else {
      terminal.write(
        "\(store.path): schema \(SQLiteStore.schema), \(runs.count) journals of running gateways or since a crash\n")
      for fault in faults { terminal.write(terminal.coloured(fault, .bad) + "\n") }
      if faults.isEmpty { terminal.write(terminal.coloured("sound", .good) + "\n") }
    }
    return faults.isEmpty ? .success : .wrong
  }

  func explain(_ id: String, _ store: SQLiteStore) throws {
    guard let record = try store.generation(id) else {
      throw Failure(
        message: "there is no generation '\(id)' in the books; a request is there a moment after it has ended")
    }
    if options.json {
      let decision = RecordedDecision.of(record) ?? .null
      return write(
        .object([("generation", BookDocuments.generation(record)["data"] ?? .null), ("decision", decision)]))
    }
    terminal.write(Explanation.text(record))
  }
}

/// What an audit says. Pure.
enum AuditReport {
  static func text(_ examination: BooksExamination, _ faults: [String], _ comparison: UsageComparison?) -> String {
    var lines = ["\(examination.records) records, \(examination.cost.dollars) USD"]
    if examination.open > 0 {
      lines.append("\(examination.open) requests were under way when the journals were last read")
    }
    for (name, count, ids) in lists(examination) where count > 0 {
      lines.append("\(count) \(name):")
      lines += ids.map { "  " + $0 }
      if count > Int64(ids.count) { lines.append("  and \(count - Int64(ids.count)) more") }
    }
    lines += faults.map { "WRONG: " + $0 }
    if let comparison {
      lines += comparison.differences.map { "DIFFERS: " + $0 }
      lines.append("\(comparison.compared) days and models compared, \(comparison.differences.count) differ")
    }
    lines.append(faults.isEmpty ? "the books agree" : "the books do not agree")
    return lines.joined(separator: "\n") + "\n"
  }

  static func json(_ examination: BooksExamination, _ faults: [String], _ comparison: UsageComparison?) -> JSONValue {
    .object([
      ("ok", .bool(faults.isEmpty && comparison?.differences.isEmpty ?? true)),
      ("records", .integer(examination.records)), ("usd", .usd(examination.cost)), ("open", .integer(examination.open)),
      ("estimated", list(examination.estimatedCount, examination.estimated)),
      ("unknown", list(examination.unknownCount, examination.unknown)),
      ("overruns", list(examination.overrunCount, examination.overruns)),
      ("faults", .array(faults.map(JSONValue.string))),
      ("differences", comparison.map { .array($0.differences.map(JSONValue.string)) } ?? .null),
    ])
  }

  private static func list(_ count: Int64, _ ids: [String]) -> JSONValue {
    .object([("count", .integer(count)), ("ids", .array(ids.map(JSONValue.string)))])
  }

  private static func lists(_ examination: BooksExamination) -> [(String, Int64, [String])] {
    [
      ("with estimated counts", examination.estimatedCount, examination.estimated),
      ("with an unknown end (billed by their prompt)", examination.unknownCount, examination.unknown),
      ("above what was held for them", examination.overrunCount, examination.overruns),
    ]
  }
}

/// Why a request went where it went, for people. Pure.
enum Explanation {
  static func text(_ record: GenerationRecord) -> String {
    let ending = record.ending
    var lines = [
      "\(record.opening.id): \(record.opening.requestedModel), \(Timestamp.iso8601(milliseconds: record.opening.createdAt))",
      "\(ending.outcome.word), \(ending.cost.dollars) USD, \(ending.usage.promptTokens) prompt and "
        + "\(ending.usage.completionTokens) completion tokens (\(ending.usageSource.word))",
    ]
    if let served = ending.served {
      lines.append(
        "answered by \(served.model) at \(served.providerName) (\(served.endpoint), region \(served.region ?? "unknown"))"
      )
    }
    if !ending.attempts.isEmpty {
      var table = Table([
        ("ATTEMPT", .right), ("ENDPOINT", .left), ("MODEL", .left), ("STATUS", .right), ("START MS", .right),
        ("MS", .right), ("RESULT", .left),
      ])
      for (index, attempt) in ending.attempts.enumerated() {
        table.add([
          "\(index + 1)", attempt.endpoint, attempt.model, attempt.status == 0 ? "-" : "\(attempt.status)",
          "\(attempt.startMilliseconds)", "\(attempt.milliseconds)", attempt.result,
        ])
      }
      lines += ["", String(table.text().dropLast())]
    }
    lines.append("")
    if let decision = RecordedDecision.of(record) {
      append(decision, name: "decision", depth: 0, to: &lines)
    } else {
      lines.append("no decision was recorded with this request")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The decision as an outline, whatever its members are: one line per value, lists of plain values on one line.
  private static func append(_ value: JSONValue, name: String, depth: Int, to lines: inout [String]) {
    let indent = String(repeating: "  ", count: depth)
    switch value {
    case .object(let members):
      lines.append("\(indent)\(name):")
      for (key, member) in members { append(member, name: key, depth: depth + 1, to: &lines) }
    case .array(let elements):
      let plain = elements.compactMap(plain)
      if plain.count == elements.count { return lines.append("\(indent)\(name): \(plain.joined(separator: ", "))") }
      lines.append("\(indent)\(name):")
      for (index, element) in elements.enumerated() {
        append(element, name: "\(index + 1)", depth: depth + 1, to: &lines)
      }
    default: lines.append("\(indent)\(name): \(plain(value) ?? "")")
    }
  }

  private static func plain(_ value: JSONValue) -> String? {
    switch value {
    case .null: "-"
    case .bool(let flag): flag ? "yes" : "no"
    case .number(let text): text
    case .string(let text):
      String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
    case .array, .object: nil
    }
  }
}
