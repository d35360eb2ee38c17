import Core
import JSON

/// Members that a request gives twice, at any depth. Readers differ about which one counts, so that a limit could be checked
/// on one and another be used: a 400, never a guess (contract section 3).
package enum TwiceGiven {
  /// Throws a 400 that names a member which an object gives twice, for Google's format also once in each of its spellings.
  /// Bodies that are not JSON pass: their reader says so.
  package static func check(_ body: UnsafeRawBufferPointer, _ format: WireFormat) throws(GatewayError) {
    guard let path = search(body, spellingDepth: format == .gemini ? 2 : 0) else { return }
    throw .field(path, "The field '\(path)' is given twice; send it once.")
  }

  /// The same within the value of a request's member: what is given twice, with the member's name before it; nil when
  /// nothing is.
  static func path(_ value: UnsafeRawBufferPointer, _ name: String) -> String? {
    search(value, spellingDepth: 0).map { $0.first == "[" ? name + $0 : name + "." + $0 }
  }

  private static func search(_ text: UnsafeRawBufferPointer, spellingDepth: Int) -> String? {
    var search = Search(spellingDepth)
    var scanner = JSONScanner(text)
    do throws(JSONProblem) {
      try search.value(&scanner, depth: 0)
    } catch {
      return nil
    }
    return search.path
  }
}

/// One pass over a request. Names are compared as numbers that two of them share when they are the same, and practically
/// never else: 64-bit FNV-1a.
private struct Search {
  /// The member that is given twice, as callers write it; nil while none is.
  private(set) var path: String?
  /// Down to which depth Google's spellings count as one. Deeper down stand objects of the caller's own.
  private let spellingDepth: Int
  /// Names of the objects that are open, the innermost last.
  private var names: [UInt64] = []

  /// From so many names on they are looked up in a set.
  private static let fewNames = 64

  init(_ spellingDepth: Int) {
    self.spellingDepth = spellingDepth
    names.reserveCapacity(32)
  }

  /// Takes the next value; stops at the first member that is given twice.
  mutating func value(_ scanner: inout JSONScanner, depth: Int) throws(JSONProblem) {
    switch try scanner.peek() {
    case .object: try object(&scanner, depth: depth)
    case .array:
      var index = 0
      var hasElement = try scanner.enterArray()
      while hasElement {
        try value(&scanner, depth: depth + 1)
        if let path {
          self.path = path.first == "[" ? "[\(index)]\(path)" : "[\(index)].\(path)"
          return
        }
        index += 1
        hasElement = try scanner.nextElement()
      }
    default: try scanner.value()
    }
  }

  private mutating func object(_ scanner: inout JSONScanner, depth: Int) throws(JSONProblem) {
    let start = names.count
    var many: Set<UInt64> = []
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let name = key.number(isFolded: depth < spellingDepth)
      if !isNew(name, since: start, &many) {
        path = key.string
        return
      }
      try value(&scanner, depth: depth + 1)
      if let path {
        self.path = path.first == "[" ? key.string + path : key.string + "." + path
        return
      }
      hasMember = try scanner.nextMember()
    }
    names.removeLast(names.count - start)
  }

  private mutating func isNew(_ name: UInt64, since start: Int, _ many: inout Set<UInt64>) -> Bool {
    if names.count - start >= Search.fewNames {
      if many.isEmpty { many = Set(names[start...]) }
      return many.insert(name).inserted
    }
    for index in start..<names.count where names[index] == name { return false }
    names.append(name)
    return true
  }
}

extension JSONKey {
  /// The name as a number; folded: but for case and underscores.
  fileprivate func number(isFolded: Bool) -> UInt64 {
    if hasEscapes {
      var name = string
      return name.withUTF8 { JSONKey.number(UnsafeRawBufferPointer($0), isFolded) }
    }
    return JSONKey.number(inside, isFolded)
  }

  private static func number(_ name: UnsafeRawBufferPointer, _ isFolded: Bool) -> UInt64 {
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name {
      if isFolded, byte == UInt8(ascii: "_") { continue }
      let folded = isFolded && byte &- 65 < 26 ? byte | 32 : byte
      sum = (sum ^ UInt64(folded)) &* 0x100_0000_01b3
    }
    return sum
  }
}
