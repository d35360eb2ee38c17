import COpenSSL

/// The public half of an RSA key, which checks what the private half has signed (RS256, RFC 7518 section 3.3). Read once,
/// then never changed, so any thread may check.
package final class RS256PublicKey: @unchecked Sendable {
  private let key: OpaquePointer

  /// Reads a key as PEM, `BEGIN PUBLIC KEY`; nil when the text is none, or no RSA key.
  package init?(pem: String) {
    defer { ERR_clear_error() }
    var text = pem
    let key = text.withUTF8 { bytes -> OpaquePointer? in
      guard let length = Int32(exactly: bytes.count), let source = BIO_new_mem_buf(bytes.baseAddress, length) else {
        return nil
      }
      defer { BIO_free(source) }
      return PEM_read_bio_PUBKEY(source, nil, { _, _, _, _ in -1 }, nil)
    }
    guard let key else { return nil }
    guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else {
      EVP_PKEY_free(key)
      return nil
    }
    self.key = key
  }

  deinit { EVP_PKEY_free(key) }

  /// Whether the private half has made this signature of these bytes.
  func isSignature(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    let context = EVP_MD_CTX_new()
    defer {
      EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    guard let context, EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1 else { return false }
    return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }
}
