import Credentials

/// How a simulator behaves when a request asks for nothing special.
package struct SimulatorOptions: Sendable {
  /// The models it serves, by the part of their name before a `+`. A path in front (`demo/echo`) is ignored.
  package var models = ["echo", "lorem", "embedding"]
  /// Time to the first token. Unit: milliseconds.
  package var ttftMilliseconds = 150
  /// Speed of an answer after the first token. Unit: tokens per second; 0: as fast as possible.
  package var tokensPerSecond = 60
  /// Length of the made-up text of models that do not echo, and of those that do when it is set. Unit: tokens. Nil: models
  /// echo the last user text, `lorem` ones say 100 tokens.
  package var answerTokens: Int?
  /// Part of the requests that fail by chance. Range: 0...1.
  package var failRate = 0.0
  /// Status of those. Range: 400...599.
  package var failStatus = 503
  /// Makes timing, chance and made-up text repeatable.
  package var seed: UInt64 = 1
  /// The key that requests must carry, in the field of their format; nil: none is needed.
  package var apiKey: String?
  /// What requests in Bedrock's format must be signed with; nil: signatures are not looked at.
  package var awsCredentials: AWSCredentials?
  /// The life of the access tokens that Google's endpoints hand out. Unit: seconds.
  package var tokenSeconds: Int64 = 3600
  /// What the signatures of requests for access tokens are checked with; nil: only their form is.
  package var googlePublicKey: RS256PublicKey?
  /// Faults of the first requests, one entry each; further requests have none of it.
  package var script: [FaultList] = []
  /// Decides the faults of a request from its path and its model, beside those in the model's name; for a tester in the
  /// same process. Called on the request's loop.
  package var decide: (@Sendable (_ path: String, _ model: String) -> FaultList)?
  /// Whether requests are kept for `GET /__simulator/log` and the script may be replaced over HTTP. Turn it off where
  /// others than the tester can reach the simulator: the log holds keys and contents.
  package var keepsLog = true
  /// Called for every ended request with its log entry as one line of JSON without line end, on the request's loop.
  package var onRequest: (@Sendable ([UInt8]) -> Void)?

  /// The defaults.
  package init() {}
}
