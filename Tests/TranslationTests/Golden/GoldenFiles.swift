import Foundation
import JSON
import Testing

/// The files of the golden matrix: inputs that are written by hand, and recordings beside them.
struct GoldenFiles {
  /// Whether what is found is written instead of compared: `Scripts/record-golden`.
  static let isRecording = ProcessInfo.processInfo.environment["PATCHBAY_RECORD_GOLDEN"] == "1"

  /// The repository.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private let folder: URL

  init(_ name: String) { folder = GoldenFiles.root.appending(path: "Tests/Fixtures/golden/\(name)") }

  /// An input, by the first of the names that there is a file of: `answer.anthropic.json`. Binary event streams stand
  /// in `stream.NAME.frames` (`GoldenFrames`).
  func input(_ kind: String, _ names: [String]) -> [UInt8]? {
    for name in names {
      for ending in ["json", "txt", "frames"] {
        let url = folder.appending(path: "\(kind).\(name).\(ending)")
        guard let data = try? Data(contentsOf: url) else { continue }
        return ending == "frames" ? try? GoldenFrames.bytes(Array(data)) : Array(data)
      }
    }
    return nil
  }

  /// Compares text with a recording, or records it.
  func expect(_ text: String, _ file: String, _ location: SourceLocation = #_sourceLocation) throws {
    let url = folder.appending(path: "recorded/\(file)")
    if GoldenFiles.isRecording {
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
      return
    }
    let recorded = (try? Data(contentsOf: url)).map { String(decoding: $0, as: UTF8.self) }
    #expect(recorded == text, "\(url.lastPathComponent): see Scripts/record-golden", sourceLocation: location)
  }
}

extension JSONValue {
  /// The value with a line for each member and element, so that a recording can be read.
  func lines(_ indent: String = "") -> String {
    let inner = indent + "  "
    switch self {
    case .object(let members) where !members.isEmpty:
      return "{\n"
        + members.map { inner + JSONValue.string($0.key).plain + ": " + $0.value.lines(inner) }.joined(separator: ",\n")
        + "\n\(indent)}"
    case .array(let elements) where !elements.isEmpty:
      return "[\n" + elements.map { inner + $0.lines(inner) }.joined(separator: ",\n") + "\n\(indent)]"
    default: return plain
    }
  }

  private var plain: String { String(decoding: serialized(), as: UTF8.self) }
}
