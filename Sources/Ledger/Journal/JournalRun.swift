import Core
import Glibc

/// The journals of one run of the program: a folder with one file after the other for each loop, and a lock that ends with
/// the process, however that ends. Blocks; for start-up and background work.
package final class JournalRun: Sendable {
  /// The name of the run's folder: a random word.
  package let name: String
  /// The path of the run's folder.
  package let path: String
  private let lock: Int32

  private init(name: String, path: String, lock: Int32) {
    self.name = name
    self.path = path
    self.lock = lock
  }

  deinit { close(lock) }

  /// The folder beside a store that holds its journals: `patchbay.db.journal`.
  package static func folder(store path: String) -> String { path + ".journal" }

  /// Begins a run in `folder`, which is made when it does not exist. Throws the system's reason.
  package static func begin(folder: String) throws(SystemFailure) -> JournalRun {
    if mkdir(folder, 0o700) != 0 {
      let failure = SystemFailure("make \(folder)")
      guard failure.code == EEXIST else { throw failure }
    }
    let name = Identifier.random(16)
    // Under another name until it is locked, so that no other process takes it for left behind.
    let temporary = "\(folder)/.\(name)"
    let path = "\(folder)/\(name)"
    guard mkdir(temporary, 0o700) == 0 else { throw SystemFailure("make \(temporary)") }
    do throws(SystemFailure) {
      let run = JournalRun(name: name, path: path, lock: try take(temporary + "/lock"))
      guard rename(temporary, path) == 0 else { throw SystemFailure("rename \(temporary)") }
      return run
    } catch {
      unlink(temporary + "/lock")
      rmdir(temporary)
      throw error
    }
  }

  /// The runs in `folder` whose process has ended, locked for us.
  package static func leftBehind(folder: String) throws(SystemFailure) -> [JournalRun] {
    var runs: [JournalRun] = []
    for name in try entries(folder) where isRun(name) {
      let path = "\(folder)/\(name)"
      do throws(SystemFailure) {
        runs.append(JournalRun(name: name, path: path, lock: try take(path + "/lock")))
      } catch {
        // A run that goes on holds its lock; one that is removed at this moment has none any more.
        guard [EWOULDBLOCK, ENOENT, ENOTDIR].contains(error.code) else { throw error }
      }
    }
    return runs
  }

  /// The names of all runs in `folder`, whether they go on or not; empty when there is no folder.
  package static func names(folder: String) throws(SystemFailure) -> [String] {
    try entries(folder).filter(isRun).sorted()
  }

  /// The names of runs that were set aside because they could not be read to their end.
  package static func damagedNames(folder: String) throws(SystemFailure) -> [String] {
    try entries(folder).filter { $0.hasSuffix(damagedSuffix) }.sorted()
  }

  /// A file of a run.
  package struct File: Sendable, Hashable {
    /// The loop that wrote it.
    package let loop: Int
    /// Its number.
    package let number: Int64
    /// Where it is.
    package let path: String

    /// The file of that name in a folder; nil when no journal's file is called so.
    init?(name: Substring, folder: Substring) {
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 2, parts[1] == "journal" else { return nil }
      let numbers = parts[0].split(separator: "-").compactMap { Int64($0) }
      guard numbers.count == 2 else { return nil }
      loop = Int(numbers[0])
      number = numbers[1]
      path = "\(folder)/\(name)"
    }
  }

  /// The files of the run, by loop and number.
  package func files() throws(SystemFailure) -> [File] { try JournalRun.files(path) }

  /// The files of the run in the folder `path`, by loop and number.
  package static func files(_ path: String) throws(SystemFailure) -> [File] {
    try entries(path).compactMap { File(name: $0[...], folder: path[...]) }.sorted {
      ($0.loop, $0.number) < ($1.loop, $1.number)
    }
  }

  /// Removes a run that is folded to its end.
  package func remove() throws(SystemFailure) {
    for name in try JournalRun.entries(path) { unlink("\(path)/\(name)") }
    guard rmdir(path) == 0 else { throw SystemFailure("remove \(path)") }
  }

  /// Renames a run that could not be read to its end, so that no later start meets it again and nothing is lost.
  package func setAside() throws(SystemFailure) {
    guard rename(path, path + JournalRun.damagedSuffix) == 0 else { throw SystemFailure("rename \(path)") }
  }

  private static let damagedSuffix = ".damaged"

  /// Whether a folder's name is that of a run.
  private static func isRun(_ name: String) -> Bool { !name.hasPrefix(".") && !name.hasSuffix(damagedSuffix) }

  private static func take(_ path: String) throws(SystemFailure) -> Int32 {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemFailure("open \(path)") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let failure = SystemFailure("lock \(path)")
      close(descriptor)
      throw failure
    }
    return descriptor
  }

  private static func entries(_ path: String) throws(SystemFailure) -> [String] {
    guard let folder = opendir(path) else {
      let failure = SystemFailure("read \(path)")
      if failure.code == ENOENT { return [] }
      throw failure
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
