/// Where in a request's body something stands.
struct FieldPath: Equatable {
  /// One step into the body.
  enum Step: Equatable {
    /// A member of an object.
    case name(String)
    /// An element of an array.
    case index(Int)
  }

  /// The steps from the body to the place.
  private(set) var steps: [Step] = []

  /// The body itself.
  static let root = FieldPath()

  /// The member of that name below this place.
  func member(_ name: String) -> FieldPath {
    var path = self
    path.steps.append(.name(name))
    return path
  }

  /// The element at that index below this place.
  func element(_ index: Int) -> FieldPath {
    var path = self
    path.steps.append(.index(index))
    return path
  }

  /// The place without its last step.
  var parent: FieldPath {
    var path = self
    path.steps.removeLast(path.steps.isEmpty ? 0 : 1)
    return path
  }

  /// The last step as text; empty for the body.
  var last: String {
    switch steps.last {
    case .name(let name): name
    case .index(let index): String(index)
    case nil: ""
    }
  }

  /// `messages.0.content`.
  var dotted: String {
    steps.map { step in
      switch step {
      case .name(let name): name
      case .index(let index): String(index)
      }
    }.joined(separator: ".")
  }

  /// `messages[0].content`.
  var bracketed: String {
    steps.reduce(into: "") { text, step in
      switch step {
      case .name(let name): text += text.isEmpty ? name : "." + name
      case .index(let index): text += "[\(index)]"
      }
    }
  }
}
