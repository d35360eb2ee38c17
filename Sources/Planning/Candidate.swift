import Catalog

/// An eligible endpoint while its place is sought.
struct Candidate {
  let model: CatalogModel
  let endpoint: CatalogEndpoint
  let variants: ModelVariants
  var placement = Placement.only
  var score: Double?
  /// What it is sorted by; ascending.
  var key = 0.0
  /// Sorts before `key`: the tier of its quality with tools, where that matters.
  var quality: UInt8 = 0
  /// Whole groups are put behind others afterwards.
  var group = Group.first

  /// Where a candidate stands whatever its key is.
  enum Group: UInt8 {
    /// Where its key puts it.
    case first
    /// Misses a threshold.
    case belowThreshold
    /// Lately failed or was slow.
    case outage
    /// Cannot be used just now.
    case unusable
  }

  init(_ model: CatalogModel, _ endpoint: CatalogEndpoint, _ variants: ModelVariants) {
    self.model = model
    self.endpoint = endpoint
    self.variants = variants
  }

  mutating func place(_ placement: Placement, key: Double, score: Double? = nil) {
    self.placement = placement
    self.key = key
    self.score = score
  }

  /// Puts it into a later group; an earlier one changes nothing.
  mutating func push(_ group: Group, _ placement: Placement) {
    guard group.rawValue > self.group.rawValue else { return }
    self.group = group
    self.placement = placement
  }

  var attempt: Plan.Attempt {
    Plan.Attempt(model: model, endpoint: endpoint, placement: placement, score: score, variants: variants)
  }
}

extension [Candidate] {
  /// Sorts by group, then by key; equal ones keep their order. There are few, and they are nearly sorted.
  mutating func sortByPlace() {
    guard count > 1 else { return }
    for index in 1..<count {
      var position = index
      let moving = self[index]
      while position > 0, moving.comes(before: self[position - 1]) {
        self[position] = self[position - 1]
        position -= 1
      }
      if position != index { self[position] = moving }
    }
  }
}

extension Candidate {
  fileprivate func comes(before other: Candidate) -> Bool {
    if group != other.group { return group.rawValue < other.group.rawValue }
    if quality != other.quality { return quality < other.quality }
    return key < other.key
  }
}
