import Core
import JSON

/// A token as it was issued.
package struct IssuedToken: Sendable, Equatable {
  /// The token; goes into `Authorization: Bearer`.
  package let value: Secret
  /// How long it is good, from its issue on. Unit: seconds; at least 1.
  package let lifetimeSeconds: Int64

  /// A token.
  package init(value: Secret, lifetimeSeconds: Int64) {
    self.value = value
    self.lifetimeSeconds = lifetimeSeconds
  }
}

/// Why there is no token.
package struct TokenFailure: Error, Sendable {
  /// For callers and the log.
  package let error: GatewayError
  /// Whether the credentials were refused: asking again soon is of no use.
  package let isLasting: Bool
  /// What the server asked to wait. Unit: seconds.
  package let retryAfterSeconds: Int64?

  /// A failure; also for what happens on the way to the server (`isLasting` false).
  package init(_ error: GatewayError, isLasting: Bool = false, retryAfterSeconds: Int64? = nil) {
    self.error = error
    self.isLasting = isLasting
    self.retryAfterSeconds = retryAfterSeconds
  }
}

/// Reads what a token endpoint or the metadata server answers.
package enum TokenAnswer {
  /// Longest answer worth reading; the gateway stops there. Unit: bytes.
  package static let limit = 65_536
  /// Longest token. Unit: bytes. Google reserves 2,048 and the field must fit into a request's head.
  private static let tokenLimit = 16_384
  /// Longest lifetime believed. Unit: seconds.
  private static let longestLifetime: Int64 = 86_400

  /// The token, or why there is none. `retryAfterSeconds` is that of the answer's head.
  package static func read(
    status: Int, body: [UInt8], retryAfterSeconds: Int64? = nil
  ) -> Result<IssuedToken, TokenFailure> {
    let document = body.count <= limit ? try? JSONValue.parse(body) : nil
    guard status == 200 else {
      return .failure(refusal(status: status, document: document, retryAfterSeconds: retryAfterSeconds))
    }
    guard let text = document?["access_token"]?.stringValue, let lifetime = lifetime(document) else {
      return .failure(odd("it has no access_token with an expires_in"))
    }
    guard isToken(text) else { return .failure(odd("its access_token cannot be sent in a header field")) }
    if let type = document?["token_type"]?.stringValue, type.lowercased() != "bearer" {
      return .failure(odd("its token_type is not Bearer"))
    }
    return .success(IssuedToken(value: Secret(text), lifetimeSeconds: lifetime))
  }

  private static func lifetime(_ document: JSONValue?) -> Int64? {
    guard let seconds = document?["expires_in"]?.integerValue, seconds > 0 else { return nil }
    return min(seconds, longestLifetime)
  }

  private static func isToken(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= tokenLimit && text.utf8.allSatisfy { $0 > 32 && $0 < 127 }
  }

  private static func odd(_ reason: String) -> TokenFailure {
    TokenFailure(
      GatewayError(
        .providerFailed, "The provider's token server sent an answer that cannot be used: \(reason).",
        origin: .upstream, resend: .safe))
  }

  /// A status of 4xx says that the credentials are wrong, other than the three that ask to come again.
  private static func refusal(status: Int, document: JSONValue?, retryAfterSeconds: Int64?) -> TokenFailure {
    let isLasting = (400...499).contains(status) && ![408, 425, 429].contains(status)
    let message =
      isLasting
      ? "The gateway's credentials for this provider were refused; its operator must check the service account."
      : "The provider's token server answered with status \(status)."
    let reasons = [document?["error"]?.stringValue, document?["error_description"]?.stringValue]
    let context = ["status \(status)"] + reasons.compactMap { $0.flatMap(plain) }
    return TokenFailure(
      GatewayError(
        .providerFailed, message, origin: .upstream, resend: .safe, context: context.joined(separator: ": ")),
      isLasting: isLasting, retryAfterSeconds: retryAfterSeconds)
  }

  /// The server's words for the log: one short line; nil when a word of it is as long as keys and tokens are.
  private static func plain(_ text: String) -> String? {
    let words = text.split { $0.isWhitespace }
    if words.contains(where: { $0.utf8.count > 80 }) { return nil }
    return String(words.joined(separator: " ").unicodeScalars.prefix(200).map { $0.value < 32 ? " " : Character($0) })
  }
}
