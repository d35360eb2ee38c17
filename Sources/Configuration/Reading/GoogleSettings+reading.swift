import Core
import Credentials

extension GoogleSettings {
  /// The keys of `google` of a provider.
  static let keys = ["service_account", "metadata", "metadata_url"]

  /// Reads `google` of a provider; nil when it is absent or cannot be used.
  init?(reading provider: Section) {
    guard provider.has("google") else { return nil }
    let section = provider.section("google", keys: GoogleSettings.keys)
    let isMetadata = section.flag("metadata")
    let authority = GoogleSettings.authority(section)
    if section.has("metadata_url"), isMetadata != true {
      section.report("metadata_url", "is given without metadata: true", "add metadata: true, or remove it")
    }
    if section.node("service_account") != nil {
      if isMetadata == true {
        section.report("metadata", "is true although there is a service_account", "keep one of the two")
      }
      guard let text = GoogleSettings.serviceAccount(section) else { return nil }
      self = .serviceAccount(text)
    } else {
      if !section.has("metadata_url"), section.node("metadata") == nil || isMetadata == false {
        provider.report(
          "google", "says nothing about where tokens come from",
          "write service_account: the JSON key of a service account or the path of its file; on a machine of Google's, metadata: true"
        )
      }
      guard isMetadata == true, let authority else { return nil }
      self = .metadata(authority: authority)
    }
  }

  /// The JSON text, written out or in a file, which is looked for beside the configuration.
  private static func serviceAccount(_ section: Section) -> Secret? {
    let key = "service_account"
    guard let scalar = section.scalar(key) else { return nil }
    guard let first = scalar.text.utf8.first(where: { $0 > 32 }) else {
      section.report(key, "is empty", "write the JSON key of a service account, or the path of its file")
      return nil
    }
    let isContent = first == UInt8(ascii: "{") || scalar.text.contains("-----BEGIN")
    guard let text = isContent ? scalar.text : content(ofFile: scalar.text, section) else { return nil }
    do throws(CredentialProblem) {
      _ = try ServiceAccount(json: Secret(text))
      return Secret(text)
    } catch {
      section.report(key, error.message, error.remedy)
      return nil
    }
  }

  /// What was taken for a path may be a damaged key: it is not quoted.
  private static func content(ofFile path: String, _ section: Section) -> String? {
    do throws(SystemFailure) {
      return try section.context.readFile(path)
    } catch {
      section.report(
        "service_account",
        "is not JSON, and as the path of a file it cannot be read: \(SystemFailure.text(error.code))",
        "write the JSON key as Google gave it, or check the path and its permissions")
      return nil
    }
  }

  /// The host and port of `metadata_url`, or the usual ones; nil when it is wrong.
  private static func authority(_ section: Section) -> String? {
    guard section.has("metadata_url") else { return metadataAuthority }
    guard let text = section.text("metadata_url") else { return nil }
    let example = "write it as http://metadata.google.internal or http://169.254.169.254"
    do throws(BaseURL.Problem) {
      let url = try BaseURL(text)
      if url.scheme == "http", url.path.isEmpty { return String(url.text.dropFirst(7)) }
      section.report("metadata_url", "is not http://HOST alone", example)
    } catch {
      section.report("metadata_url", error.message, example)
    }
    return nil
  }
}
