import Core
import JSON

/// `status` of a response and what it says about its end.
struct ResponsesStatus {
  /// `completed`, `incomplete` or `failed`.
  let word: String
  /// `incomplete_details`; nil where there are none.
  let details: JSONValue?

  /// The status for a reason.
  init(_ reason: FinishReason?) {
    switch reason?.kind {
    case .length: self.init("incomplete", "max_output_tokens")
    case .contentFilter: self.init("incomplete", "content_filter")
    case .error: self.init("failed", nil)
    case nil, .stop, .toolCalls: self.init("completed", nil)
    }
  }

  private init(_ word: String, _ reason: String?) {
    self.word = word
    details = reason.map { .object([("reason", .string($0))]) }
  }

  /// What a failed response says of its end.
  var error: JSONValue? {
    if word != "failed" { return nil }
    return ResponsesErrorBody.inner(GatewayError(.providerFailed, "The model could not go on", origin: .upstream))
  }

  /// The event that ends a stream.
  var event: StaticString {
    switch word {
    case "incomplete": "response.incomplete"
    case "failed": "response.failed"
    default: "response.completed"
    }
  }

  /// The status of the last item.
  var itemWord: String { word == "completed" ? word : "incomplete" }

  /// Why a provider's response ended; nil while it has not.
  static func reason(_ response: JSONValue, hasCalls: Bool) -> FinishReason? {
    switch response["status"]?.stringValue {
    case "completed": FinishReason(hasCalls ? .toolCalls : .stop, native: "completed")
    case "incomplete":
      FinishReason(native: response["incomplete_details"]?["reason"]?.stringValue ?? "max_output_tokens")
    case "cancelled": FinishReason(.error, native: "cancelled")
    // Some servers leave the status out of whole answers.
    case nil: FinishReason(hasCalls ? .toolCalls : .stop)
    default: nil
    }
  }
}
