import Core
import Glibc
import Ledger
import LedgerSQLite

// What it costs to take records over from a journal into a store, in processor time of the whole process:
//   PATCHBAY_BENCHMARK=1 swift build -c release --product PatchbayFoldBenchmark
//   .build/release/PatchbayFoldBenchmark [records] [bytes of the decision] [requests open at a time] [records a step] [lookups]
// With records a step, journal and fold take turns as in a gateway that is in use; the writing is not counted.

let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
func argument(_ index: Int, _ otherwise: Int) -> Int { numbers.count > index ? numbers[index] : otherwise }
let count = argument(0, 200_000)
let decision = argument(1, 300)
let openAtATime = argument(2, 8)
let perStep = argument(3, 0)
let lookups = argument(4, 100)

func processorTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

func opening(_ id: String, _ index: Int) -> Opening {
  let models = ["openai/gpt-4o", "anthropic/claude-sonnet-4", "meta-llama/llama-3.3-70b-instruct"]
  return Opening(
    id: id, requestID: Identifier.request(), createdAt: 1_795_196_148_123 + Int64(index), keyID: Int64(index % 5),
    workspace: "3f0c6d2e-7a4b-4d58-9c1e-0b2a6f5d8e91", isStreamed: true, requestedModel: models[index % 3],
    userAgent: "OpenAI/Python 1.99.1", promptBound: 1200, hold: Money(units: 9_000_000_000),
    costIfUnknown: Money(units: 3_000_000_000), decision: Array(repeating: 0x61, count: decision))
}

func ending(_ index: Int) -> Ending {
  Ending(
    outcome: .complete,
    served: Ending.Served(
      model: "openai/gpt-4o", provider: "openai", providerName: "OpenAI", endpoint: "openai/fp8", region: "us",
      trainsOnData: false, retentionDays: 30, upstreamID: "chatcmpl-BxLw3n7uM2pQ9rT5vX1yZ4aC6e"),
    attempts: [
      AttemptRecord(
        provider: "openai", endpoint: "openai/fp8", model: "openai/gpt-4o", status: 200, startMilliseconds: 1,
        milliseconds: 300, result: "served")
    ],
    usage: Usage(promptTokens: 1000 + Int64(index % 100), completionTokens: 150, cachedTokens: 64),
    prices: PriceList(prompt: Money(units: 2_500_000), completion: Money(units: 10_000_000)),
    cost: Money(units: 4_250_000_000), upstreamCost: Money(units: 4_250_000_000), firstTokenMilliseconds: 381,
    generationMilliseconds: 900, totalMilliseconds: 1281, finishReason: "stop", nativeFinishReason: "stop")
}

func measure() throws {
  let folder = (ProcessEnvironment.read()["TMPDIR"] ?? "/var/tmp") + "/patchbay-fold-" + Identifier.random(8)
  guard mkdir(folder, 0o700) == 0 else { throw SystemFailure("make \(folder)") }
  defer { print("left in \(folder)") }
  let store = try SQLiteStore.open(path: folder + "/p.db", sync: .process)
  let run = try JournalRun.begin(folder: JournalRun.folder(store: folder + "/p.db"))
  let journal = try Journal(folder: run.path, run: run.name, loop: 0)
  let fold = try JournalFold(store: store, run: run.name, path: run.path)
  var open: [String] = []
  var folding = 0.0
  var steps: [Double] = []
  var last = ""
  func step() throws {
    let start = processorTime()
    try fold.step(limits: [0: journal.progress.position])
    let spent = processorTime() - start
    folding += spent
    steps.append(spent * 1e6)
  }
  for index in 0..<count {
    let id = Identifier.generation()
    try journal.stage(opening(id, index))
    open.append(id)
    if open.count >= openAtATime {
      last = open.removeFirst()
      journal.stage(ending(index), of: last)
    }
    if index % 8 == 7 || perStep > 0 { try journal.flush() }
    if perStep > 0, index % perStep == perStep - 1 { try step() }
  }
  for id in open { journal.stage(ending(0), of: id) }
  try journal.flush()
  try step()
  let examining = processorTime()
  let examination = try store.examine()
  let examined = processorTime() - examining
  let looking = processorTime()
  for _ in 0..<lookups { _ = try store.generation(last) }
  let looked = processorTime() - looking
  print(
    "\(examination.records) records, decision \(decision) bytes, \(openAtATime) open at a time, "
      + (perStep > 0 ? "\(perStep) records a step" : "one step"))
  steps.sort()
  print("fold: \(folding / Double(count) * 1e6) us a record")
  if perStep > 0 {
    print("steps: tenth \(steps[steps.count / 10]), half \(steps[steps.count / 2]), most \(steps[steps.count - 1]) us")
  }
  print(
    "examination: \(examined / Double(count) * 1e6) us a record; lookup: \(looked / Double(max(1, lookups)) * 1e6) us")
  print("faults: \(examination.faults + fold.report.damage)")
}

try measure()
