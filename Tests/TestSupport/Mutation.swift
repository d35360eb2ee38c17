/// Random damage to bytes, from a seeded generator.
package enum Mutation {
  /// A copy with one to four bytes changed, removed or inserted; inserted ones are those that matter in HTTP.
  package static func of(_ bytes: [UInt8], _ generator: inout SplitMix) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      switch UInt8.random(in: 0...2, using: &generator) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes.remove(at: place)
      default: bytes.insert([13, 10, 32, 58, 0, 44][Int.random(in: 0..<6, using: &generator)], at: place)
      }
    }
    return bytes
  }

  /// The statuses of all responses in what a server has sent.
  package static func statuses(_ bytes: [UInt8]) -> [Int] {
    bytes.text.split(separator: "HTTP/1.1 ").compactMap { Int($0.prefix(3)) }
  }
}
