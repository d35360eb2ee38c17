import Core

/// Whose failure an attempt's failure is, as far as the endpoint's health is concerned.
package enum FailureClass: Int, Sendable, CaseIterable {
  /// The provider failed: 500, 502, 404, garbage, an empty answer, a lost connection, a broken stream.
  case provider
  /// It is overloaded: 503, 529.
  case overloaded
  /// It was silent for too long.
  case timeout
  /// It is limiting us: 429. Says nothing about whether it works.
  case rateLimited
  /// It did not accept our credentials: 401, 402, 403.
  case credentials
  /// The request or the gateway is to blame: 400, 413, context length, moderation. Never counts.
  case callerFault

  /// The class of an error of an attempt.
  package init(_ error: GatewayError) {
    guard error.origin == .upstream else {
      self = .callerFault
      return
    }
    switch error.kind {
    case .rateLimited: self = .rateLimited
    case .providerOverloaded, .unavailable: self = .overloaded
    case .timedOut: self = .timeout
    case .providerFailed, .internalFailure:
      self = FailureClass.isRefusal(error) ? .credentials : .provider
    default: self = .callerFault
    }
  }

  /// Whether the failure is attributed to the provider: it counts against its uptime and opens its circuit.
  package var countsAgainstProvider: Bool {
    switch self {
    case .provider, .overloaded, .timeout, .credentials: true
    case .rateLimited, .callerFault: false
    }
  }

  /// The word in metrics and records.
  package var word: String {
    switch self {
    case .provider: "provider"
    case .overloaded: "overloaded"
    case .timeout: "timeout"
    case .rateLimited: "rate_limited"
    case .credentials: "credentials"
    case .callerFault: "caller_fault"
    }
  }

  private static func isRefusal(_ error: GatewayError) -> Bool {
    for field in error.metadata where field.name == "provider_status" {
      if case .integer(let status) = field.value { return (401...403).contains(status) }
    }
    return false
  }
}
