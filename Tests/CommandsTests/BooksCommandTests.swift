import Commands
import Core
import JSON
import Ledger
import LedgerSQLite
import TestSupport
import Testing

@Suite("patchbay keys, credits, usage, audit, store, explain")
struct BooksCommandTests {
  private static let now: Int64 = 1_795_196_148

  /// A folder with a configuration whose store lies beside it.
  private struct Rig {
    let folder: String
    var store: SQLiteStore { get throws { try SQLiteStore.open(path: folder + "/p.db", sync: .process) } }

    func run(_ line: String, code: ExitCode = .success, now: Int64 = BooksCommandTests.now) throws -> Recorder {
      let words = line.split(separator: " ").map { String($0).replacing("_", with: " ") }
      guard case .books(let options) = try Command.parse(words + ["--config", folder + "/p.yaml"]) else {
        throw UsageError("not a command about the books")
      }
      let recorder = Recorder()
      let command = BooksCommand(options, environment: ["USER": "ann"], terminal: recorder.terminal(), now: now)
      #expect(command.run() == code, "\(line): \(recorder.output)\(recorder.error)")
      return recorder
    }

    func json(_ line: String, code: ExitCode = .success) throws -> JSONValue {
      try JSONValue.parse(Array(run(line + " --json", code: code).output.utf8))
    }
  }

  private func withRig(_ body: (Rig) throws -> Void) throws {
    try TemporaryFolder.with { folder in
      let file = "storage: { url: \"sqlite:\(folder)/p.db\" }\nproviders: [{ slug: own, base_url: \"http://h/v1\" }]\n"
      try FileContents.replace(folder + "/p.yaml", with: Array(file.utf8))
      try body(Rig(folder: folder))
    }
  }

  @Test("A key is shown once, and only its hash is kept")
  func createsKey() throws {
    try withRig { rig in
      let made = try rig.run("keys create --name ci --limit 5 --reset daily --models a/*,b/c --max-concurrent 3")
      let secret = made.output.split(separator: "\n").map(String.init)[0]
      #expect(secret.hasPrefix("sk-pb-v1-"))
      #expect(secret.utf8.count == 9 + 48)
      let key = try #require(try rig.store.keys(changedAfter: 0).first)
      #expect(key.hash == KeyHash(secret))
      #expect(key.limits.limit?.dollars == "5")
      #expect(key.limits.reset == .daily)
      #expect(key.limits.allowedModels == ["a/*", "b/c"])
      #expect(key.limits.maxConcurrent == 3)
      for line in [
        "keys list", "keys show ci", "keys list --json", "keys show ci --json", "audit log", "audit log --json",
      ] {
        let shown = try rig.run(line)
        #expect(!(shown.output + shown.error).contains(secret.dropFirst(13).dropLast(4)))
        #expect(shown.output.contains("ci"))
      }
      let bytes = try FileContents.read(rig.folder + "/p.db-wal", limit: 100_000_000)
      #expect(!String(decoding: bytes, as: UTF8.self).contains(secret))
      #expect(try rig.run("keys create --name ci", code: .wrong).error.contains("rotate it"))
    }
  }

