/// The variant suffixes behind a model's name (reference section 4.2). They can be stacked. No `OptionSet`: its literals
/// cost 750 instructions each across modules, and every request looks at variants.
package struct ModelVariants: Sendable, Hashable {
  /// One bit per suffix.
  private var bits: UInt16

  private init(rawValue: UInt16) { bits = rawValue }

  /// No suffix.
  package static let none = ModelVariants(rawValue: 0)

  /// Whether there is no suffix.
  package var isEmpty: Bool { bits == 0 }

  /// Whether a suffix is among them.
  package func contains(_ variant: ModelVariants) -> Bool { bits & variant.bits == variant.bits }

  /// Adds a suffix.
  mutating func insert(_ variant: ModelVariants) { bits |= variant.bits }

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
