import Administration
import Core
import JSON
import Ledger
import Testing

/// The members that OpenRouter's OpenAPI file requires of each document; what is missing breaks its clients.
@Suite("Documents of the administration")
struct DocumentTests {
  private static let usageMembers = [
    "usage", "usage_daily", "usage_weekly", "usage_monthly", "byok_usage", "byok_usage_daily", "byok_usage_weekly",
    "byok_usage_monthly",
  ]

  private let key = StoredKey(
    number: 1, hash: KeyHash("k"), role: .user, name: "ci", label: "sk-pb-v1-abc…wxyz", createdAt: 1_795_196_148,
    limits: KeyLimits(limit: Money(units: 25_000_000_000_000), reset: .monthly), workspace: "w")
  private let spending = Spending(
    total: Money(units: 40_200_000_000_000), daily: Money(units: 600_000_000_000),
    weekly: Money(units: 1_900_000_000_000), monthly: Money(units: 3_600_000_000_000))

  /// The document as its bytes say, so that it is also proved to be JSON.
  private func parsed(_ value: JSONValue) throws -> JSONValue { try JSONValue.parse(value.serialized()) }

  private func names(_ value: JSONValue?) -> Set<String> { Set((value?.objectValue ?? []).map(\.key)) }

  @Test("GET /key has every required member, and what is left of the limit")
  func currentKey() throws {
    let caller = AdministrationCaller(number: 1, role: .user, name: "ci", label: "sk-pb-v1-abc…wxyz")
    let limit = SpendingLimit(Money(units: 25_000_000_000_000), reset: .monthly)
    let document = KeyDocuments.current(caller, limit: limit, spending, isFreeTier: true)
    let data = try #require(try parsed(document)["data"])
    let required =
      DocumentTests.usageMembers + [
        "label", "limit", "is_free_tier", "is_management_key", "is_provisioning_key", "limit_remaining", "limit_reset",
        "include_byok_in_limit", "creator_user_id", "rate_limit",
      ]
    #expect(names(data).isSuperset(of: required))
    #expect(names(data["rate_limit"]) == ["requests", "interval", "note"])
    #expect(data["limit"]?.numberText == "25")
    #expect(data["limit_remaining"]?.numberText == "21.4")
    #expect(data["limit_reset"]?.stringValue == "monthly")
    #expect(data["usage"]?.numberText == "40.2")
    #expect(data["is_free_tier"]?.boolValue == true)
    #expect(data["rate_limit"]?["requests"]?.integerValue == -1)
  }

  @Test("A key of /keys is identified by its hash, and only its creation shows the key")
  func keys() throws {
    let required = Set(
      DocumentTests.usageMembers + [
        "hash", "name", "label", "disabled", "limit", "limit_remaining", "limit_reset", "include_byok_in_limit",
        "created_at", "updated_at", "creator_user_id", "workspace_id",
      ])
    let list = try parsed(KeyDocuments.list([(key, spending)]))
    let members = names(list["data"]?[0])
    #expect(members.isSuperset(of: required))
    #expect(list["data"]?[0]?["hash"]?.stringValue == KeyHash("k").hexadecimal)
    #expect(list["data"]?[0]?["created_at"]?.stringValue == "2026-11-20T17:35:48.000Z")
    let created = try parsed(KeyDocuments.created(key, secret: Secret("sk-pb-v1-secret")))
    #expect(created["key"]?.stringValue == "sk-pb-v1-secret")
    #expect(created["data"]?["usage"]?.numberText == "0")
    let unlimited = StoredKey(hash: KeyHash("u"), role: .management, name: "m", label: "l", createdAt: 1)
    let document = try parsed(KeyDocuments.one(unlimited, spending))["data"]
    #expect(document?["limit"]?.isNull == true)
    #expect(document?["limit_remaining"]?.isNull == true)
    #expect(document?["limit_reset"]?.isNull == true)
    #expect(try parsed(KeyDocuments.deleted)["deleted"]?.boolValue == true)
  }

  @Test("A limit that is passed leaves nothing, never less")
  func overspent() throws {
    var key = key
    key.limits.limit = Money(units: 1)
    #expect(try parsed(KeyDocuments.one(key, spending))["data"]?["limit_remaining"]?.numberText == "0")
  }

