import Core

/// Values that only providers have.
extension Section {
  /// The slug of a provider or a preset; nil when it is missing or not one.
  func slug(example: String) -> String? {
    guard node("slug") != nil else {
      reportMissing("slug", "give it a slug such as \(example)")
      return nil
    }
    guard let slug = text("slug") else { return nil }
    let isSlug =
      slug.utf8.count <= 64
      && slug.utf8.allSatisfy { byte in
        (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || "-_.".utf8.contains(byte)
      }
    guard isSlug else {
      report(
        "slug", "is '\(slug.prefix(60))', which is not a slug",
        "use at most 64 lower-case letters, digits, '-', '_' and '.'")
      return nil
    }
    return slug
  }

  /// The provider's address without a slash at the end.
  func baseURL() -> String? {
    guard let text = text("base_url") else { return nil }
    do {
      return try BaseURL(text).text
    } catch {
      report("base_url", error.message, error.remedy)
      return nil
    }
  }

  /// A credential; an empty one, as a reference with an empty default gives it, is none.
  func credential(_ key: String) -> Secret? {
    guard let scalar = scalar(key) else { return nil }
    if scalar.text.isEmpty { return nil }
    guard scalar.text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
      report(
        key, "contains a space, a line end or a character that is not visible ASCII",
        "check how the variable or file was written")
      return nil
    }
    return Secret(scalar.text)
  }

  /// The address of a proxy; it may hold a password and is never shown.
  func proxy() -> Secret? {
    guard let address = credential("proxy") else { return nil }
    let schemes = ["http://", "https://", "socks4://", "socks4a://", "socks5://", "socks5h://"]
    let text = address.reveal().lowercased()
    guard schemes.contains(where: { text.hasPrefix($0) && text.count > $0.count }) else {
      report("proxy", "is not the address of a proxy", "begin it with one of \(schemes.joined(separator: " "))")
      return nil
    }
    return address
  }

  /// Header fields for a provider; those that belong to the connection are the gateway's own.
  func headers(_ key: String) -> [HeaderSetting] {
    var seen: Set<String> = []
    return members(key).compactMap { member in
      let name = member.key.lowercased()
      let path = path(key) + "." + member.key
      guard !name.isEmpty, name.utf8.allSatisfy(Section.isTokenByte) else {
        context.report(member.position, "'\(path)' is not a header field's name", "use letters, digits and '-'")
        return nil
      }
      if Section.ownFields.contains(name) {
        context.report(member.position, "'\(path)' is set by the gateway itself", "remove it")
        return nil
      }
      if !seen.insert(name).inserted {
        context.report(member.position, "'\(path)' is already set; names are the same in any case", "remove one")
        return nil
      }
      guard let value = context.scalar(member.value, path: path) else { return nil }
      guard value.text.utf8.allSatisfy({ ($0 >= 32 && $0 < 127) || $0 == 9 || $0 >= 128 }) else {
        context.report(member.value.position, "'\(path)' contains a line end or a control character", "remove it")
        return nil
      }
      return HeaderSetting(name: member.key, value: Secret(value.text))
    }
  }

  private static let ownFields: Set<String> = [
    "host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection", "keep-alive",
    "proxy-connection", "te", "trailer", "upgrade", "expect", "accept", "accept-encoding",
  ]

  /// The bytes of a token (RFC 9110 section 5.6.2).
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }
}
