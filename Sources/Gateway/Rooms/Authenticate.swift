import Core
import HTTPWire

/// The room after parsing: who is calling. Works on the head alone, so that nobody without a key can make the gateway
/// hold a body.
enum Authenticate {
  /// The caller behind a request for `route`. Throws 400 for two different keys, 401 for none or an unknown one, 403 for
  /// a management key on an inference route, 421 for a foreign `Host` where no keys are in use.
  static func caller(
    _ head: RequestHead, _ route: Route, _ snapshot: GatewaySnapshot, hosts: inout KnownHosts
  ) throws(GatewayError) -> Caller {
    let key = try self.key(head)
    guard snapshot.configuration.access.requireKey else {
      try hosts.check(head.host, listen: snapshot.listen)
      return .anonymous
    }
    guard route.needsKey else { return .anonymous }
    guard let key else {
      throw .caller(
        .unauthenticated, "No API key was sent. Send one as 'Authorization: Bearer KEY' or 'x-api-key: KEY'.")
    }
    guard let caller = snapshot.keys.caller(key) else {
      throw .caller(.unauthenticated, "The API key is not known here. Check the key you send to this gateway.")
    }
    if caller.role == .management, case .inference = route {
      throw .caller(.forbidden, "This is a management key; it administers and cannot call models. Use a user key.")
    }
    return caller
  }

  /// The key in the head, wherever SDKs put it. The same key in two headers is one key.
  private static func key(_ head: RequestHead) throws(GatewayError) -> Substring? {
    var found: Substring?
    func add(_ value: Substring) throws(GatewayError) {
      if let found, found != value {
        throw .caller(.invalidRequest, "The request carries two different API keys; send one.")
      }
      found = value
    }
    if let authorization = head.first("authorization") {
      guard authorization.utf8.count > 7, authorization.prefix(7).lowercased() == "bearer " else {
        throw .caller(
          .unauthenticated, "The Authorization header is not understood. Send it as 'Authorization: Bearer KEY'.")
      }
      try add(authorization.dropFirst(7).drop { $0 == " " })
    }
    for name in ["x-api-key", "x-goog-api-key"] {
      if let value = head.first(name), !value.isEmpty { try add(value[...]) }
    }
    return found
  }
}
