import Catalog

/// Why an endpoint is left out of a plan.
package enum ExclusionReason: String, Sendable, CaseIterable {
  case disabled = "disabled"
  case notAllowedForKey = "allowed_providers"
  case modelNotAllowedForKey = "allowed_models"
  case notInOnly = "only"
  case ignored = "ignore"
  case notInOrder = "allow_fallbacks"
  case retainsData = "data_policy:zdr"
  case trainsOnData = "data_policy:training"
  case region = "data_region"
  case quantization = "quantization"
  case price = "max_price"
  case notFree = "free"
  case distillation = "enforce_distillable_text"
  case contextLength = "context_length"
  case maxTokens = "max_tokens"
  case modality = "modality"
  case tools = "tools"
  case structuredOutput = "structured_outputs"
  case parameters = "require_parameters"
  case preferredParameters = "preferred_parameters"
  case serviceTier = "service_tier"
  case unpriced = "spending_limit"
  case operation = "operation"
  case untranslatable = "dialect"

  /// In plain words, for `error.metadata`.
  package var words: String {
    switch self {
    case .disabled: "its provider is disabled in the configuration"
    case .notAllowedForKey: "the caller's key does not allow its provider"
    case .modelNotAllowedForKey: "the caller's key does not allow the model"
    case .notInOnly: "it is not in provider.only"
    case .ignored: "it is in provider.ignore"
    case .notInOrder: "provider.allow_fallbacks is false and it is not the first choice"
    case .retainsData: "zero data retention is required and it is not known to retain nothing"
    case .trainsOnData: "data collection is denied and it is not known not to train on the data"
    case .region: "its region is not among the allowed ones"
    case .quantization: "its quantization is not in provider.quantizations"
    case .price: "its price is unknown or above provider.max_price"
    case .notFree: "the :free variant was asked for and it is not free"
    case .distillation: "its text is not known to be open for distillation"
    case .contextLength: "the request is longer than its context"
    case .maxTokens: "the request asks for a longer answer than it gives"
    case .modality: "it does not take every kind of input in the request"
    case .tools: "it does not declare tools"
    case .structuredOutput: "it does not declare structured outputs"
    case .parameters: "provider.require_parameters is true and it does not declare every parameter of the request"
    case .preferredParameters: "others declare response_format or verbosity, which the request uses, and it does not"
    case .unpriced: "a spending limit is in force and its price is unknown"
    case .operation: "its provider has no such operation"
    case .untranslatable:
      "provider.require_parameters is true and its wire format has no equivalent of every field of the request"
    case .serviceTier: "it belongs to a service tier that the request does not use"
    }
  }
}

/// An endpoint left out, and why.
package struct Exclusion: Sendable {
  /// The model it serves.
  package let model: CatalogModel
  /// The endpoint.
  package let endpoint: CatalogEndpoint
  /// The first rule it fails.
  package let reason: ExclusionReason
}
