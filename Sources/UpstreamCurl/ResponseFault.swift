/// Why a provider's bytes are not a response.
enum ResponseFault: Error {
  /// They break a rule of HTTP/1.1, said for the log.
  case malformed(StaticString)
  /// The head is larger than the limit.
  case headTooLarge
  /// The content coding is unknown, or the bytes are not coded in it.
  case coding(StaticString)
}
