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
    let credentials = try self.credentials(head)
    guard snapshot.configuration.access.requireKey else {
      try hosts.check(head.host, listen: snapshot.listen)
      return .anonymous
    }
    guard route.needsKey else { return .anonymous }
    guard let key = credentials.key else {
      if credentials.hasUnknownScheme {
        throw .caller(
          .unauthenticated, "The Authorization header is not understood. Send it as 'Authorization: Bearer KEY'.")
      }
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

  /// What the head says of who is calling.
  private struct Credentials {
    var key: Substring?
    var hasUnknownScheme = false

    mutating func add(_ value: Substring) throws(GatewayError) {
      if value.isEmpty { return }
      if let key, key != value {
        throw .caller(.invalidRequest, "The request carries two different API keys; send one.")
      }
      key = value
    }
  }

  /// The key in the head, wherever SDKs put it. The same key in two headers is one key.
  private static func credentials(_ head: RequestHead) throws(GatewayError) -> Credentials {
    var found = Credentials()
    if let authorization = head.first("authorization") {
      let scheme = authorization.prefix { $0 != " " }
      if scheme.utf8.count == 6, scheme.lowercased() == "bearer" {
        try found.add(authorization.dropFirst(6).drop { $0 == " " })
      } else {
        found.hasUnknownScheme = true
      }
    }
    for name in ["x-api-key", "x-goog-api-key"] {
      if let value = head.first(name) { try found.add(value[...]) }
    }
    return found
  }
}
