/// The methods of the administration.
package enum AdministrationMethod: String, Sendable, CaseIterable {
  case get = "GET"
  case post = "POST"
  case put = "PUT"
  case patch = "PATCH"
  case delete = "DELETE"

  /// The method of a request; `HEAD` is a `GET` whose body is not sent. Nil for others.
  package init?(request method: String) {
    if method == "HEAD" { self = .get } else { self.init(rawValue: method) }
  }

  /// Whether a request with it has a JSON body.
  package var hasBody: Bool { self == .post || self == .put || self == .patch }
}
