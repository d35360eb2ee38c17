import Core
import JSON
import Ledger

extension AdministrationDesk {
  /// How far back `GET /activity` goes. Unit: days before today. Source: reference section 9.6.
  private static let activityDays: Int64 = 30

  /// `GET /credits`, from memory.
  func credits(_ request: AdministrationRequest) -> AdministrationAnswer {
    let balance = accounts.balance(today: UTCDay.of(seconds: request.now))
    return AdministrationAnswer(BookDocuments.credits(total: balance.credits, usage: balance.usage))
  }

  /// `GET /api/endpoints/openrouter/credits`, from memory.
  func balance(_ request: AdministrationRequest) -> AdministrationAnswer {
    let balance = accounts.balance(today: UTCDay.of(seconds: request.now))
    return AdministrationAnswer(
      BookDocuments.balance(total: balance.credits, usage: balance.usage, isLimited: balance.isLimited))
  }

  /// `POST /credits`.
  func addCredits(_ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    let asked = try CreditRequest(request.document())
    let administrator = request.administrator
    let entry = try books { () throws(StoreError) in
      try store.add(
        CreditEntry(at: request.now, amount: asked.amount, note: asked.note, actor: administrator.name),
        by: administrator)
    }
    try adopt()
    let balance = accounts.balance(today: UTCDay.of(seconds: request.now))
    return AdministrationAnswer(
      BookDocuments.credited(entry, total: balance.credits, usage: balance.usage), status: 201)
  }

  /// `GET /generation`: for a user key its own records, for a management key all.
  func generation(_ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    guard let id = try request.items.text("id") else {
      throw .field("id", "'id' is missing: the generation to look up, such as ?id=gen-….")
    }
    guard let record = try record(id), mayRead(record, request.caller) else {
      throw .caller(.notFound, "There is no generation '\(id.prefix(80))' of this key.")
    }
    return AdministrationAnswer(BookDocuments.generation(record))
  }

  /// A record that has not got into the store yet is fetched.
  private func record(_ id: String) throws(GatewayError) -> GenerationRecord? {
    guard Identifier.isGeneration(id) else { return nil }
    return try books { () throws(StoreError) in
      if let record = try store.generation(id) { return record }
      try running.fold()
      return try store.generation(id)
    }
  }

  private func mayRead(_ record: GenerationRecord, _ caller: AdministrationCaller) -> Bool {
    caller.role == .management || record.opening.keyID == caller.number
  }

  /// `GET /activity`: the last 30 days and today, as far as requests have ended.
  func activity(_ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    let days = try days(request)
    let isGrouped = try request.items.word("group_by", ["workspace"]) { $0 == "workspace" ? true : nil } ?? false
    let name = try request.items.text("workspace_id")
    let workspace = try name.map { name throws(GatewayError) in try find(workspace: name).id }
    let number = try keyNumber(request)
    let grouping = BookDocuments.activityGrouping(isGrouped: isGrouped)
    guard let user = try request.items.text("user_id") else {
      let query = UsageQuery(grouping, days: days, key: number, workspace: workspace)
      return AdministrationAnswer(BookDocuments.activity(try usage(query), isGrouped: isGrouped))
    }
    // Whose keys: the books know keys, and keys know who had them made.
    let owned = try books { () throws(StoreError) in try store.keys(changedAfter: -1) }.filter { $0.creator == user }
    let numbers = Set(owned.map(\.number))
    let query = UsageQuery(grouping.union([.key]), days: days, key: number, workspace: workspace)
    let rows = try usage(query).filter { $0.key.map(numbers.contains) ?? false }
    return AdministrationAnswer(BookDocuments.activity(UsageRow.withoutKeys(rows), isGrouped: isGrouped))
  }

  private func usage(_ query: UsageQuery) throws(GatewayError) -> [UsageRow] {
    try books { () throws(StoreError) in
      try running.fold()
      return try store.usage(query)
    }
  }

  private func days(_ request: AdministrationRequest) throws(GatewayError) -> ClosedRange<Int64> {
    let today = UTCDay.of(seconds: request.now)
    let known = (today - AdministrationDesk.activityDays)...today
    guard let text = try request.items.text("date") else { return known }
    guard let day = UTCDay.parse(text), known.contains(day) else {
      throw .field(
        "date",
        "'date' must be a day such as \(UTCDay.text(today)), of the last \(AdministrationDesk.activityDays) or today.")
    }
    return day...day
  }

  /// The number of the key that `api_key_hash` names; nil when nothing is named. Keys that were deleted stay in the books.
  private func keyNumber(_ request: AdministrationRequest) throws(GatewayError) -> Int64? {
    guard let text = try request.items.text("api_key_hash") else { return nil }
    guard let hash = KeyHash(hexadecimal: text.lowercased()) else {
      throw .field("api_key_hash", "'api_key_hash' must be 64 hexadecimal digits, as /keys shows them.")
    }
    guard let key = try books({ () throws(StoreError) in try store.key(hash: hash) }) else {
      throw .caller(.notFound, "There is no key with the hash '\(text.prefix(64))'.")
    }
    return key.number
  }
}

extension UsageRow {
  /// What tells rows apart when keys do not.
  private struct Place: Hashable {
    let day: Int64?
    let model: String?
    let provider: String?
    let endpoint: String?
    let workspace: String?
  }

  /// Rows that differ in nothing but their key, summed; in the order of the first of each.
  static func withoutKeys(_ rows: [UsageRow]) -> [UsageRow] {
    var sums: [UsageRow] = []
    var positions: [Place: Int] = [:]
    for row in rows {
      let place = Place(
        day: row.day, model: row.model, provider: row.provider, endpoint: row.endpoint, workspace: row.workspace)
      if let position = positions[place] {
        sums[position].requests += row.requests
        sums[position].estimated += row.estimated
        sums[position].promptTokens += row.promptTokens
        sums[position].completionTokens += row.completionTokens
        sums[position].reasoningTokens += row.reasoningTokens
        sums[position].cachedTokens += row.cachedTokens
        sums[position].cost = sums[position].cost.adding(row.cost) ?? sums[position].cost
      } else {
        positions[place] = sums.count
        sums.append(row)
        sums[sums.count - 1].key = nil
      }
    }
    return sums
  }
}
