import Core
import JSON

/// Members that a request gives twice. Readers differ about which one counts, so that a limit could be checked on one and
/// another be used: a 400, never a guess (contract section 3).
package enum TwiceGiven {
  /// Throws a 400 that names a member which the object gives twice, also once in each of Google's spellings. Bodies that are
  /// no object pass: their reader says so.
  package static func check(_ body: UnsafeRawBufferPointer) throws(GatewayError) {
    var seen: Set<String> = []
    var twice: String?
    do throws(JSONProblem) {
      var scanner = JSONScanner(body)
      guard try scanner.peek() == .object else { return }
      var hasMember = try scanner.enterObject()
      while hasMember, twice == nil {
        let name = try scanner.key().string
        if !seen.insert(name.filter { $0 != "_" }.lowercased()).inserted { twice = name }
        try scanner.value()
        hasMember = try scanner.nextMember()
      }
    } catch {
      return
    }
    if let twice { throw .field(twice, "The field '\(twice)' is given twice; send it once.") }
  }
}
