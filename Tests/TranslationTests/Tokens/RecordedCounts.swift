import Core
import Foundation
import JSON

@testable import Translation

/// Texts and what real tokenizers make of them (Tests/Fixtures/tokens, recorded by `Scripts/measure-tokens`).
struct RecordedCounts {
  let name: String
  let text: String
  let bytes: Int
  let features: [String: Double]
  let tokens: [TokenFamily: Double]

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/tokens")

  static func all() throws -> [RecordedCounts] {
    let document = try JSONValue.parse([UInt8](Data(contentsOf: folder.appendingPathComponent("counts.json"))))
    return try (document.objectValue ?? []).map { name, value in
      RecordedCounts(
        name: name, text: try String(contentsOf: folder.appendingPathComponent("texts/\(name).txt"), encoding: .utf8),
        bytes: Int(value["bytes"]?.integerValue ?? 0),
        features: Dictionary(
          (value["features"]?.objectValue ?? []).map { ($0.key, $0.value.doubleValue ?? 0) }, uniquingKeysWith: { $1 }),
        tokens: Dictionary(
          (value["tokens"]?.objectValue ?? []).compactMap { key, value in
            TokenFamily(rawValue: key).map { ($0, value.doubleValue ?? 0) }
          }, uniquingKeysWith: { $1 }))
    }
  }

  var shape: TextShape {
    var shape = TextShape()
    shape.add(text)
    return shape
  }
}
