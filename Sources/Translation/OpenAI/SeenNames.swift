/// The names of an object's members so far. A few are compared one by one; many, which only a hostile request has,
/// go through a set.
struct SeenNames {
  private var few: [String] = []
  private var many: Set<String> = []

  /// None yet.
  init() { few.reserveCapacity(16) }

  /// Notes a name; false when it was there already.
  mutating func insert(_ name: String) -> Bool {
    if few.contains(name) { return false }
    if few.count < 24 {
      few.append(name)
      return true
    }
    return many.insert(name).inserted
  }

  /// How many there are.
  var count: Int { few.count + many.count }
}
