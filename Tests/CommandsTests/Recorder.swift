import Commands
import Core
import Glibc
import Synchronization
import Testing

/// A terminal that remembers what was written.
final class Recorder: Sendable {
  private struct Texts {
    var output = ""
    var error = ""
  }

  private let texts = Mutex(Texts())

  func terminal(isColoured: Bool = false) -> Terminal {
    Terminal(isColoured: isColoured) { text, stream in
      self.texts.withLock { texts in
        switch stream {
        case .output: texts.output += text
        case .error: texts.error += text
        }
      }
    }
  }

  var output: String { texts.withLock { $0.output } }
  var error: String { texts.withLock { $0.error } }
}

/// A folder of its own for a test, removed afterwards.
func withFolder(_ body: (String) throws -> Void) throws {
  let folder = "/tmp/patchbay-test-" + Identifier.random(12)
  try #require(mkdir(folder, 0o700) == 0)
  defer {
    for name in ["p.yaml", "models.json", "catalog.yaml", "keys.db", "keys.db-wal", "keys.db-shm"] {
      unlink(folder + "/" + name)
    }
    #expect(rmdir(folder) == 0, "nothing else is left behind")
  }
  try body(folder)
}
