import Core

/// Sends calls to providers. One per loop; everything happens on that loop.
package protocol UpstreamTransport: AnyObject {
  /// Forgets what is kept for routes that a reload has taken out of use. Calls under way are not touched.
  func forgetRoutes(except kept: Set<ObjectIdentifier>)
  /// Starts a call. `body` nil means GET, else POST with these bytes, which the transport keeps until the call has
  /// ended. `fields` are sent besides the route's own: what differs from call to call, such as a signature. The observer
  /// may be held as long; it hears nothing before this method has returned.
  func start(
    _ route: UpstreamRoute, body: ByteBuffer?, fields: [UpstreamRoute.Header], observer: any UpstreamObserver
  ) -> any UpstreamTransfer
}

extension UpstreamTransport {
  /// Starts a call with nothing but the route's own fields.
  package func start(
    _ route: UpstreamRoute, body: ByteBuffer?, observer: any UpstreamObserver
  ) -> any UpstreamTransfer { start(route, body: body, fields: [], observer: observer) }
}

/// A call under way. After `cancel` or the end it does nothing any more.
package protocol UpstreamTransfer: AnyObject {
  /// Stops reading from the provider, so that it is held back. Bytes already read may still be handed over.
  func pause()
  /// Reads again.
  func resume()
  /// Ends the call at once and closes its connection; the observer hears nothing more.
  func cancel()
}

/// Who hears of a call's progress, on the loop: one head, any number of bytes, one end.
package protocol UpstreamObserver: AnyObject {
  /// The provider's head has come (informational 1xx heads are passed over).
  func upstream(_ transfer: any UpstreamTransfer, head: UpstreamHead)
  /// Body bytes, content coding undone. Valid during the call only.
  func upstream(_ transfer: any UpstreamTransfer, bytes: UnsafeRawBufferPointer)
  /// The call is over: the body ended cleanly, or the failure says why not.
  func upstream(_ transfer: any UpstreamTransfer, ended failure: GatewayError?)
}

/// What the gateway takes from a provider's response head; everything else in it stays outside (allow-list).
package struct UpstreamHead: Sendable {
  /// The status.
  package var status = 0
  /// The media type without parameters, in lower case; empty when absent.
  package var contentType = ""
  /// `Retry-After` as sent: seconds or a date.
  package var retryAfter: String?
  /// The provider's own id of the request, for support cases: visible ASCII, at most 128 bytes.
  package var requestID: String?
  /// What went wrong, in a word of the provider's, where the head tells it (`x-amzn-ErrorType`).
  package var errorType: String?
  /// Tokens of the prompt, where the head tells them (`X-Amzn-Bedrock-Input-Token-Count`).
  package var promptTokens: Int64?
  /// The `Date` header as sent.
  package var date: String?
  /// `Location` as sent, for fetches that follow redirects themselves; at most 8,192 bytes.
  package var location: String?
  /// `Content-Length`: how many bytes follow, coded as they are sent. Unit: bytes.
  package var contentLength: Int?

  /// An empty head.
  package init() {}
}
