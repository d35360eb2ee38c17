import Core
import HTTPWire
import JSON

/// Where Google's access tokens come from: the OAuth endpoint (`POST /token`, a signed JSON Web Token for an access token)
/// and the metadata server of a machine.
struct GoogleTokenFormat: Format {
  /// Its name in the log.
  let dialect = "google-token"

  private static let metadataPath = "/computeMetadata/v1/instance/service-accounts/"

  /// Whether a request is for it.
  func serves(_ head: RequestHead) -> Bool {
    head.path == "/token" || head.path.hasPrefix("/computeMetadata/")
  }

  /// Looks at the request's key. Throws `Problem`.
  func authorize(_ request: Incoming) throws(Problem) {}

  /// Reads a request. Throws a `Problem` for everything that the provider would refuse.
  func read(_ request: Incoming) throws(Problem) -> Asked {
    let head = request.head
    if head.path == "/token" {
      guard head.method == "POST" else { throw .route(head.method, head.path) }
      try TokenGrant.check(request)
    } else {
      guard head.first("metadata-flavor") == "Google" else {
        throw Problem(reason: .key, status: 403, message: "Missing required header: Metadata-Flavor")
      }
      guard head.method == "GET", head.path.hasPrefix(GoogleTokenFormat.metadataPath), head.path.hasSuffix("/token")
      else { throw .route(head.method, head.path) }
    }
    let seconds = request.simulator.options.tokenSeconds
    return .document(
      Asked.Document(
        json: .object([
          ("access_token", .string(request.simulator.issueToken())), ("expires_in", .integer(seconds)),
          ("token_type", .string("Bearer")),
        ])))
  }

  /// An error in this format.
  func document(of problem: Problem) -> ErrorDocument {
    let word =
      switch problem.reason {
      case .missing, .wrongType, .notJSON: "invalid_request"
      case .unknown: "unsupported_grant_type"
      default: problem.status >= 500 ? "server_error" : "invalid_grant"
      }
    return ErrorDocument(
      status: problem.status,
      json: .object([("error", .string(word)), ("error_description", .string(problem.message))]))
  }

  /// An error in the middle of a stream.
  func event(of problem: Problem) -> Answer.Event {
    Answer.Event(data: document(of: problem).json.serialized(), isToken: false)
  }
}
