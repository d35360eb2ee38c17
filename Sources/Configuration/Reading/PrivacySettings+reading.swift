import Upstream

extension PrivacySettings {
  /// The keys of `privacy`.
  static let keys = ["zdr", "data_collection", "log_content", "regions", "fetch"]

  /// Reads `privacy`.
  init(reading section: Section) {
    self.init()
    zdr = section.flag("zdr") ?? zdr
    dataCollection = section.choice("data_collection", of: DataCollection.self) ?? dataCollection
    regions = section.texts("regions") ?? regions
    fetch = FetchRule(reading: section.section("fetch", keys: FetchRule.keys))
    if section.flag("log_content") == true {
      section.report("log_content", "true is not supported by this build yet", "set it to false, or remove it")
    }
  }
}
