import Core
import JSON
import Ledger

/// What the administration answers about money and records, as OpenRouter's interface has it (reference sections 9.1, 9.5,
/// 9.6).
package enum BookDocuments {
  /// `GET /credits`.
  package static func credits(total: Money, usage: Money) -> JSONValue {
    .object([("data", .object([("total_credits", .usd(total)), ("total_usage", .usd(usage))]))])
  }

  /// `POST /credits`: the entry, and the sums with it.
  package static func credited(_ entry: CreditEntry, total: Money, usage: Money) -> JSONValue {
    .object([
      (
        "data",
        .object([
          ("id", .integer(entry.number)), ("amount", .usd(entry.amount)), ("note", .string(entry.note)),
          ("created_at", .instant(entry.at)), ("created_by", .string(entry.actor)), ("total_credits", .usd(total)),
          ("total_usage", .usd(usage)),
        ])
      )
    ])
  }

  /// LibreChat's `GET /api/endpoints/openrouter/credits`: the balance, which is null while the account is unlimited.
  package static func balance(total: Money, usage: Money, isLimited: Bool) -> JSONValue {
    let left = Money(units: total.units.subtractingReportingOverflow(usage.units).partialValue)
    return .object([
      ("balance", isLimited ? .usd(left) : .null), ("currency", .string("USD")),
      ("usage", .object([("total_credits", .usd(total)), ("total_usage", .usd(usage))])),
    ])
  }

  /// `GET /activity`: one row per day, model and endpoint. `isGrouped`: rows are split by workspace and name it.
  package static func activity(_ rows: [UsageRow], isGrouped: Bool) -> JSONValue {
    .object([("data", .array(rows.map { activity($0, isGrouped: isGrouped) }))])
  }

  /// How usage is grouped for `activity`.
  package static func activityGrouping(isGrouped: Bool) -> Set<UsageGrouping> {
    isGrouped ? [.day, .model, .provider, .endpoint, .workspace] : [.day, .model, .provider, .endpoint]
  }

  private static func activity(_ row: UsageRow, isGrouped: Bool) -> JSONValue {
    let model = row.model ?? ""
    var members: [(key: String, value: JSONValue)] = [
      ("date", .string(row.day.map(UTCDay.text) ?? "")), ("model", .string(model)), ("model_permaslug", .string(model)),
      ("endpoint_id", .string(row.endpoint ?? "")), ("provider_name", .string(row.providerName ?? "")),
      ("usage", .usd(row.cost)), ("byok_usage_inference", .usd(.zero)), ("requests", .integer(row.requests)),
      ("prompt_tokens", .integer(row.promptTokens)), ("completion_tokens", .integer(row.completionTokens)),
      ("reasoning_tokens", .integer(row.reasoningTokens)),
    ]
    if isGrouped { members.append(("workspace_id", .string(row.workspace ?? ""))) }
    return .object(members)
  }

  /// `GET /generation`. Besides the members of the interface it shows what the books know more: outcome, where the counts
  /// come from, and the region and data policy of the endpoint that answered.
  package static func generation(_ record: GenerationRecord) -> JSONValue {
    .object([("data", .object(identity(record) + tokens(record) + money(record) + course(record) + evidence(record)))])
  }

  private static func identity(_ record: GenerationRecord) -> [(key: String, value: JSONValue)] {
    let opening = record.opening
    return [
      ("id", .string(opening.id)), ("request_id", opening.requestID.isEmpty ? .null : .string(opening.requestID)),
      ("upstream_id", .text(ifAny: record.ending.served?.upstreamID)), ("model", .string(record.model)),
      ("router", .text(ifAny: opening.router)), ("provider_name", .text(ifAny: record.ending.served?.providerName)),
      ("api_type", .string(opening.apiType.word)), ("preset_id", .text(ifAny: opening.preset)),
      ("session_id", .text(ifAny: opening.session)), ("external_user", .text(ifAny: opening.user)),
      ("origin", .string(opening.referer ?? "")), ("http_referer", .text(ifAny: opening.referer)),
      ("user_agent", .text(ifAny: opening.userAgent)), ("app_id", .null), ("is_byok", .bool(false)),
      ("workspace_id", opening.workspace.isEmpty ? .null : .string(opening.workspace)),
      ("created_at", .string(Timestamp.iso8601(milliseconds: opening.createdAt))),
    ]
  }

  private static func tokens(_ record: GenerationRecord) -> [(key: String, value: JSONValue)] {
    let usage = record.ending.usage.clamped
    return [
      ("tokens_prompt", .integer(usage.promptTokens)), ("tokens_completion", .integer(usage.completionTokens)),
      ("native_tokens_prompt", .integer(usage.promptTokens)),
      ("native_tokens_completion", .integer(usage.completionTokens)),
      ("native_tokens_completion_images", .integer(usage.imageCompletionTokens)),
      ("native_tokens_reasoning", .integer(usage.reasoningTokens)),
      ("native_tokens_cached", .integer(usage.cachedTokens)), ("num_media_prompt", .integer(record.opening.images)),
      ("num_input_audio_prompt", .null), ("num_media_completion", .null), ("num_search_results", .null),
      ("num_fetches", .null), ("web_search_engine", .null),
    ]
  }

  private static func money(_ record: GenerationRecord) -> [(key: String, value: JSONValue)] {
    [
      ("total_cost", .usd(record.ending.cost)), ("usage", .usd(record.ending.cost)),
      ("cache_discount", .usd(ifAny: record.cacheDiscount)),
      ("upstream_inference_cost", .usd(ifAny: record.ending.upstreamCost)),
    ]
  }

  private static func course(_ record: GenerationRecord) -> [(key: String, value: JSONValue)] {
    let ending = record.ending
    return [
      ("streamed", .bool(record.opening.isStreamed)), ("cancelled", .bool(ending.outcome == .cancelled)),
      ("latency", .number(ifAny: ending.firstTokenMilliseconds ?? ending.totalMilliseconds)),
      ("moderation_latency", .null), ("generation_time", .number(ifAny: ending.generationMilliseconds)),
      ("finish_reason", .text(ifAny: ending.finishReason)),
      ("native_finish_reason", .text(ifAny: ending.nativeFinishReason)),
      ("service_tier", .text(ifAny: ending.serviceTier)), ("response_cache_source_id", .null),
      ("provider_responses", .array(ending.attempts.map(attempt))),
    ]
  }

  private static func attempt(_ attempt: AttemptRecord) -> JSONValue {
    .object([
      ("provider_name", .string(attempt.provider)), ("endpoint_id", .string(attempt.endpoint)),
      ("model_permaslug", .string(attempt.model)), ("status", attempt.status == 0 ? .null : .integer(attempt.status)),
      ("latency", .integer(attempt.milliseconds)), ("is_byok", .bool(false)),
    ])
  }

  private static func evidence(_ record: GenerationRecord) -> [(key: String, value: JSONValue)] {
    let served = record.ending.served
    return [
      ("data_region", .string(region(served?.region))), ("outcome", .string(record.ending.outcome.word)),
      ("usage_source", .string(record.ending.usageSource.word)),
      ("dropped_parameters", .text(ifAny: record.ending.dropped)), ("endpoint_region", .text(ifAny: served?.region)),
      (
        "data_policy",
        served.map { served in
          .object([
            ("training", served.trainsOnData.map(JSONValue.bool) ?? .null),
            ("retention_days", .number(ifAny: served.retentionDays)), ("zdr", .bool(served.zdr)),
          ])
        } ?? .null
      ),
    ]
  }

  /// A region in the interface's three words.
  private static func region(_ region: String?) -> String {
    switch region?.lowercased() {
    case let region? where region == "us" || region.hasPrefix("us-"): "us"
    case let region?
    where region == "eu" || region == "europe" || region.hasPrefix("eu-") || region.hasPrefix("europe-"):
      "europe"
    default: "global"
    }
  }
}
