/// What a caller's model name means.
package struct ModelResolution: Sendable {
  /// The model.
  package let model: CatalogModel
  /// The variant suffixes behind its name, in the order written, in lower case: any of free, nitro, floor, exacto,
  /// online, thinking, extended, beta, batch. A suffix that is a part of the model's id is not among them.
  package let variants: [String]

  /// A resolution.
  package init(model: CatalogModel, variants: [String]) {
    self.model = model
    self.variants = variants
  }
}
