import Core
import JSON

/// `POST /auth/keys/code`: which key a code stands for, and what its exchange must prove (reference section 9.4).
struct AuthorizationRequest {
  /// The key to be.
  let key: KeyRequest
  /// What the exchange's verifier must match; nil: no verifier is needed.
  let challenge: String?
  /// How the challenge is made of its verifier.
  let method: AuthorizationCodes.Method
  /// The host that the code is for.
  let host: String

  /// Reads a body. Throws a 400 that names the member.
  init(_ body: JSONValue) throws(GatewayError) {
    let members = try RequestMembers(body)
    let url = try members.required(
      "callback_url", members.text("callback_url", limit: 2048), "where the code is taken")
    guard let host = AuthorizationRequest.host(ofCallback: url) else {
      throw .field(
        "callback_url", "'callback_url' must be an https address, or an http one of localhost or 127.0.0.1.")
    }
    self.host = host
    challenge = try members.optional("code_challenge", members.text("code_challenge", limit: 128))
    let method = try members.optional("code_challenge_method", members.challengeMethod())
    if method != nil, challenge == nil {
      throw .field("code_challenge", "'code_challenge' is missing: a method without it proves nothing.")
    }
    // RFC 7636 section 4.3: plain, where nothing is said.
    self.method = method ?? .plain
    key = try KeyRequest.login(members, name: host)
  }

  /// The host of an address that a code may be sent to: anywhere with TLS, on this machine without. Nil for others.
  static func host(ofCallback url: String) -> String? {
    let isPlain = url.hasPrefix("http://")
    guard isPlain || url.hasPrefix("https://"), url.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 92 }) else {
      return nil
    }
    let authority = url.dropFirst(isPlain ? 7 : 8).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let host = parts.first, !host.isEmpty, !authority.contains("@") else { return nil }
    if parts.count == 2, UInt16(parts[1]) ?? 0 == 0 { return nil }
    let name = host.lowercased()
    return isPlain && name != "localhost" && name != "127.0.0.1" ? nil : name
  }
}

/// `POST /auth/keys`: a code to be exchanged for a key.
struct ExchangeRequest {
  /// The code.
  let code: String
  /// What the code's challenge was made of.
  let verifier: String?
  /// How it was made; nil: as the code says.
  let method: AuthorizationCodes.Method?

  /// Reads a body. Throws a 400 that names the member.
  init(_ body: JSONValue) throws(GatewayError) {
    let members = try RequestMembers(body)
    code = try members.required("code", members.text("code"), "the code that the login gave")
    verifier = try members.text("code_verifier").value
    method = try members.challengeMethod().value
  }
}

extension RequestMembers {
  /// `code_challenge_method`.
  fileprivate func challengeMethod() throws(GatewayError) -> Presence<AuthorizationCodes.Method> {
    try word(
      "code_challenge_method", AuthorizationCodes.Method.allCases.map(\.rawValue),
      AuthorizationCodes.Method.init(rawValue:))
  }
}
