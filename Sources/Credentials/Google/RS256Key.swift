import COpenSSL
import Core

/// An RSA private key that signs JSON Web Tokens (RS256: RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518 section 3.3). Read once,
/// then never changed, so any thread may sign; a signature with 2,048 bits costs about 0.3 ms, with 4,096 eight times that.
package final class RS256Key: @unchecked Sendable {
  /// Shorter keys can be broken, longer ones hold a thread for long. Unit: bits.
  private static let sizes: ClosedRange<Int32> = 2048...8192
  private static let newKey =
    "create a new JSON key for the service account in the Google Cloud console and use that file"

  private let key: OpaquePointer

  /// Reads a key as PEM, PKCS #8 or PKCS #1. Throws `CredentialProblem`, which quotes nothing of it.
  package init(pem: Secret) throws(CredentialProblem) {
    if let problem = RS256Key.visibleProblem(pem.reveal()) { throw problem }
    guard let key = RS256Key.read(pem) else {
      throw CredentialProblem(
        "has a private_key that is damaged: OpenSSL cannot read it", remedy: RS256Key.newKey)
    }
    if let problem = RS256Key.problem(with: key) {
      EVP_PKEY_free(key)
      throw problem
    }
    self.key = key
  }

  deinit { EVP_PKEY_free(key) }

  /// The signature of some bytes. Throws `internalFailure` when OpenSSL has no memory.
  package func signature(of message: [UInt8]) throws(GatewayError) -> [UInt8] {
    let context = EVP_MD_CTX_new()
    defer {
      EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    var length = Int(EVP_PKEY_get_size(key))
    var signature = [UInt8](repeating: 0, count: length)
    guard let context, length > 0, EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
      EVP_DigestSign(context, &signature, &length, message, message.count) == 1, length <= signature.count
    else {
      throw GatewayError(
        .internalFailure, "The gateway could not sign its request for an access token.", origin: .gateway)
    }
    return Array(signature.prefix(length))
  }

  /// What can be said from the look of the text, which is more than OpenSSL says.
  private static func visibleProblem(_ text: String) -> CredentialProblem? {
    if text.contains("\\n") {
      return CredentialProblem(
        "has a private_key with the two characters \\ and n where line breaks should be",
        remedy:
          "the JSON was escaped once too often; use the file as Google gave it, for example with ${file:/path/key.json}"
      )
    }
    if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
      return CredentialProblem(
        "has a private_key that is encrypted with a passphrase",
        remedy: "use the key as Google issues it, without a passphrase")
    }
    if text.contains("BEGIN PUBLIC KEY") || text.contains("BEGIN CERTIFICATE") {
      return CredentialProblem(
        "has a public key or a certificate as its private_key", remedy: "put the part 'BEGIN PRIVATE KEY' there")
    }
    if !text.contains("-----BEGIN ") || !text.contains("PRIVATE KEY-----") {
      return CredentialProblem(
        "has a private_key that is not PEM", remedy: "it begins with -----BEGIN PRIVATE KEY-----; \(newKey)")
    }
    return nil
  }

  private static func read(_ pem: Secret) -> OpaquePointer? {
    defer { ERR_clear_error() }
    var text = pem.reveal()
    return text.withUTF8 { bytes in
      guard let length = Int32(exactly: bytes.count), let source = BIO_new_mem_buf(bytes.baseAddress, length) else {
        return nil
      }
      defer { BIO_free(source) }
      // Without a callback of ours OpenSSL asks the terminal for a passphrase.
      return PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in -1 }, nil)
    }
  }

  private static func problem(with key: OpaquePointer) -> CredentialProblem? {
    guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else {
      return CredentialProblem("has a private_key that is not an RSA key", remedy: newKey)
    }
    let bits = EVP_PKEY_get_bits(key)
    if sizes.contains(bits) { return nil }
    return CredentialProblem(
      "has a private_key of \(bits) bits; \(sizes.lowerBound) to \(sizes.upperBound) are usable", remedy: newKey)
  }
}
