/// The one error of the program: what went wrong, on whose side, and whether the request may be sent again.
/// Errors of C libraries become one where they occur; rendering for the caller and for the log happens in
/// one place each. `message` is for the caller: it says what to change and holds no secret.
package struct GatewayError: Error, Sendable {
  /// Where the cause lies.
  package enum Origin: String, Sendable {
    /// The caller's request or its connection.
    case caller
    /// A provider or the way to it.
    case upstream
    /// This process or its machine.
    case gateway
  }

  /// Whether the same request may go to a provider again.
  package enum Resend: String, Sendable {
    /// Nothing reached the provider, the provider refused, or nothing of an answer came back.
    case safe
    /// The provider may have done the work.
    case never
  }

  /// What went wrong.
  package var kind: ErrorKind
  /// Where the cause lies.
  package var origin: Origin
  /// Whether the request may be repeated.
  package var resend: Resend
  /// For the caller, in plain words.
  package var message: String
  /// Detail for the caller beside the message, shown as `error.metadata`.
  package var metadata: [MetadataField]
  /// Seconds after which a retry makes sense; sent as `Retry-After`. Range: 0...86,400.
  package var retryAfterSeconds: Int?
  /// Detail for the log only, such as a library's own message. Holds no secret.
  package var context: String?

  /// An error; `resend` is `.never` unless someone argues for more.
  package init(
    _ kind: ErrorKind, _ message: String, origin: Origin, resend: Resend = .never, metadata: [MetadataField] = [],
    retryAfterSeconds: Int? = nil, context: String? = nil
  ) {
    self.kind = kind
    self.message = message
    self.origin = origin
    self.resend = resend
    self.metadata = metadata
    self.retryAfterSeconds = retryAfterSeconds
    self.context = context
  }

  /// An error of the caller's making.
  package static func caller(_ kind: ErrorKind, _ message: String, metadata: [MetadataField] = []) -> GatewayError {
    GatewayError(kind, message, origin: .caller, metadata: metadata)
  }

  /// A 400 that names the request field it is about, also as `metadata.field`.
  package static func field(_ name: String, _ message: String) -> GatewayError {
    GatewayError(
      .invalidRequest, message, origin: .caller, metadata: [MetadataField("field", .text(name))])
  }
}

/// What went wrong, each with its HTTP status and its word in OpenRouter's `error_type` vocabulary
/// (reference section 5.3).
package enum ErrorKind: String, Sendable, CaseIterable {
  case invalidRequest, unauthenticated, paymentRequired, forbidden, moderated, modelNotFound, noEligibleEndpoint
  case notFound, methodNotAllowed, conflict, requestTimeout, lengthRequired, payloadTooLarge, uriTooLong
  case unsupportedMediaType, misdirectedRequest, rateLimited, headerFieldsTooLarge, expectationFailed
  case internalFailure, notImplemented, providerFailed, providerOverloaded, unavailable, timedOut
  case versionNotSupported, providerRejected, contextLengthExceeded

  /// The HTTP status that the contract's table gives this kind.
  package var status: Int {
    switch self {
    case .invalidRequest, .providerRejected, .contextLengthExceeded: 400
    case .unauthenticated: 401
    case .paymentRequired: 402
    case .forbidden, .moderated: 403
    case .modelNotFound, .noEligibleEndpoint, .notFound: 404
    case .methodNotAllowed: 405
    case .requestTimeout: 408
    case .conflict: 409
    case .lengthRequired: 411
    case .payloadTooLarge: 413
    case .uriTooLong: 414
    case .unsupportedMediaType: 415
    case .expectationFailed: 417
    case .misdirectedRequest: 421
    case .rateLimited: 429
    case .headerFieldsTooLarge: 431
    case .internalFailure: 500
    case .notImplemented: 501
    case .providerFailed: 502
    case .providerOverloaded, .unavailable: 503
    case .timedOut: 504
    case .versionNotSupported: 505
    }
  }

  /// The word sent as `error.metadata.error_type`.
  package var errorType: String {
    switch self {
    case .invalidRequest, .providerRejected, .unsupportedMediaType, .lengthRequired, .expectationFailed,
      .versionNotSupported, .methodNotAllowed, .notImplemented, .headerFieldsTooLarge, .uriTooLong,
      .misdirectedRequest, .conflict:
      "invalid_request"
    case .contextLengthExceeded: "context_length_exceeded"
    case .unauthenticated: "authentication"
    case .paymentRequired: "payment_required"
    case .forbidden: "permission_denied"
    case .moderated: "content_policy_violation"
    case .modelNotFound: "model_not_found"
    case .noEligibleEndpoint, .notFound: "not_found"
    case .requestTimeout, .timedOut: "timeout"
    case .payloadTooLarge: "payload_too_large"
    case .rateLimited: "rate_limit_exceeded"
    case .internalFailure: "server"
    case .providerFailed: "provider_unavailable"
    case .providerOverloaded, .unavailable: "provider_overloaded"
    }
  }

  /// The word where only those that OpenRouter lists may stand: its list knows no missing model.
  package var listedErrorType: String { self == .modelNotFound ? "not_found" : errorType }
}

/// One named detail of an error.
package struct MetadataField: Sendable {
  /// Its name in `error.metadata`.
  package var name: String
  /// Its value.
  package var value: MetadataValue

  /// A named detail.
  package init(_ name: String, _ value: MetadataValue) {
    self.name = name
    self.value = value
  }
}

/// The value of a detail, written as JSON when the error is rendered.
package indirect enum MetadataValue: Sendable {
  case text(String)
  case integer(Int64)
  case flag(Bool)
  case null
  case list([MetadataValue])
  case object([MetadataField])
}
