import Configuration

extension Arguments {
  /// The value of an option as a whole number within `range`; nil when it is not given.
  func integer(_ name: String, in range: ClosedRange<Int>, command: String) throws(UsageError) -> Int? {
    guard let text = value(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw UsageError(
        "'\(name) \(text)' is not a whole number from \(range.lowerBound) to \(range.upperBound)", command: command)
    }
    return number
  }

  /// The value of an option as a number from 0 to 1; nil when it is not given.
  func fraction(_ name: String, command: String) throws(UsageError) -> Double? {
    guard let text = value(name) else { return nil }
    guard let number = Double(text), number >= 0, number <= 1 else {
      throw UsageError("'\(name) \(text)' is not a number from 0 to 1", command: command)
    }
    return number
  }

  /// The value of an option as words between commas; nil when it is not given.
  func words(_ name: String, command: String) throws(UsageError) -> [String]? {
    guard let text = value(name) else { return nil }
    let words = text.split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
    guard !words.isEmpty else { throw UsageError("'\(name)' names nothing", command: command) }
    return words
  }

  /// The value of an option as an address to listen on; nil when it is not given.
  func address(_ name: String, command: String) throws(UsageError) -> String? {
    guard let text = value(name) else { return nil }
    do throws(ListenAddress.Problem) {
      _ = try ListenAddress(text)
      return text
    } catch {
      throw UsageError("'\(name) \(text)' \(error.message); \(error.remedy)", command: command)
    }
  }
}