  @Test("A key is disabled, enabled, rotated and deleted, by its name or its hash; every change is in the log")
  func changesKey() throws {
    try withRig { rig in
      let document = try rig.json("keys create --name ci --management --expires-in 30d")
      let hash = try #require(document["data"]?["hash"]?.stringValue)
      #expect(document["data"]?["expires_at"]?.stringValue == "2026-12-20T17:35:48.000Z")
      _ = try rig.run("keys disable ci")
      #expect(try rig.run("keys list").output.isEmpty)
      #expect(try rig.run("keys list --all").output.contains("disabled"))
      _ = try rig.run("keys enable \(hash)")
      let rotated = try rig.json("keys rotate \(hash.prefix(12)) --grace 1h")
      let key = try #require(try rig.store.keys(changedAfter: 0).first)
      #expect(key.hash == KeyHash(try #require(rotated["key"]?.stringValue)))
      #expect(key.previousHash?.hexadecimal == hash)
      #expect(key.previousUntil == BooksCommandTests.now + 3600)
      #expect(try rig.run("keys show cj", code: .wrong).error.contains("did you mean 'ci'?"))
      _ = try rig.run("keys delete ci")
      #expect(try rig.run("keys show ci", code: .wrong).error.contains("there is no key"))
      let log = try rig.json("audit log").arrayValue ?? []
      #expect(
        log.compactMap { $0["action"]?.stringValue } == [
          "key.create", "key.disable", "key.enable", "key.rotate", "key.delete",
        ])
      #expect(log.allSatisfy { $0["actor"]?.stringValue == "cli:ann" })
      _ = try rig.run("audit")
    }
  }

  @Test("Credits are added and taken back with a note")
  func credits() throws {
    try withRig { rig in
      _ = try rig.run("credits add 100.25 --note first_invoice")
      let shown = try rig.run("credits subtract 0.25 --note typo")
      #expect(shown.output.contains("100 USD added, 0 spent, 100 left"))
      #expect(shown.output.contains("first invoice"))
      #expect(try rig.json("credits")["data"]?["total_credits"]?.numberText == "100")
      #expect(try rig.run("credits").output.contains("-0.25"))
    }
  }

  private func add(
    _ id: String, key: Int64, model: String, cost: Int64, outcome: Outcome = .complete, to batch: FoldBatch
  ) {
    let opening = Opening(
      id: id, createdAt: BooksCommandTests.now * 1000, keyID: key, requestedModel: model, hold: Money(units: .max),
      decision: Array(
        #"{"seed":42,"candidates":[{"endpoint":"p/fp8","score":0.5}],"excluded":[{"endpoint":"q","reason":"no zdr"}]}"#
          .utf8))
    let ending = Ending(
      outcome: outcome,
      served: Ending.Served(model: model, provider: "p", providerName: "P", endpoint: "p/fp8", region: "eu"),
      attempts: [
        AttemptRecord(provider: "p", endpoint: "p/fp8", model: model, status: 200, milliseconds: 31, result: "served")
      ],
      usage: Usage(promptTokens: 10, completionTokens: 5), cost: Money(units: cost))
    batch.add(GenerationRecord(opening: opening, ending: ending))
  }

  private func fill(_ rig: Rig) throws {
    _ = try rig.run("keys create --name ci")
    let batch = FoldBatch(run: "r")
    add("gen-a", key: 1, model: "a/b", cost: 2_500_000_000, to: batch)
    add("gen-b", key: 1, model: "a/b", cost: 500_000_000, to: batch)
    add("gen-c", key: 0, model: "=c/\"d\"", cost: 1, outcome: .unknown, to: batch)
    try rig.store.fold(batch)
  }

  @Test("Usage is shown by key, model, provider and day, exactly")
  func usage() throws {
    try withRig { rig in
      try fill(rig)
      #expect(
        try rig.run("usage --by key").output
          == """
          KEY        REQUESTS  PROMPT  CACHED  COMPLETION  REASONING  USD
          ci                2      20       0          10          0           0.003
          anonymous         1      10       0           5          0  0.000000000001
          sum               3      30       0          15          0  0.003000000001

          """.replacing("REASONING  USD", with: "REASONING             USD"))
      #expect(
        try rig.run("usage --by model --csv").output == """
          model,requests,estimated,prompt_tokens,cached_tokens,completion_tokens,reasoning_tokens,usd
          a/b,2,0,20,0,10,0,0.003
          "'=c/""d""\",1,0,10,0,5,0,0.000000000001

          """)
      let days = try rig.json("usage")
      #expect(days[0]?["day"]?.stringValue == "2026-11-20")
      #expect(days[0]?["usd"]?.numberText == "0.003000000001")
      #expect(try rig.json("usage --by provider")[0]?["provider"]?.stringValue == "p")
      #expect(try rig.run("usage --days 1", now: BooksCommandTests.now + 86_400).output.isEmpty)
    }
  }

  @Test("An audit proves that the books agree, and says what is unknown")
  func audit() throws {
    try withRig { rig in
      try fill(rig)
      let text = try rig.run("audit").output
      #expect(text.contains("3 records, 0.003000000001 USD"))
      #expect(text.contains("1 with an unknown end"))
      #expect(text.contains("the books agree"))
      #expect(try rig.json("audit")["unknown"]?["ids"]?[0]?.stringValue == "gen-c")
      _ = try rig.run("store check")
      #expect(try rig.json("store check")["ok"]?.boolValue == true)
    }
  }

  @Test("The books are compared with a provider's file, whatever its columns are called")
  func compares() throws {
    try withRig { rig in
      try fill(rig)
      let file = rig.folder + "/provider.csv"
      func compare(_ text: String, code: ExitCode) throws -> String {
        try FileContents.replace(file, with: Array(text.utf8))
        return try rig.run("audit --compare \(file) --provider p", code: code).output
      }
      let same =
        "\u{FEFF}Date,Model,Input_Tokens,Output_Tokens,Cost\r\n2026-11-20,b-2026-08-06,20,10,$0.003\r\n"
        + "2026-11-20,\"=c/\"\"d\"\"\",10,5,0\r\n"
      #expect(try compare(same, code: .success).contains("2 days and models compared, 0 differ"))
      let other = try compare(same.replacing("20,10,", with: "21,10,"), code: .wrong)
      #expect(other.contains("DIFFERS: 2026-11-20 a/b: 21 prompt tokens in the file, 20 in our books"))
      let missing = "date,model,cost\n2026-11-19,x,1\n"
      #expect(try compare(missing, code: .wrong).contains("2026-11-19 x: only in the file"))
      try FileContents.replace(file, with: Array("a,b\n1,2\n".utf8))
      #expect(try rig.run("audit --compare \(file)", code: .wrong).error.contains("no column for the date"))
    }
  }

  @Test("A past request is explained: its decision and its attempts")
  func explains() throws {
    try withRig { rig in
      try fill(rig)
      let text = try rig.run("explain gen-a").output
      for part in ["seed: 42", "score: 0.5", "reason: no zdr", "p/fp8", "served", "31", "region eu"] {
        #expect(text.contains(part), "\(part)")
      }
      let document = try rig.json("explain gen-a")
      #expect(document["decision"]?["seed"]?.integerValue == 42)
      #expect(document["generation"]?["id"]?.stringValue == "gen-a")
      #expect(try rig.run("explain gen-x", code: .wrong).error.contains("there is no generation 'gen-x'"))
    }
  }

  @Test("A store that does not exist is not made by asking about it")
  func needsStore() throws {
    try withRig { rig in
      for line in ["keys list", "credits", "usage", "audit", "store check", "explain gen-a"] {
        let error = try rig.run(line, code: .wrong).error
        #expect(error.contains("there is no store"))
      }
      #expect(!FileContents.exists(rig.folder + "/p.db"))
    }
  }
}
