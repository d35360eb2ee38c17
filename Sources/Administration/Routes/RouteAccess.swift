import Core
import Ledger

/// Who may use a route.
package enum RouteAccess: String, Sendable, CaseIterable {
  /// Anybody, without a key.
  case open
  /// Every valid key, whatever its role.
  case key
  /// User keys: what costs money.
  case user
  /// Management keys.
  case management

  /// Throws unless a caller may use the route: 403 for a key of the other role, 401 for nobody (nil, whoever comes where
  /// no key is needed) where a management key is. That a key is known, and sent at all, has been seen to before.
  package func check(_ role: StoredKey.Role?) throws(GatewayError) {
    switch (self, role) {
    case (.open, _), (.key, _), (.user, nil), (.user, .user), (.management, .management): return
    case (.user, .management):
      throw .caller(.forbidden, "This is a management key; it administers and cannot call models. Use a user key.")
    case (.management, .user):
      throw .caller(.forbidden, "This is a user key; it calls models and cannot administer. Use a management key.")
    case (.management, nil):
      throw .caller(
        .unauthenticated,
        "This needs a management key, also where models need none. Send one as 'Authorization: Bearer KEY'; "
          + "'patchbay keys create --management --name NAME' makes one.")
    }
  }
}
