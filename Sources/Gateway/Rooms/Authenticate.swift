import Core
import HTTPWire

/// The room after parsing: who is calling. Works on the head alone, so that nobody without a key can make the gateway
/// hold a body.
enum Authenticate {
  /// The caller behind a request for `route`. Throws 400 for two different keys, 401 for none or an unknown one, 403 for
  /// a management key on an inference route, 421 for a foreign `Host` where no keys are in use.
  static func caller(
    _ head: RequestHead, _ route: Route, _ snapshot: GatewaySnapshot, _ keys: KeyTable, _ anonymous: Caller,
    hosts: inout KnownHosts
  ) throws(GatewayError) -> Caller {
    let credentials = try self.credentials(head, route)
    guard snapshot.configuration.access.requireKey else {
      try hosts.check(head.host, listen: snapshot.listen)
      return try whoever(credentials, head, route, keys) ?? anonymous
    }
    guard route.needsKey else { return known(credentials, route, keys) ?? anonymous }
    guard let key = credentials.key else {
      if credentials.hasUnknownScheme {
        throw .caller(
          .unauthenticated, "The Authorization header is not understood. Send it as 'Authorization: Bearer KEY'.")
      }
      throw .caller(
        .unauthenticated, "No API key was sent. Send one as 'Authorization: Bearer KEY' or 'x-api-key: KEY'.")
    }
    guard let caller = keys.caller(bytes: credentials.bytes, key) else {
      throw unknownKey
    }
    try check(caller)
    try route.access.check(caller.role)
    return caller
  }

  /// The caller behind a key that need not be sent, where more is told to those who send one; nil: nobody in particular.
  private static func known(_ credentials: Credentials, _ route: Route, _ keys: KeyTable) -> Caller? {
    guard route.tellsMore, let key = credentials.key, let caller = keys.caller(bytes: credentials.bytes, key),
      (try? check(caller)) != nil
    else { return nil }
    return caller
  }

  /// The caller behind a key that nobody needs to send: SDKs send made-up ones, so what is not known is nobody's, except
  /// where somebody must be told apart. Nil: nobody in particular.
  private static func whoever(
    _ credentials: Credentials, _ head: RequestHead, _ route: Route, _ keys: KeyTable
  ) throws(GatewayError) -> Caller? {
    guard let key = credentials.key, !keys.isEmpty, route.needsKey else { return nil }
    guard let caller = keys.caller(bytes: credentials.bytes, key) else {
      guard case .administration = route else { return nil }
      throw unknownKey
    }
    try check(caller)
    if case .inference = route { try route.access.check(caller.role) }
    return caller
  }

  private static let unknownKey = GatewayError.caller(
    .unauthenticated, "The API key is not known here. Check the key you send to this gateway.")

  /// A key that is known and not good just now.
  private static func check(_ caller: Caller) throws(GatewayError) {
    if caller.isDisabled {
      throw .caller(.unauthenticated, "This API key is disabled. Ask whoever runs the gateway to enable it.")
    }
    if let end = caller.expiresAt, end <= WallClock.seconds() {
      throw .caller(.unauthenticated, "This API key has expired. Ask whoever runs the gateway for a new one.")
    }
  }

  /// What the head says of who is calling. The key is a part of the head's bytes: no text is made of it, but for one in the
  /// query.
  private struct Credentials {
    private(set) var bytes: [UInt8] = []
    private(set) var key: Range<Int>?
    var hasUnknownScheme = false

    mutating func add(_ value: Range<Int>, of bytes: [UInt8]) throws(GatewayError) {
      if value.isEmpty { return }
      if let key, self.bytes[key] != bytes[value] {
        throw .caller(.invalidRequest, "The request carries two different API keys; send one.")
      }
      self.bytes = bytes
      key = value
    }

    /// `Bearer KEY`, the scheme in any case.
    mutating func add(authorization value: Range<Int>, of head: RequestHead) throws(GatewayError) {
      let bytes = head.fields.bytes
      let space = UInt8(ascii: " ")
      let end = bytes[value].firstIndex(of: space) ?? value.upperBound
      guard head.matches(value.lowerBound..<end, "bearer") else {
        hasUnknownScheme = true
        return
      }
      let start = bytes[end..<value.upperBound].firstIndex { $0 != space } ?? value.upperBound
      try add(start..<value.upperBound, of: bytes)
    }
  }

  /// The key in the head, wherever SDKs put it; callers of Google's interface may put it into the query. The same key in two
  /// places is one key.
  private static func credentials(_ head: RequestHead, _ route: Route) throws(GatewayError) -> Credentials {
    let bytes = head.fields.bytes
    var found = Credentials()
    if let value = head.singles.authorization { try found.add(authorization: value, of: head) }
    if let value = head.singles.apiKey { try found.add(value, of: bytes) }
    if let value = head.singles.googleKey { try found.add(value, of: bytes) }
    if route.format == .gemini, let key = head.queryValue("key").map({ Array($0.utf8) }) {
      try found.add(key.indices, of: key)
    }
    return found
  }
}
