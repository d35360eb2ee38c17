import Glibc

/// How many free blocks of memory the C library keeps at hand for a thread. A request takes and frees some forty blocks, and
/// dozens of requests are under way on a loop at a time; glibc keeps seven blocks of a size, and searches, merges and splits
/// for every further one: 1 µs of a request's 26 (Docs/measurements.md).
enum FreeBlocks {
  /// Where glibc reads the number, once, when a program begins.
  private static let variable = "GLIBC_TUNABLES"
  /// Enough for the requests that a loop has under way, and for nearly all sizes. Unit of the second: bytes.
  private static let setting = "glibc.malloc.tcache_count=64:glibc.malloc.tcache_max=4096"

  /// Begins the program again with more of them, as the same process, when the environment says nothing about it. Returns
  /// when that is not possible, or has been done; everything works without it. Called before anything is open.
  static func keepMore(_ environment: [String: String]) {
    guard environment[variable] == nil else { return }
    var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink("/proc/self/exe", &path, Int(PATH_MAX)) > 0, setenv(variable, setting, 1) == 0 else { return }
    _ = execv(path, CommandLine.unsafeArgv)
    unsetenv(variable)
  }
}