  @Test("GET /generation has every required member")
  func generation() throws {
    let required: Set = [
      "id", "upstream_id", "total_cost", "cache_discount", "upstream_inference_cost", "created_at", "model", "app_id",
      "streamed", "cancelled", "provider_name", "latency", "moderation_latency", "generation_time", "finish_reason",
      "service_tier", "tokens_prompt", "tokens_completion", "native_tokens_prompt", "native_tokens_completion",
      "native_tokens_completion_images", "native_tokens_reasoning", "native_tokens_cached", "num_media_prompt",
      "num_input_audio_prompt", "num_media_completion", "num_search_results", "num_fetches", "web_search_engine",
      "origin",
      "usage", "is_byok", "native_finish_reason", "external_user", "api_type", "preset_id", "router",
      "provider_responses", "user_agent", "http_referer", "data_region", "workspace_id",
    ]
    let opening = Opening(id: "gen-1", createdAt: 1_795_196_148_123, isStreamed: true, requestedModel: "a/b", user: "u")
    let served = Ending.Served(
      model: "a/c", provider: "p", providerName: "P", endpoint: "p/fp8", region: "eu-west", trainsOnData: false)
    let ending = Ending(
      outcome: .cancelled, served: served,
      attempts: [
        AttemptRecord(provider: "q", endpoint: "q", model: "a/b", status: 0, milliseconds: 5, result: "timedOut")
      ],
      usage: Usage(promptTokens: 90, completionTokens: 31, cachedTokens: 64),
      prices: PriceList(prompt: Money(units: 3), completion: Money(units: 5), cacheRead: Money(units: 1)),
      cost: Money(units: 21_000_000), totalMilliseconds: 9)
    let record = GenerationRecord(opening: opening, ending: ending)
    let data = try #require(try parsed(BookDocuments.generation(record))["data"])
    #expect(names(data).isSuperset(of: required), "\(required.subtracting(names(data)))")
    #expect(data["model"]?.stringValue == "a/c")
    #expect(data["total_cost"]?.numberText == "0.000021")
    #expect(data["cache_discount"]?.numberText == "0.000000000128")
    #expect(data["cancelled"]?.boolValue == true)
    #expect(data["data_region"]?.stringValue == "europe")
    #expect(data["created_at"]?.stringValue == "2026-11-20T17:35:48.123Z")
    #expect(data["provider_responses"]?[0]?["status"]?.isNull == true)
    #expect(data["data_policy"]?["training"]?.boolValue == false)
    #expect(data["data_policy"]?["retention_days"]?.isNull == true)
  }

  @Test("Credits, activity and LibreChat's balance are exact numbers")
  func money() throws {
    let credits = try parsed(BookDocuments.credits(total: Money(units: 5), usage: Money(units: 7)))["data"]
    #expect(credits?["total_credits"]?.numberText == "0.000000000005")
    #expect(credits?["total_usage"]?.numberText == "0.000000000007")
    let limited = try parsed(BookDocuments.balance(total: Money(units: 5), usage: Money(units: 7), isLimited: true))
    #expect(limited["balance"]?.numberText == "-0.000000000002")
    #expect(try parsed(BookDocuments.balance(total: .zero, usage: .zero, isLimited: false))["balance"]?.isNull == true)
    #expect(limited["usage"]?["total_credits"]?.numberText == "0.000000000005")
    var row = UsageRow()
    row.day = UTCDay.parse("2026-11-20")
    row.model = "a/b"
    row.endpoint = "p/fp8"
    row.providerName = "P"
    row.workspace = "w"
    row.requests = 3
    let activity = try parsed(BookDocuments.activity([row], isGrouped: false))["data"]?[0]
    #expect(
      names(activity) == [
        "date", "model", "model_permaslug", "endpoint_id", "provider_name", "usage", "byok_usage_inference", "requests",
        "prompt_tokens", "completion_tokens", "reasoning_tokens",
      ])
    #expect(activity?["date"]?.stringValue == "2026-11-20")
    #expect(try parsed(BookDocuments.activity([row], isGrouped: true))["data"]?[0]?["workspace_id"]?.stringValue == "w")
  }

  @Test("Workspaces, members and budgets have every required member")
  func workspaces() throws {
    let workspace = Workspace(id: "w", name: "Team", slug: "team", createdAt: 1)
    let data = try parsed(WorkspaceDocuments.list([workspace], total: 7))
    #expect(data["total_count"]?.integerValue == 7)
    let first = names(data["data"]?[0])
    #expect(
      first.isSuperset(of: [
        "id", "default_guardrail_id", "name", "slug", "description", "default_text_model", "default_image_model",
        "default_provider_sort", "is_observability_io_logging_enabled", "is_observability_broadcast_enabled",
        "is_data_discount_logging_enabled", "io_logging_sampling_rate", "io_logging_api_key_ids", "created_at",
        "updated_at", "created_by",
      ]))
    let member = WorkspaceMember(id: "m", workspace: "w", userID: "u", createdAt: 1)
    #expect(
      names(try parsed(WorkspaceDocuments.added([member]))["data"]?[0])
        == ["id", "workspace_id", "user_id", "role", "created_at"])
    let budget = WorkspaceBudget(
      id: "b", workspace: "w", interval: .lifetime, limit: Money(units: 1_000_000_000_000), createdAt: 1, updatedAt: 2)
    let document = try parsed(WorkspaceDocuments.one(budget))["data"]
    #expect(
      names(document) == ["id", "workspace_id", "limit_usd", "reset_interval", "created_at", "updated_at"])
    #expect(document?["reset_interval"]?.isNull == true)
    #expect(document?["limit_usd"]?.numberText == "1")
  }

  @Test("The exchange of a code has its members")
  func exchange() throws {
    let code = try parsed(KeyDocuments.authorizationCode(Secret("c"), application: 1, createdAt: 1))["data"]
    #expect(names(code) == ["id", "app_id", "created_at"])
    #expect(names(try parsed(KeyDocuments.exchanged(Secret("k"), user: nil))) == ["key", "user_id"])
  }
}
