import Core
import Glibc

/// A folder of its own for a test.
package enum TemporaryFolder {
  /// Gives `body` the path of a new folder and removes it, with everything in it, afterwards.
  package static func with<Value>(_ body: (String) throws -> Value) throws -> Value {
    let path = "/tmp/patchbay-test-" + Identifier.random(12)
    guard mkdir(path, 0o700) == 0 else { throw SystemFailure("make \(path)") }
    defer { remove(path) }
    return try body(path)
  }

  private static func remove(_ path: String) {
    if let folder = opendir(path) {
      var names: [String] = []
      while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
      }
      closedir(folder)
      for name in names { remove("\(path)/\(name)") }
      rmdir(path)
    } else {
      unlink(path)
    }
  }
}
