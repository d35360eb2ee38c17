/// The newest model of every family, for names such as `~anthropic/claude-sonnet-latest` (reference section 4.3).
///
/// A family is the words of a name without its versions: `claude-3.5-sonnet` and `claude-sonnet-4` are of one family.
/// A model whose name has further words (`gpt-4o-mini` for `gpt`) stands in only where no other one answers.
struct ModelFamilies: Sendable {
  /// Folded `author/family` to the newest model that has exactly these words.
  private var whole: [String: CatalogModel] = [:]
  /// The same for models whose words begin so.
  private var begun: [String: CatalogModel] = [:]

  /// The families of all models; rows that are aliases or variants themselves are no candidates.
  init(_ models: [CatalogModel]) {
    for model in models where !model.id.hasPrefix("~") && !model.id.utf8.contains(UInt8(ascii: ":")) {
      let author = ModelName.folded(ModelName.author(model.id))
      let words = ModelFamilies.words(model.id)
      guard !author.isEmpty, !words.isEmpty else { continue }
      ModelFamilies.put(model, author + words.joined(separator: "-"), &whole)
      for count in 1..<max(1, words.count) {
        ModelFamilies.put(model, author + words.prefix(count).joined(separator: "-"), &begun)
      }
    }
  }

  /// The newest model of a folded `author/family-latest`.
  func latest(_ name: String) -> CatalogModel? {
    let suffix = "-latest"
    guard name.hasSuffix(suffix) else { return nil }
    let family = String(name.dropLast(suffix.count))
    return whole[family] ?? begun[family]
  }

  /// The words of an id behind its author, without versions and dates.
  private static func words(_ id: String) -> [String] {
    parts(id).filter { part in
      !isNumber(part.utf8.first) && !(part.utf8.first == UInt8(ascii: "v") && isNumber(part.utf8.dropFirst().first))
    }
  }

  private static func parts(_ id: String) -> [String] {
    ModelName.folded(ModelName.bare(id)).split(separator: "-").map(String.init)
  }

  private static func isNumber(_ byte: UInt8?) -> Bool { byte.map { $0 >= 48 && $0 <= 57 } ?? false }

  private static func put(_ model: CatalogModel, _ key: String, _ table: inout [String: CatalogModel]) {
    guard let other = table[key] else {
      table[key] = model
      return
    }
    if isNewer(model, than: other) { table[key] = model }
  }

  /// By date; without dates, or on the same one, by the numbers in the names.
  private static func isNewer(_ model: CatalogModel, than other: CatalogModel) -> Bool {
    if let date = model.created, let otherDate = other.created, date != otherDate { return date > otherDate }
    if (model.created == nil) != (other.created == nil) { return model.created != nil }
    return versions(other.id).lexicographicallyPrecedes(versions(model.id))
  }

  private static func versions(_ id: String) -> [Int] {
    parts(id).compactMap { part in
      let digits = part.utf8.drop { !isNumber($0) }.prefix { isNumber($0) }
      return Int(String(decoding: digits, as: UTF8.self))
    }
  }
}
