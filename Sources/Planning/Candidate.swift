import Catalog

/// An eligible endpoint while its place is sought. It names model and endpoint by their places in the chain, so that it
/// holds no reference and moving it costs nothing.
struct Candidate {
  /// The model's place in the chain.
  let model: Int
  /// The endpoint's place in its model.
  let endpoint: Int
  var placement = Placement.only
  /// What it was ordered by; NaN: nothing.
  var score = Double.nan
  /// What it is sorted by; ascending.
  var key = 0.0
  /// Sorts before `key`: the tier of its quality with tools, where that matters.
  var quality: UInt8 = 0
  /// Whole groups are put behind others.
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

  init(model: Int, endpoint: Int) {
    self.model = model
    self.endpoint = endpoint
  }

  mutating func place(_ placement: Placement, key: Double, score: Double = .nan) {
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

  fileprivate func comes(before other: Candidate) -> Bool {
    if group != other.group { return group.rawValue < other.group.rawValue }
    if quality != other.quality { return quality < other.quality }
    return key < other.key
  }
}

/// Candidates of a chain of models.
struct Candidates {
  /// The models that the candidates refer to.
  let chain: [ModelResolution]
  /// The candidates themselves.
  var list: [Candidate] = []

  /// None yet.
  init(_ chain: [ModelResolution]) { self.chain = chain }

  /// The endpoint of a candidate.
  @inline(__always)
  func endpoint(_ candidate: Candidate) -> CatalogEndpoint {
    chain[candidate.model].model.endpoints[candidate.endpoint]
  }

  /// The endpoint of the candidate at an index.
  @inline(__always)
  func endpoint(at index: Int) -> CatalogEndpoint { endpoint(list[index]) }

  /// Sorts a part by group, quality and key; equal ones keep their order. There are few, so insertion is quickest.
  mutating func sort(_ part: Range<Int>) {
    guard part.count > 1 else { return }
    list.withUnsafeMutableBufferPointer { list in
      for index in part.lowerBound + 1..<part.upperBound {
        let moving = list[index]
        var position = index
        while position > part.lowerBound, moving.comes(before: list[position - 1]) {
          list[position] = list[position - 1]
          position -= 1
        }
        list[position] = moving
      }
    }
  }

  /// A candidate as an attempt.
  func attempt(_ candidate: Candidate) -> Plan.Attempt {
    let resolution = chain[candidate.model]
    return Plan.Attempt(
      model: resolution.model, endpoint: resolution.model.endpoints[candidate.endpoint], placement: candidate.placement,
      score: candidate.score.isNaN ? nil : candidate.score, variants: resolution.variants)
  }
}
