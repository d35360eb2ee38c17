import Catalog
import Configuration
import Core
import JSON
import Ledger
import Planning

/// Models, endpoints and providers as JSON, in the schemas of OpenRouter's interface (reference section 8), with the
/// members that OpenAI's clients expect beside them.
enum ModelDocuments {
  /// One row of `/models`. Its price is the cheapest endpoint's.
  static func model(_ model: CatalogModel) -> JSONValue {
    let cheapest = model.endpoints.first
    let author = model.id.prefix { $0 != "/" }
    return .object([
      ("id", .string(model.id)), ("canonical_slug", .string(model.id)), ("name", .string(model.name)),
      ("object", .string("model")), ("owned_by", .string(String(author))), ("created", .integer(model.created ?? 0)),
      ("description", .string(model.description ?? "")), ("context_length", number(model.contextLength)),
      ("architecture", architecture(model)), ("pricing", pricing(cheapest?.pricing)),
      (
        "top_provider",
        .object([
          ("context_length", number(cheapest?.contextLength ?? model.contextLength)),
          ("max_completion_tokens", number(cheapest?.maxCompletionTokens)), ("is_moderated", .bool(false)),
        ])
      ), ("per_request_limits", .null),
      ("supported_parameters", .array(model.supportedParameters.sorted().map { .string($0) })),
      ("default_parameters", .null), ("supported_voices", .null), ("expiration_date", .null),
      ("links", .object([("details", .string("/api/v1/models/\(model.id)/endpoints"))])),
    ])
  }

  /// One model by itself: OpenRouter's `{data: …}`, with OpenAI's members beside `data`, so that the clients of both
  /// read it.
  static func single(_ model: CatalogModel) -> JSONValue {
    guard case .object(let members) = ModelDocuments.model(model) else { return .null }
    let openAI = members.filter { ["id", "object", "owned_by", "created"].contains($0.key) }
    return .object(openAI + [("data", .object(members))])
  }

  /// A model with its endpoints.
  static func endpoints(_ model: CatalogModel, _ health: HealthLook) -> JSONValue {
    .object([
      (
        "data",
        .object([
          ("id", .string(model.id)), ("name", .string(model.name)), ("created", .integer(model.created ?? 0)),
          ("description", .string(model.description ?? "")), ("architecture", architecture(model)),
          ("endpoints", .array(model.endpoints.map { endpoint($0, of: model, health($0)) })),
        ])
      )
    ])
  }

  /// One endpoint. What only measurements could tell is null until there are some.
  static func endpoint(
    _ endpoint: CatalogEndpoint, of model: CatalogModel, _ health: EndpointHealthView
  ) -> JSONValue {
    .object([
      ("name", .string("\(endpoint.provider.name) | \(model.id)")), ("model_id", .string(model.id)),
      ("model_name", .string(model.name)), ("provider_name", .string(endpoint.provider.name)),
      ("tag", .string(endpoint.tag)),
      ("context_length", .integer(endpoint.contextLength ?? model.contextLength ?? 0)),
      ("max_completion_tokens", number(endpoint.maxCompletionTokens)), ("max_prompt_tokens", .null),
      ("pricing", pricing(endpoint.pricing)), ("quantization", .string(endpoint.quantization)),
      ("supported_parameters", .array((endpoint.supportedParameters ?? []).sorted().map { .string($0) })),
      ("supports_implicit_caching", .bool(endpoint.pricing.map { $0.cacheRead < $0.prompt } ?? false)),
      ("status", .integer(status(health))), ("uptime_last_5m", percent(health.uptime5m)),
      ("uptime_last_30m", percent(health.uptime30m)), ("uptime_last_1d", percent(health.uptime1d)),
      ("latency_last_30m", percentiles(health.firstTokenMilliseconds)),
      ("throughput_last_30m", percentiles(health.throughput)),
      (
        "data_policy",
        .object([
          ("zdr", .bool(endpoint.zdr)), ("training", endpoint.trainsOnData.map { .bool($0) } ?? .null),
          ("retention_days", number(endpoint.provider.settings.dataPolicy?.retentionDays)),
        ])
      ), ("region", endpoint.region.map { .string($0) } ?? .null),
    ])
  }

  /// 0 healthy, -1 limited or refusing our key, -2 in an outage, -3 half open, -5 open: OpenRouter's values, whose meaning
  /// it does not document beyond 0 being the best.
  private static func status(_ health: EndpointHealthView) -> Int {
    switch health.circuit {
    case .open: -5
    case .halfOpen: -3
    case .closed where health.isInOutage: -2
    case .closed: health.refusesCredentials || health.rateLimitedForMilliseconds != nil ? -1 : 0
    }
  }

  private static func percent(_ value: Double?) -> JSONValue {
    value.map { .number(String(($0 * 100).rounded() / 100)) } ?? .null
  }

  /// Percentiles of the last 5 minutes, which is what requests are routed by.
  private static func percentiles(_ measured: EndpointHealthView.Percentiles?) -> JSONValue {
    guard let measured else { return .null }
    func number(_ value: Double) -> JSONValue { .number(String((value * 10).rounded() / 10)) }
    return .object([
      ("p50", number(measured.p50)), ("p75", number(measured.p75)), ("p90", number(measured.p90)),
      ("p99", number(measured.p99)),
    ])
  }

  /// One row of `/providers`.
  static func provider(_ provider: CatalogProvider) -> JSONValue {
    func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    let settings = provider.settings
    return .object([
      ("name", .string(provider.name)), ("slug", .string(provider.slug)),
      ("privacy_policy_url", text(settings.privacyPolicyURL)),
      ("terms_of_service_url", text(settings.termsOfServiceURL)),
      ("status_page_url", text(settings.statusPageURL)), ("headquarters", text(settings.headquarters)),
      ("datacenters", .null),
    ])
  }

  private static func architecture(_ model: CatalogModel) -> JSONValue {
    let modality = model.inputModalities.joined(separator: "+") + "->" + model.outputModalities.joined(separator: "+")
    return .object([
      ("modality", .string(modality)), ("input_modalities", .array(model.inputModalities.map { .string($0) })),
      ("output_modalities", .array(model.outputModalities.map { .string($0) })), ("tokenizer", .string("Other")),
      ("instruct_type", .null),
    ])
  }

  /// Prices in USD per unit as decimal strings; `-1` stands for a price that is not known.
  private static func pricing(_ price: PriceList?) -> JSONValue {
    guard let price else { return .object([("prompt", .string("-1")), ("completion", .string("-1"))]) }
    return .object([
      ("prompt", .string(price.prompt.dollars)), ("completion", .string(price.completion.dollars)),
      ("request", .string(price.request.dollars)), ("image", .string(price.image.dollars)),
      ("input_cache_read", .string(price.cacheRead.dollars)), ("input_cache_write", .string(price.cacheWrite.dollars)),
      ("internal_reasoning", .string(price.reasoning.dollars)),
    ])
  }

  private static func number(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }
}
