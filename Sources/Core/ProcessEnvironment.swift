import CPosix

/// The environment variables of the process.
package enum ProcessEnvironment {
  /// Every variable; of one that is set twice the first value counts. To be read once, at the start, before other
  /// threads run.
  package static func read() -> [String: String] {
    var variables: [String: String] = [:]
    guard var entry = pb_environment() else { return variables }
    while let text = entry.pointee {
      let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2, variables[String(pair[0])] == nil { variables[String(pair[0])] = String(pair[1]) }
      entry += 1
    }
    return variables
  }
}
