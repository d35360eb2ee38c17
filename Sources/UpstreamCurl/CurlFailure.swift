import CCurl
import Core
import Glibc

/// Turns libcurl's result codes into errors: the one place where a `CURLcode` is read.
enum CurlFailure {
  /// The error for a host whose address the route's rule does not allow: the only one of the kind `forbidden`.
  static func refusedAddress(of provider: String) -> GatewayError {
    GatewayError(.forbidden, "The address of \(provider) is not one that may be connected to", origin: .upstream)
  }

  /// The error for a code. Messages name the provider and what happened, never addresses or credentials. `hasBytes` says
  /// whether anything of a response has come; until then the call may be made again. `detail` is for the log; libcurl's
  /// own words stand in for it.
  static func error(
    _ code: CURLcode, provider: String, hasHead: Bool, hasBytes: Bool, detail: String? = nil
  ) -> GatewayError {
    let context = detail ?? String(cString: curl_easy_strerror(code))
    func make(_ kind: ErrorKind, _ message: String, _ resend: GatewayError.Resend) -> GatewayError {
      GatewayError(kind, message, origin: .upstream, resend: resend, context: context)
    }
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST where lacksDescriptors, CURLE_COULDNT_CONNECT where lacksDescriptors,
      CURLE_OUT_OF_MEMORY where lacksDescriptors:
      return GatewayError(
        .unavailable, "The gateway has no file descriptor left to call a provider with; send the request again.",
        origin: .gateway, resend: .safe, retryAfterSeconds: 1, context: context)
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
      return make(.providerFailed, "The address of provider \(provider) could not be resolved", .safe)
    case CURLE_COULDNT_CONNECT:
      return make(.providerFailed, "Provider \(provider) refused the connection", .safe)
    case CURLE_OPERATION_TIMEDOUT:
      return make(.timedOut, "Provider \(provider) did not accept a connection in time", .safe)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
      return make(.providerFailed, "The TLS certificate of provider \(provider) is not valid", .safe)
    case CURLE_SSL_CACERT_BADFILE:
      return make(
        .providerFailed,
        "The bundle of certificate authorities cannot be read; check CURL_CA_BUNDLE and SSL_CERT_FILE", .safe)
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM, CURLE_PROXY:
      return make(.providerFailed, "No secure connection to provider \(provider) could be made", .safe)
    case CURLE_BAD_CONTENT_ENCODING:
      return make(.providerFailed, "Provider \(provider) sent a body whose content coding cannot be undone", .never)
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY:
      return make(.providerFailed, "Provider \(provider) did not answer in HTTP", .never)
    case CURLE_GOT_NOTHING where !hasHead, CURLE_SEND_ERROR where !hasHead, CURLE_RECV_ERROR where !hasHead:
      return make(
        .providerFailed, "Provider \(provider) closed the connection before it answered", hasBytes ? .never : .safe)
    default:
      let message =
        hasHead || hasBytes
        ? "Provider \(provider) cut its answer short" : "The call to provider \(provider) failed"
      return make(.providerFailed, message, .never)
    }
  }
  /// Whether the process can open nothing at the moment: libcurl reports that as a refusal of whoever it was to call.
  private static var lacksDescriptors: Bool {
    let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    if probe >= 0 { close(probe) }
    return probe < 0
  }
}
