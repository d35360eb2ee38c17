import Core
import Ledger
import Synchronization

/// Codes of the login with PKCE (RFC 7636): given to somebody who is logged in, exchanged for a key once, within ten
/// minutes. In memory: a restart forgets them, and the login is repeated. Safe from any thread.
package final class AuthorizationCodes: Sendable {
  /// How a challenge is made of its verifier.
  package enum Method: String, Sendable, CaseIterable {
    /// base64url of the verifier's SHA-256.
    case s256 = "S256"
    /// The verifier itself.
    case plain
  }

  /// Why a code is not exchanged. All of them are a 403, except the last, a 400.
  package enum Refusal: Error, Sendable, Hashable {
    /// Never given, used already, or too old; nobody is told which.
    case unknown
    /// The verifier is not the one of the challenge.
    case wrongVerifier
    /// The code was given for the other method.
    case wrongMethod
  }

  private struct Entry {
    let challenge: String?
    let method: Method
    let request: KeyRequest
    let expires: Int64
  }

  /// How long a code is good. Unit: seconds. Source: reference section 9.4.
  package static let lifetime: Int64 = 600
  /// Most codes at a time; the oldest goes first.
  package static let capacity = 10_000

  private let entries = Mutex<[KeyHash: Entry]>([:])

  /// No code was given yet.
  package init() {}

  /// Gives a code for a key like `request`. `challenge` nil: the exchange needs no verifier. `now` is in seconds since 1970.
  package func issue(_ request: KeyRequest, challenge: String?, method: Method, now: Int64) -> Secret {
    let code = "auth-" + Identifier.random(40)
    let entry = Entry(
      challenge: challenge, method: method, request: request, expires: now + AuthorizationCodes.lifetime)
    entries.withLock { entries in
      entries = entries.filter { $0.value.expires > now }
      if entries.count >= AuthorizationCodes.capacity,
        let oldest = entries.min(by: { $0.value.expires < $1.value.expires })
      {
        entries[oldest.key] = nil
      }
      entries[KeyHash(code)] = entry
    }
    return Secret(code)
  }

  /// Takes a code: whatever comes of it, it is used up.
  package func exchange(
    _ code: String, verifier: String?, method: Method?, now: Int64
  ) throws(Refusal) -> KeyRequest {
    guard let entry = entries.withLock({ $0.removeValue(forKey: KeyHash(code)) }), entry.expires > now else {
      throw .unknown
    }
    guard let challenge = entry.challenge else { return entry.request }
    if let method, method != entry.method { throw .wrongMethod }
    guard let verifier else { throw .wrongVerifier }
    let made = entry.method == .plain ? verifier : AuthorizationCodes.challenge(of: verifier)
    // Compared by their hashes, so that the time says nothing about where they differ.
    guard KeyHash(made) == KeyHash(challenge) else { throw .wrongVerifier }
    return entry.request
  }

  /// base64url without padding of a verifier's SHA-256 (RFC 7636 section 4.2).
  package static func challenge(of verifier: String) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    let bytes = KeyHash(verifier).bytes
    var text: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(alphabet[Int(bits >> UInt32(count) & 63)])
      }
    }
    if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
    return String(decoding: text, as: UTF8.self)
  }
}
