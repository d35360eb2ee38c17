extension StorageSettings {
  /// The keys of `storage`.
  static let keys = ["url", "sync"]

  /// Reads `storage`.
  init(reading section: Section) {
    self.init()
    sync = section.choice("sync", of: Sync.self) ?? sync
    guard let scalar = section.scalar("url") else { return }
    let prefix = "sqlite:"
    guard scalar.text.hasPrefix(prefix) else {
      section.report("url", "is not of a kind supported by this build yet", "write it as sqlite:PATH")
      return
    }
    let rest = scalar.text.dropFirst(prefix.count)
    if rest.isEmpty || rest == ":memory:" || rest.hasPrefix("//") || rest.hasSuffix("/") {
      section.report(
        "url", "does not name a file", "write it as sqlite:patchbay.db or sqlite:/var/lib/patchbay/patchbay.db")
      return
    }
    path = String(rest)
  }
}
