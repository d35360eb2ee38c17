import Core
import JSON
import Ledger

/// Who asks the administration for something.
package struct AdministrationCaller: Sendable, Hashable {
  /// The number that the books know the key by; 0 for whoever comes where no key is needed.
  package let number: Int64
  /// What the key is good for; nil for whoever comes where no key is needed.
  package let role: StoredKey.Role?
  /// What people call the key.
  package let name: String
  /// What is shown of the key.
  package let label: String
  /// Who had it made.
  package let creator: String?
  /// From when on it is refused. Unit: seconds since 1970; nil: never.
  package let expiresAt: Int64?

  /// Somebody with a key that is good now.
  package init(
    number: Int64, role: StoredKey.Role, name: String, label: String, creator: String? = nil, expiresAt: Int64? = nil
  ) {
    self.init(number, role, name, label, creator, expiresAt)
  }

  private init(
    _ number: Int64, _ role: StoredKey.Role?, _ name: String, _ label: String, _ creator: String?, _ expiresAt: Int64?
  ) {
    self.number = number
    self.role = role
    self.name = name
    self.label = label
    self.creator = creator
    self.expiresAt = expiresAt
  }

  /// Somebody without a key, where none is needed.
  package static let anonymous = AdministrationCaller(0, nil, "anonymous", "anonymous", nil, nil)
}

/// One request to the administration.
package struct AdministrationRequest: Sendable {
  /// What the path leads to.
  package let route: AdministrationRoute
  /// The method.
  package let method: AdministrationMethod
  /// The decoded query, in order.
  package let query: [(name: String, value: String)]
  /// The body as it came.
  package let body: [UInt8]
  /// Who asks.
  package let caller: AdministrationCaller
  /// The caller's address, for the audit log.
  package let remote: String
  /// When. Unit: seconds since 1970.
  package let now: Int64

  /// A request.
  package init(
    _ route: AdministrationRoute, _ method: AdministrationMethod, query: [(name: String, value: String)] = [],
    body: [UInt8] = [], caller: AdministrationCaller, remote: String, now: Int64
  ) {
    self.route = route
    self.method = method
    self.query = query
    self.body = body
    self.caller = caller
    self.remote = remote
    self.now = now
  }

  /// Longest body. Unit: bytes. The largest there is, a hundred members, has a fiftieth of it.
  private static let bodyLimit = 1_048_576

  /// The body as JSON. Throws a 400 that says where it is none.
  func document() throws(GatewayError) -> JSONValue {
    guard body.count <= AdministrationRequest.bodyLimit else {
      throw .caller(
        .payloadTooLarge, "The body has \(body.count) bytes; here it may have \(AdministrationRequest.bodyLimit).")
    }
    do throws(JSONProblem) {
      return try JSONValue.parse(body)
    } catch {
      throw .caller(.invalidRequest, "The body is not valid JSON: \(error).")
    }
  }

  /// The query, to be read one by one.
  var items: QueryItems { QueryItems(query) }

  /// Whom the audit log names.
  var administrator: Administrator {
    let name = caller.role == nil ? "login" : "key:\(caller.name)"
    return Administrator("\(name) from \(remote)", now: now)
  }
}

/// What the administration answers.
package struct AdministrationAnswer: Sendable {
  /// The HTTP status.
  package let status: Int
  /// The body.
  package let document: JSONValue

  /// An answer.
  init(_ document: JSONValue, status: Int = 200) {
    self.status = status
    self.document = document
  }
}
