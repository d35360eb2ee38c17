import Configuration
import Core

/// A `model` as callers write it, taken apart: `author/name`, `@preset/slug`, or `author/name@preset/slug` (reference
/// section 4.1).
package struct PresetReference: Sendable, Equatable {
  /// What stands before the reference; nil when nothing does.
  package let model: String?
  /// The slug of the preset.
  package let slug: String

  private static let mark = "@preset/"

  /// The reference in a model's name; nil when there is none.
  package init?(model name: String) {
    guard let at = name.utf8.firstIndex(of: UInt8(ascii: "@")), name[at...].hasPrefix(PresetReference.mark) else {
      return nil
    }
    model = at == name.startIndex ? nil : String(name[..<at])
    slug = String(name[at...].dropFirst(PresetReference.mark.count))
  }

  /// The reference of a request with `model` and `preset`; nil when there is none. Throws a 400 when the two name
  /// different presets.
  package static func find(model: String?, preset: String?) throws(GatewayError) -> PresetReference? {
    let named = model.flatMap { PresetReference(model: $0) }
    guard let preset else { return named }
    // Both `slug` and `@preset/slug` are written in `preset`.
    let slug = PresetReference(model: preset)?.slug ?? preset
    if let named, named.slug != slug {
      throw .field("preset", "'preset' is '\(slug)', but 'model' names the preset '\(named.slug)'; name one of them.")
    }
    return named ?? PresetReference(model: model, slug: slug)
  }

  private init(model: String?, slug: String) {
    self.model = model
    self.slug = slug
  }

  /// The preset among those of the configuration. Throws a 400 that suggests the nearest one.
  package func settings(_ presets: [PresetSettings]) throws(GatewayError) -> PresetSettings {
    let wanted = slug.lowercased()
    if let found = presets.first(where: { $0.slug == wanted }) { return found }
    let hint = NearestName.find(wanted, among: presets.map(\.slug)).map { " Did you mean '\($0)'?" } ?? ""
    throw .field("preset", "There is no preset '\(slug.prefix(100))'.\(hint)")
  }
}
