import Core
import JSON

/// An error in OpenAI's shape.
struct OpenAIError: Error {
  /// The HTTP status.
  var status: Int
  /// In plain words.
  var message: String
  /// OpenAI's class of errors.
  var type: String
  /// OpenAI's word for it.
  var code: String?
  /// The field it is about.
  var parameter: String?
  /// OpenRouter's details.
  var metadata: JSONValue?

  /// An error of a request that is wrong itself.
  static func invalid(_ message: String, parameter: String? = nil) -> OpenAIError {
    OpenAIError(status: 400, message: message, type: "invalid_request_error", parameter: parameter)
  }

  /// The error a provider would send with this status.
  static func simulated(status: Int) -> OpenAIError {
    let type =
      switch status {
      case 401: "invalid_request_error"
      case 402: "insufficient_quota"
      case 429: "requests"
      case 400..<500: "invalid_request_error"
      default: "server_error"
      }
    let code: String? =
      switch status {
      case 401: "invalid_api_key"
      case 402: "insufficient_quota"
      case 429: "rate_limit_exceeded"
      default: nil
      }
    return OpenAIError(status: status, message: "Simulated failure with status \(status).", type: type, code: code)
  }

  /// An error of the server or of this program in that shape.
  init(_ error: GatewayError) {
    self.init(status: error.kind.status, message: error.message, type: "invalid_request_error", code: nil)
  }

  /// An error in all its parts.
  init(
    status: Int, message: String, type: String, code: String? = nil, parameter: String? = nil,
    metadata: JSONValue? = nil
  ) {
    self.status = status
    self.message = message
    self.type = type
    self.code = code
    self.parameter = parameter
    self.metadata = metadata
  }

  /// `{"error": {...}}`.
  var json: JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("message", .string(message)), ("type", .string(type)), ("param", parameter.map(JSONValue.string) ?? .null),
      ("code", code.map(JSONValue.string) ?? .null),
    ]
    if let metadata { members.append(("metadata", metadata)) }
    return .object([("error", .object(members))])
  }
}
