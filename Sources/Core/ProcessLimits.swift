import CPosix

/// Limits that the process sets for itself at start.
package enum ProcessLimits {
  /// Forbids core dumps and tracing by the user's other processes, since memory holds provider keys. Whether it worked.
  package static func forbidDumps() -> Bool { pb_forbid_dumps() == 0 }

  /// Raises the number of files the process may open to the hard limit. Returns the limit in force, or -1.
  package static func raiseOpenFiles() -> Int64 { pb_raise_open_files() }
}
