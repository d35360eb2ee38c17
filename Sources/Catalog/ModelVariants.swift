/// The variant suffixes behind a model's name (reference section 4.2). They can be stacked.
package struct ModelVariants: OptionSet, Sendable, Hashable {
  /// One bit per suffix.
  package let rawValue: UInt16

  /// A set of suffixes.
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Endpoints without a price only.
  package static let free = ModelVariants(rawValue: 1)
  /// Fastest first; the priority tier is admitted.
  package static let nitro = ModelVariants(rawValue: 2)
  /// Cheapest first; the flex tier is admitted.
  package static let floor = ModelVariants(rawValue: 4)
  /// Best quality first.
  package static let exacto = ModelVariants(rawValue: 8)
  /// With a web search.
  package static let online = ModelVariants(rawValue: 16)
  /// With reasoning.
  package static let thinking = ModelVariants(rawValue: 32)
  /// With the largest context there is.
  package static let extended = ModelVariants(rawValue: 64)
  /// Once another moderation; means nothing any more.
  package static let beta = ModelVariants(rawValue: 128)
  /// For the batch interface; means nothing here.
  package static let batch = ModelVariants(rawValue: 256)

  /// Every suffix with its name.
  package static let named: [(name: String, variant: ModelVariants)] = [
    ("free", .free), ("nitro", .nitro), ("floor", .floor), ("exacto", .exacto), ("online", .online),
    ("thinking", .thinking), ("extended", .extended), ("beta", .beta), ("batch", .batch),
  ]

  /// The variant of a suffix in lower case; nil when there is none.
  init?(suffix: String) {
    guard let found = ModelVariants.named.first(where: { $0.name == suffix }) else { return nil }
    self = found.variant
  }

  /// The suffixes in the order of the reference, for people.
  package var names: [String] { ModelVariants.named.filter { contains($0.variant) }.map(\.name) }
}
