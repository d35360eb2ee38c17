import CPosix

/// Limits that the process sets for itself at start.
package enum ProcessLimits {
  /// Forbids core dumps and tracing by the user's other processes, since memory holds provider keys. Whether it worked.
  package static func forbidDumps() -> Bool { pb_forbid_dumps() == 0 }

  /// Bodies of some hundred kilobytes are common. The allocator maps a block of 128 KiB anew each time, and the kernel
  /// clears its pages one fault at a time: measured, that was half of what a request of 100 KB cost.
  package static func tuneAllocator() { pb_tune_allocator(4_194_304, 16_777_216) }

  /// Raises the number of files the process may open to the hard limit. Returns the limit in force, or -1.
  package static func raiseOpenFiles() -> Int64 { pb_raise_open_files() }

  /// Gives memory that is free but kept for the next request back to the system; the end of a thread's own heap only on that
  /// thread. Holds the allocator's locks for some milliseconds: for quiet times.
  package static func returnFreeMemory() { pb_return_free_memory() }

  /// Takes code and constants that only the start or a past load needed out of memory; what is touched again comes back from
  /// the page cache, some microseconds for 64 KiB. For quiet times.
  package static func releaseCode() { pb_release_code() }

  /// Memory of the process that is in use. Unit: bytes; 0 when the system does not say.
  package static var residentBytes: Int { Int(pb_resident_bytes()) }

  /// The memory that the process may use: the least of what the machine has, its control group allows and its limit of
  /// address space leaves. Unit: bytes.
  package static var memoryBytes: Int { Int(pb_memory_limit()) }

  /// Processor time used so far. Unit: milliseconds.
  package static var processorMilliseconds: Int64 { pb_processor_milliseconds() }
}
