import Core
import JSON

/// A service account of Google Cloud, from the JSON key file that the console gives out.
package struct ServiceAccount: Sendable {
  /// Who asks.
  package let clientEmail: String
  /// Names the key among those of the account; nil when the file does not.
  package let privateKeyID: String?
  /// The project the account belongs to; nil when the file does not say.
  package let projectID: String?
  /// Where access tokens come from. https, or http on this machine.
  package let tokenURL: String
  /// What signs.
  package let key: RS256Key

  /// Google's token endpoint, for files that name none.
  package static let defaultTokenURL = "https://oauth2.googleapis.com/token"

  /// Reads the file's text. Throws `CredentialProblem`, which quotes nothing of it.
  package init(json: Secret) throws(CredentialProblem) {
    let document = try ServiceAccount.document(json)
    try ServiceAccount.checkType(document)
    clientEmail = try ServiceAccount.text("client_email", in: document)
    privateKeyID = ServiceAccount.optionalText("private_key_id", in: document)
    projectID = ServiceAccount.optionalText("project_id", in: document)
    tokenURL = ServiceAccount.optionalText("token_uri", in: document) ?? ServiceAccount.defaultTokenURL
    guard ServiceAccount.isSafe(tokenURL) else {
      throw CredentialProblem(
        "has a token_uri that is not an https URL", remedy: "use \(ServiceAccount.defaultTokenURL) or remove token_uri")
    }
    key = try RS256Key(pem: Secret(try ServiceAccount.text("private_key", in: document)))
  }

  private static func document(_ json: Secret) throws(CredentialProblem) -> JSONValue {
    let remedy = "use the JSON key file of a service account as it is, for example with ${file:/path/key.json}"
    if json.reveal().hasPrefix("-----BEGIN") {
      throw CredentialProblem("is a bare private key", remedy: remedy)
    }
    do throws(JSONProblem) {
      let value = try JSONValue.parse(Array(json.reveal().utf8))
      if value.kind == .object { return value }
    } catch {
      throw CredentialProblem("is not JSON: \(error)", remedy: remedy)
    }
    throw CredentialProblem("is JSON, but not an object", remedy: remedy)
  }

  /// Files of other kinds have other members; the kind says more than what is missing.
  private static func checkType(_ document: JSONValue) throws(CredentialProblem) {
    let remedy = "create a service account with the role Vertex AI User and use its JSON key"
    switch document["type"]?.stringValue {
    case nil, "service_account": return
    case "authorized_user":
      throw CredentialProblem("holds a person's login (type authorized_user), not a service account", remedy: remedy)
    case "external_account", "external_account_authorized_user", "impersonated_service_account":
      throw CredentialProblem("holds federated credentials, which are not supported", remedy: remedy)
    default: throw CredentialProblem("has a type other than service_account", remedy: remedy)
    }
  }

  private static func text(_ name: String, in document: JSONValue) throws(CredentialProblem) -> String {
    if let text = optionalText(name, in: document) { return text }
    throw CredentialProblem(
      "has no \(name)", remedy: "use the whole JSON key file of a service account; \(name) is a text in it")
  }

  private static func optionalText(_ name: String, in document: JSONValue) -> String? {
    guard let text = document[name]?.stringValue, !text.isEmpty else { return nil }
    return text
  }

  /// The signed request is a credential: it does not leave the machine in the clear.
  private static func isSafe(_ url: String) -> Bool {
    guard url.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "@") }) else {
      return false
    }
    if url.hasPrefix("https://") { return url.utf8.count > 8 }
    return ["http://127.0.0.1", "http://[::1]", "http://localhost"].contains { origin in
      url.hasPrefix(origin) && [nil, ":", "/"].contains(url.dropFirst(origin.count).first)
    }
  }
}
