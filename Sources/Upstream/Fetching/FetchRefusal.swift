import Core

/// Why a URL is not fetched.
package enum FetchRefusal: Error, Sendable, Equatable {
  case tooLong
  case scheme
  case malformed
  case malformedHost
  case userInformation
  case nothingAllowed
  case hostNotAllowed(String)
  case address(String)
  case unanswered(String)
  case status(String, Int)
  case unknownType(String)
  case timedOut(Int64)
  case tooMany(Int)
  case tooManyRedirects(Int)
  case downgrade
  case tooLarge(Int)

  /// The refusal for the caller whose request names the URL: a 400, or 413 for what is too large. `setting`: the name of the
  /// list of allowed hosts in the configuration.
  package func error(setting: String) -> GatewayError {
    let isSize = if case .tooLarge = self { true } else { false }
    return .caller(
      isSize ? .payloadTooLarge : .invalidRequest, "A URL in the request cannot be fetched: \(reason(setting)).")
  }

  private func reason(_ setting: String) -> String {
    switch self {
    case .tooLong: "it is longer than \(FetchTarget.limit) bytes"
    case .scheme: "it is neither http nor https; send the content itself as a data: URL"
    case .malformed: "it is not a well-formed URL"
    case .malformedHost: "its host is not a plain host name (write international names in their xn-- form)"
    case .userInformation: "it has a user name or password in it"
    case .nothingAllowed:
      "this provider needs the content itself, and the gateway fetches nothing as long as \(setting) is empty; "
        + "send a data: URL"
    case .hostNotAllowed(let host): "the host \(host) is not in \(setting); send the content itself as a data: URL"
    case .address(let host): "the host \(host) has an address that is not public"
    case .unanswered(let host): "the host \(host) gave no answer"
    case .status(let host, let status): "the host \(host) answered with status \(status)"
    case .unknownType(let host): "what the host \(host) sent is not what its Content-Type says, or says nothing"
    case .timedOut(let milliseconds): "it was not there within \(milliseconds) ms"
    case .tooMany(let most): "there are more than \(most) of them; send the content itself as data: URLs"
    case .tooManyRedirects(let most): "it was redirected more than \(most) times"
    case .downgrade: "it was redirected from https to http"
    case .tooLarge(let most): "the content of all such URLs is larger than \(most) bytes"
    }
  }
}
