import Core

/// A key pair of AWS, with the session token of a temporary one.
package struct AWSCredentials: Sendable, Hashable {
  /// Names the key: `AKIA…`, or `ASIA…` for a temporary one. Not secret by itself, kept out of logs all the same.
  package let accessKeyID: Secret
  /// What signs.
  package let secretAccessKey: Secret
  /// Goes with a temporary key; nil for a lasting one.
  package let sessionToken: Secret?

  /// A key pair. Throws `CredentialProblem` for what cannot be one.
  package init(
    accessKeyID: Secret, secretAccessKey: Secret, sessionToken: Secret? = nil
  ) throws(CredentialProblem) {
    let name = accessKeyID.reveal().utf8
    guard (8...128).contains(name.count), name.allSatisfy(AWSCredentials.isWordCharacter) else {
      throw CredentialProblem(
        "has an access key id that is none",
        remedy: "an access key id is 16 to 128 letters and digits, such as AKIA…; look for quotes and spaces around it")
    }
    guard AWSCredentials.isVisible(secretAccessKey) else {
      throw CredentialProblem(
        "has a secret access key that is empty or contains a space or a line break",
        remedy: "copy the secret access key again, without what stands around it")
    }
    if let sessionToken, !AWSCredentials.isVisible(sessionToken) {
      throw CredentialProblem(
        "has a session token that is empty or contains a space or a line break",
        remedy: "copy the session token again, or remove it for a lasting key")
    }
    if sessionToken == nil, accessKeyID.reveal().hasPrefix("ASIA") {
      throw CredentialProblem(
        "has a temporary access key and no session token",
        remedy: "add the session token that was issued with the key, or use a lasting key")
    }
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
  }

  private static func isWordCharacter(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
  }

  private static func isVisible(_ secret: Secret) -> Bool {
    !secret.isEmpty && secret.reveal().utf8.allSatisfy { $0 > 32 && $0 < 127 }
  }
}
