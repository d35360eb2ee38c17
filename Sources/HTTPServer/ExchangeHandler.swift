import Core
import HTTPWire

/// What happens after a request's head.
package enum HeadVerdict {
  /// The body is read whole, up to the limit; then `exchangeReady` is called.
  case readBody
  /// Like `readBody`, but a body that is sent all the same is read to its end and not kept.
  case skipBody
  /// The error is answered now, with further fields such as `allow`. A body that has already arrived is skipped; otherwise the connection ends.
  case refuse(GatewayError, fields: ResponseFields = ResponseFields())
}

/// What a server calls: one per loop, every call on that loop.
package protocol ExchangeHandler: AnyObject {
  /// A request's head has been read and its announced body fits the limits.
  func headReceived(_ exchange: Exchange) -> HeadVerdict
  /// The body is complete and decompressed. The handler responds, begins and finishes, or aborts, now or later.
  func exchangeReady(_ exchange: Exchange)
  /// Fields added to every response, also to the server's own errors; `head` is nil when it could not be read.
  func commonFields(for head: RequestHead?) -> ResponseFields
  /// The body of an error that the server answers itself or that was given to `Exchange.fail`.
  func renderError(
    _ error: GatewayError, requestID: String, head: RequestHead?
  ) -> (contentType: String, body: [UInt8])
}

/// Who wants to know what becomes of the caller of one exchange. Called on the exchange's loop.
package protocol ExchangeObserver: AnyObject {
  /// The connection has ended, or the server has answered in the handler's place, before the response was finished.
  /// The exchange is closed already.
  func callerLeft(_ exchange: Exchange)
  /// `pendingBytes` has fallen to the low-water mark after it had been above the high-water mark.
  func callerDrained(_ exchange: Exchange)
}
