import JSON

/// What a request asks of the model, whatever its format: filled by the format's reader, answered by `Reply`.
struct Prompt {
  /// A function the caller offers.
  struct Tool {
    /// Its name.
    var name: String
    /// The JSON schema of its arguments.
    var parameters: JSONValue
  }

  /// The shape a caller wants the answer in.
  enum Shape {
    /// Plain text, and any JSON object.
    case text, jsonObject
    /// JSON of this schema.
    case schema(JSONValue)
  }

  /// Reasoning that a caller wants.
  struct Thinking {
    /// Longest reasoning. Unit: tokens.
    var budget: Int?
    /// Whether the caller gets to see it.
    var isShown = true
  }

  /// The model as the request names it, with its faults.
  private(set) var modelName = ""
  /// The model without its faults.
  private(set) var model = ""
  /// The faults named behind the model, then those of the whole request.
  var faults = FaultList()
  /// The last user text, or what a tool has said since.
  var text = ""
  /// Whether `text` is what a tool has said.
  var isToolResult = false
  /// What the answer has begun with, by the word of a last message of the assistant; nil when there is none.
  var prefill: String?
  /// Tokens of all messages, those below included.
  var promptTokens = 0
  /// Tokens that a cache had already.
  var cacheReadTokens = 0
  /// Tokens that a cache has taken up.
  var cacheWriteTokens = 0
  /// Whether events are wanted.
  var isStream = false
  /// Longest answer. Unit: tokens.
  var maximumTokens: Int?
  /// How many answers are wanted.
  var choices = 1
  /// Texts that end the answer.
  var stops: [String] = []
  /// The functions offered.
  var tools: [Tool] = []
  /// The tool that must be called; an empty name stands for any.
  var forcedTool: String?
  /// Whether functions may be called at all.
  var mayCallTools = true
  /// Whether several calls may stand in one answer.
  var mayCallInParallel = true
  /// The shape of the answer.
  var shape = Shape.text
  /// The reasoning wanted; nil: none.
  var thinking: Thinking?
  /// Pictures and documents of all messages.
  var attachments = Attachments()

  /// Takes the model's name apart. Throws `Problem`: for an unknown fault, and for a model that the simulator does not
  /// serve.
  mutating func take(model name: String, _ simulator: Simulator) throws(Problem) {
    modelName = name
    (model, faults) = try ModelName.split(name)
    try simulator.check(model: model)
  }
}
