import Core
import JSON

/// Members that a request gives twice. Readers differ about which one counts, so that a limit could be checked on one and
/// another be used: a 400, never a guess (contract section 3).
package enum TwiceGiven {
  /// Throws a 400 that names a member which the object gives twice, also once in each of Google's spellings. Bodies that are
  /// no object pass: their reader says so.
  package static func check(_ body: UnsafeRawBufferPointer) throws(GatewayError) {
    var seen = SeenNames()
    var twice: String?
    do throws(JSONProblem) {
      var scanner = JSONScanner(body)
      guard try scanner.peek() == .object else { return }
      var hasMember = try scanner.enterObject()
      while hasMember, twice == nil {
        let key = try scanner.key()
        if !seen.insert(key.folded) { twice = key.string }
        try scanner.value()
        hasMember = try scanner.nextMember()
      }
    } catch {
      return
    }
    if let twice { throw .field(twice, "The field '\(twice)' is given twice; send it once.") }
  }
}

/// The names met so far. A request has few: they are compared one by one, and only a hostile one's are hashed.
private struct SeenNames {
  private var few: [UInt64] = []
  private var many: Set<UInt64> = []
  private static let fewLimit = 32

  /// Adds a name; whether it is new.
  mutating func insert(_ name: UInt64) -> Bool {
    if few.contains(name) || many.contains(name) { return false }
    if few.count < SeenNames.fewLimit { few.append(name) } else { many.insert(name) }
    return true
  }
}

extension JSONKey {
  /// A number that two names share when they are the same but for case and underscores, and practically never else:
  /// 64-bit FNV-1a.
  fileprivate var folded: UInt64 {
    if hasEscapes {
      var name = string
      return name.withUTF8 { JSONKey.folded(UnsafeRawBufferPointer($0)) }
    }
    return JSONKey.folded(inside)
  }

  private static func folded(_ name: UnsafeRawBufferPointer) -> UInt64 {
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name where byte != UInt8(ascii: "_") {
      let lower = byte &- 65 < 26 ? byte | 32 : byte
      sum = (sum ^ UInt64(lower)) &* 0x100_0000_01b3
    }
    return sum
  }
}
