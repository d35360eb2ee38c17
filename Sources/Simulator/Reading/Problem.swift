import Core
import JSON

/// Why a request gets an error in place of an answer, before any format has put it into its own words.
struct Problem: Error {
  /// What kind of trouble it is.
  enum Reason: Equatable {
    /// The body is not JSON.
    case notJSON
    /// A required field is absent.
    case missing
    /// The format has no such field.
    case unknown
    /// A field is not of the type its format wants, named in JSON's words.
    case wrongType(String)
    /// A value that its format does not allow.
    case invalid
    /// A sign of earlier reasoning that this provider has not made.
    case signature
    /// The key is wrong or absent.
    case key
    /// The request's signature is wrong.
    case requestSignature
    /// There is no such model.
    case model
    /// There is no such path, or not with this method.
    case route
    /// The prompt is too long for the model.
    case contextLength
    /// The content is refused.
    case moderation
    /// Told by a fault, with the status.
    case simulated
    /// Of the HTTP server itself.
    case server
  }

  /// What kind of trouble it is.
  var reason: Reason
  /// The status, where the format has no own one for the reason. Range: 200...599.
  var status: Int
  /// In plain words.
  var message: String
  /// The field it is about.
  var path = FieldPath.root

  /// A value that is not allowed.
  static func invalid(_ message: String, at path: FieldPath = .root) -> Problem {
    Problem(reason: .invalid, status: 400, message: message, path: path)
  }

  /// A value that is not allowed, in a field of the body.
  static func invalid(_ message: String, parameter: String) -> Problem {
    .invalid(message, at: FieldPath.root.member(parameter))
  }

  /// A required field that is absent.
  static func missing(_ path: FieldPath) -> Problem {
    Problem(reason: .missing, status: 400, message: "Missing required field '\(path.bracketed)'.", path: path)
  }

  /// A field that the format does not have.
  static func unknown(_ path: FieldPath) -> Problem {
    Problem(reason: .unknown, status: 400, message: "Unknown field '\(path.bracketed)'.", path: path)
  }

  /// A field of the wrong type. `wanted`: `a string`, `an array`, …
  static func wrongType(_ path: FieldPath, wanted: String) -> Problem {
    Problem(
      reason: .wrongType(wanted), status: 400, message: "'\(path.bracketed)' must be \(wanted).", path: path)
  }

  /// A signature that this provider has not made, or made for something else.
  static func signature(_ path: FieldPath) -> Problem {
    Problem(
      reason: .signature, status: 400,
      message: "'\(path.bracketed)' was not made by this provider for what it stands at.",
      path: path)
  }

  /// The key is wrong or absent.
  static let key = Problem(reason: .key, status: 401, message: "Incorrect API key provided.")

  /// There is no such model.
  static func model(_ name: String) -> Problem {
    Problem(
      reason: .model, status: 404, message: "The model '\(name)' does not exist or you do not have access to it.")
  }

  /// There is no such path.
  static func route(_ method: String, _ path: String) -> Problem {
    Problem(reason: .route, status: 404, message: "Invalid URL (\(method) \(path))")
  }

  /// The error a provider would send with this status.
  static func simulated(status: Int) -> Problem {
    Problem(reason: .simulated, status: status, message: "Simulated failure with status \(status).")
  }

  /// The prompt is too long.
  static let contextLength = Problem(
    reason: .contextLength, status: 400,
    message: "This model's maximum context length is 8192 tokens. However, your messages resulted in more tokens.")

  /// The content is refused.
  static let moderation = Problem(reason: .moderation, status: 403, message: "Your input was flagged.")

  /// An error of the server or of this program.
  init(_ error: GatewayError) {
    self.init(reason: .server, status: error.kind.status, message: error.message)
  }

  /// A problem in all its parts.
  init(reason: Reason, status: Int, message: String, path: FieldPath = .root) {
    self.reason = reason
    self.status = status
    self.message = message
    self.path = path
  }
}
