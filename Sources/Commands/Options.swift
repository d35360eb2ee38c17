import Core

/// What `patchbay serve` is told.
package struct ServeOptions: Sendable, Hashable {
  /// `--config`; nil: the usual places.
  package var config: String?
  /// `--listen`; nil: `PATCHBAY_LISTEN`, then the file.
  package var listen: String?

  /// Options.
  package init(config: String? = nil, listen: String? = nil) {
    self.config = config
    self.listen = listen
  }
}

/// What `patchbay check` is told.
package struct CheckOptions: Sendable, Hashable {
  /// `--config`; nil: the usual places.
  package var config: String?
  /// `--json`.
  package var json: Bool

  /// Options.
  package init(config: String? = nil, json: Bool = false) {
    self.config = config
    self.json = json
  }
}

/// What `patchbay doctor` is told.
package struct DoctorOptions: Sendable, Hashable {
  /// `--config`; nil: the usual places.
  package var config: String?
  /// `--json`.
  package var json: Bool
  /// `--faults`: plays failures of providers instead of looking at the machine.
  package var faults: Bool

  /// Options.
  package init(config: String? = nil, json: Bool = false, faults: Bool = false) {
    self.config = config
    self.json = json
    self.faults = faults
  }
}

/// What `patchbay health` is told.
package struct HealthOptions: Sendable, Hashable {
  /// `--config`; nil: the usual places.
  package var config: String?
  /// `--listen`; nil: `PATCHBAY_LISTEN`, then the file.
  package var listen: String?
  /// `--url`: what to ask instead.
  package var url: String?

  /// Options.
  package init(config: String? = nil, listen: String? = nil, url: String? = nil) {
    self.config = config
    self.listen = listen
    self.url = url
  }
}

/// What `patchbay route` is told.
package struct RouteOptions: Sendable, Hashable {
  /// `--model`: wins over the request's `model`; nil: the request names it.
  package var model: String?
  /// `--request`: a file with the body of a request; nil: a short chat.
  package var request: String?
  /// `--config`; nil: the usual places.
  package var config: String?
  /// `--json`.
  package var json: Bool

  /// Options.
  package init(model: String? = nil, request: String? = nil, config: String? = nil, json: Bool = false) {
    self.model = model
    self.request = request
    self.config = config
    self.json = json
  }
}

/// What `patchbay models list` is told.
package struct ModelsListOptions: Sendable, Hashable {
  /// `--config`; nil: the usual places.
  package var config: String?
  /// `--json`.
  package var json: Bool

  /// Options.
  package init(config: String? = nil, json: Bool = false) {
    self.config = config
    self.json = json
  }
}

/// What `patchbay models import` is told.
package struct ModelsImportOptions: Sendable, Hashable {
  /// `--from`: a file, or a URL that begins with http:// or https://.
  package var source: String
  /// `--to`: the file to write; nil: the standard output.
  package var target: String?

  /// Options.
  package init(source: String, target: String? = nil) {
    self.source = source
    self.target = target
  }
}

/// What `patchbay simulate` is told. Nil members keep the simulator's default.
package struct SimulateOptions: Sendable, Hashable {
  /// `--listen`. Default: `127.0.0.1:9100`.
  package var listen = "127.0.0.1:9100"
  /// `--models`: the models it offers.
  package var models: [String]?
  /// `--ttft-ms`: time to the first token. Unit: milliseconds. Range: 0...3,600,000.
  package var firstTokenMilliseconds: Int?
  /// `--tokens-per-second`. Range: 0...1,000,000; 0: as fast as possible.
  package var tokensPerSecond: Int?
  /// `--answer-tokens`: length of an answer. Unit: tokens. Range: 1...1,000,000.
  package var answerTokens: Int?
  /// `--fail-rate`: part of the requests that fail. Range: 0...1.
  package var failRate: Double?
  /// `--fail-status`: the status of a failed one. Range: 400...599.
  package var failStatus: Int?
  /// `--script`: a file that says what happens to each request.
  package var script: String?
  /// `--api-key`: the only key that is accepted; nil: any, or none.
  package var apiKey: Secret?
  /// `--aws-access-key`: with the next one what requests in Bedrock's format must be signed with; nil: signatures are not
  /// looked at.
  package var awsAccessKey: Secret?
  /// `--aws-secret-key`.
  package var awsSecretKey: Secret?
  /// `--google-public-key`: a PEM file that the signatures of requests for Google's access tokens are checked with.
  package var googlePublicKey: String?
  /// `--token-seconds`: the life of Google's access tokens. Unit: seconds. Range: 1...86,400.
  package var tokenSeconds: Int?
  /// `--seed`: makes chance repeatable.
  package var seed: UInt64?
  /// `--json-log`: every request as a line of JSON on the standard output.
  package var jsonLog = false

  /// The defaults.
  package init() {}
}
