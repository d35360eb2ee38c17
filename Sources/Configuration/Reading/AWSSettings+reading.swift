import Core
import Credentials

extension AWSSettings {
  /// The keys of `aws` of a provider.
  static let keys = ["access_key_id", "secret_access_key", "session_token", "region"]

  /// Reads `aws` of a provider at `baseURL`; nil when it is absent or cannot be used.
  init?(reading provider: Section, baseURL: String) {
    guard provider.has("aws") else { return nil }
    let section = provider.section("aws", keys: AWSSettings.keys)
    let region = AWSSettings.region(section, baseURL: baseURL)
    let name = AWSSettings.required("access_key_id", section)
    let key = AWSSettings.required("secret_access_key", section)
    let token = section.credential("session_token")
    guard let region, let name, let key else { return nil }
    do throws(CredentialProblem) {
      self.init(
        credentials: try AWSCredentials(accessKeyID: name, secretAccessKey: key, sessionToken: token), region: region)
    } catch {
      provider.report("aws", error.message, error.remedy)
      return nil
    }
  }

  private static func required(_ key: String, _ section: Section) -> Secret? {
    guard section.node(key) != nil else {
      section.reportMissing(key, "an AWS key has two parts: access_key_id and secret_access_key")
      return nil
    }
    guard let scalar = section.scalar(key) else { return nil }
    if scalar.text.isEmpty {
      section.report(key, "is empty", "give it a value, or remove aws")
      return nil
    }
    return section.credential(key)
  }

  private static func region(_ section: Section, baseURL: String) -> String? {
    let example = "write the region of the endpoint, such as us-east-1"
    guard section.has("region") else {
      guard let host = (try? BaseURL(baseURL))?.host else { return nil }
      if let region = BedrockPath.region(host: host) { return region }
      section.reportMissing("region", "the host of base_url does not name one; \(example)")
      return nil
    }
    guard let region = section.text("region") else { return nil }
    let isRegion =
      region.utf8.count <= 64
      && region.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") }
    if isRegion { return region }
    section.report("region", "is '\(region.prefix(60))', which is not a region", example)
    return nil
  }
}
