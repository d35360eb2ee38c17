import Core
import Translation

/// A route that spends money: what is asked, and in whose wire format.
struct InferenceRoute: Sendable, Equatable {
  /// What is asked of a model.
  let operation: OpenAIOperation
  /// The format of request and answer.
  let format: WireFormat
  /// The model, where the path names it.
  let model: String?
  /// Whether the path asks for a stream; nil: the body says.
  let isStream: Bool?
  /// Whether the path asks for several things at once.
  let isBatch: Bool
  /// Whether a stream comes as the elements of one JSON array, not as events.
  private(set) var isArray = false

  /// A route; in OpenAI's own formats and named by the body alone unless said otherwise.
  init(
    _ operation: OpenAIOperation, _ format: WireFormat = .openAI, model: String? = nil, isStream: Bool? = nil,
    isBatch: Bool = false
  ) {
    self.isBatch = isBatch
    self.operation = operation
    self.format = format
    self.model = model
    self.isStream = isStream
  }

  /// What of the request stands in the path.
  var target: CallerTarget { CallerTarget(model: model, isStream: isStream, isBatch: isBatch, isArray: isArray) }

  /// The same with its stream as an array.
  var asArray: InferenceRoute {
    var route = self
    route.isArray = true
    return route
  }
}
