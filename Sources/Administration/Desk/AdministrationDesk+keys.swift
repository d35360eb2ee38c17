import Core
import JSON
import Ledger

extension AdministrationDesk {
  /// Keys in an answer of `GET /keys`, which has no parameter for it in OpenRouter's interface.
  private static let keyPage = 100

  /// `GET /key`, from memory.
  func currentKey(_ request: AdministrationRequest) -> AdministrationAnswer {
    let today = UTCDay.of(seconds: request.now)
    let standing = accounts.key(request.caller.number)?.budget.standing(today: today)
    let isFreeTier = !accounts.balance(today: today).isLimited
    return AdministrationAnswer(
      KeyDocuments.current(
        request.caller, limit: standing?.limits.first, standing?.spending ?? Spending(), isFreeTier: isFreeTier))
  }

  /// `GET /keys`: those of the configuration first, then those of the store, of one workspace.
  func listKeys(_ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    let page = try Page(request.items, standard: AdministrationDesk.keyPage)
    let includesDisabled = try request.items.flag("include_disabled")
    let name = try request.items.text("workspace_id")
    let workspace = if let name { try find(workspace: name) } else { try defaultWorkspace() }
    let configured = try books { () throws(StoreError) in
      try store.keys(KeyQuery(source: .configuration, workspace: workspace.id, includesDisabled: includesDisabled))
    }.filter(isInForce)
    var keys = page.of(configured)
    if keys.count < page.limit {
      let query = KeyQuery(
        source: .store, workspace: workspace.id, includesDisabled: includesDisabled,
        offset: max(0, page.offset - configured.count), limit: page.limit - keys.count)
      keys += try books { () throws(StoreError) in try store.keys(query) }
    }
    return AdministrationAnswer(KeyDocuments.list(try standings(keys, request)))
  }

  /// `POST /keys`.
  func createKey(_ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    let asked = try KeyRequest.creation(request.document())
    let (key, secret) = try make(asked, request)
    return AdministrationAnswer(KeyDocuments.created(key, secret: secret), status: 201)
  }

  /// `GET`, `PATCH`, `DELETE /keys/{hash}`.
  func key(_ hash: String, _ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    var key = try find(key: hash)
    guard request.method != .get else { return try one(key, request) }
    guard key.source == .store else {
      throw .caller(
        .forbidden, "The key '\(key.name)' stands in the configuration; it is changed there and nowhere else.")
    }
    let number = key.number
    let administrator = request.administrator
    if request.method == .delete {
      _ = try books { () throws(StoreError) in
        try store.change(key: number, action: "key.delete", by: administrator) { $0.deletedAt = administrator.now }
      }
      try adopt()
      return AdministrationAnswer(KeyDocuments.deleted)
    }
    let change = try KeyRequest.change(request.document())
    key = try books { () throws(StoreError) in
      try store.change(key: number, action: "key.update", by: administrator) { change.apply(to: &$0) }
    }
    try adopt()
    return try one(key, request)
  }

  /// Makes a key as it is asked for, and puts it in force.
  func make(
    _ asked: KeyRequest, _ request: AdministrationRequest
  ) throws(GatewayError) -> (key: StoredKey, secret: Secret) {
    let secret = Identifier.key()
    var key = StoredKey(
      hash: KeyHash(secret), role: .user, name: "", label: StoredKey.label(of: secret), createdAt: request.now)
    asked.apply(to: &key)
    key.workspace = try resolve(workspace: key.workspace)
    let complete = key
    let stored = try books { () throws(StoreError) in try store.insert(complete, by: request.administrator) }
    try adopt()
    return (stored, Secret(secret))
  }

  /// The id of a workspace that a body names as `workspace_id`; an empty name stays empty, for the default one.
  func resolve(workspace name: String) throws(GatewayError) -> String {
    if name.isEmpty { return "" }
    do throws(GatewayError) { return try find(workspace: name).id } catch {
      throw error.kind == .notFound ? .field("workspace_id", "'workspace_id' names no workspace that there is.") : error
    }
  }

  /// The user key with that hash. Throws 404; management keys are not administered from afar.
  private func find(key text: String) throws(GatewayError) -> StoredKey {
    if let hash = KeyHash(hexadecimal: text.lowercased()),
      let key = try books({ () throws(StoreError) in try store.key(hash: hash) }), key.deletedAt == nil,
      key.role == .user, isInForce(key)
    {
      return key
    }
    throw .caller(.notFound, "There is no key with the hash '\(text.prefix(64))'.")
  }

  private func one(_ key: StoredKey, _ request: AdministrationRequest) throws(GatewayError) -> AdministrationAnswer {
    let shown = try standings([key], request).first ?? (key, Spending())
    return AdministrationAnswer(KeyDocuments.one(shown.key, shown.spending))
  }

  /// A key of the configuration stays in the books after it has been removed from the configuration.
  private func isInForce(_ key: StoredKey) -> Bool { key.source == .store || accounts.key(key.number) != nil }

  /// Keys with what they have spent, by the memory of this process where it knows them. The limits of the
  /// configuration's keys are in memory only.
  private func standings(
    _ keys: [StoredKey], _ request: AdministrationRequest
  ) throws(GatewayError) -> [(key: StoredKey, spending: Spending)] {
    let today = UTCDay.of(seconds: request.now)
    var stored: [Int64: Spending]?
    var shown: [(key: StoredKey, spending: Spending)] = []
    for var key in keys {
      if let standing = accounts.key(key.number)?.budget.standing(today: today) {
        if key.source == .configuration {
          key.limits.limit = standing.limits.first?.amount
          key.limits.reset = standing.limits.first?.reset
        }
        shown.append((key, standing.spending))
      } else {
        if stored == nil { stored = try books { () throws(StoreError) in try store.keySpending(at: request.now) } }
        shown.append((key, stored?[key.number] ?? Spending()))
      }
    }
    return shown
  }
}
