/// What a caller's model name means.
package struct ModelResolution: Sendable {
  /// How the name led to the model.
  package enum Way: String, Sendable {
    /// It is the model's id, in any spelling.
    case direct
    /// It is another name of the model.
    case alias
    /// It is `~author/family-latest`.
    case latest
  }

  /// The model.
  package let model: CatalogModel
  /// The variant suffixes behind its name. A suffix that is a part of the model's id is not among them.
  package let variants: ModelVariants
  /// How the name led there.
  package let way: Way
  /// Whether `:floor` and `:nitro` are both there and `:nitro` comes last, so that it counts.
  package let prefersSpeed: Bool

  /// A resolution.
  package init(
    model: CatalogModel, variants: ModelVariants = .none, way: Way = .direct, prefersSpeed: Bool = false
  ) {
    self.model = model
    self.variants = variants
    self.way = way
    self.prefersSpeed = prefersSpeed
  }
}
