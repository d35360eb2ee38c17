import Core
import Glibc
import Ledger
import TestSupport
import Testing

@Suite("Journal")
struct JournalTests {
  /// The ids of the records in a file, `+` for an opening and `-` for an ending, and why the reading stopped.
  private func read(_ path: String) throws -> (records: [String], stop: JournalReader.Stop?) {
    let reader = try JournalReader(path: path)
    var records: [String] = []
    while let frame = reader.next() {
      var fields = RecordReader(frame.payload)
      switch frame.kind {
      case .header:
        let header = try JournalHeader(&fields)
        records.append("\(header.run)/\(header.loop)/\(header.number)")
      case .opening:
        let opening = try Opening(&fields)
        records.append("+\(opening.id)")
        #expect(Array(frame.payload) == bytes(opening.write(to:)))
      case .ending:
        let id = try fields.text()
        let start = frame.payload.count - fields.remaining
        records.append("-\(id)")
        let ending = try Ending(&fields)
        #expect(Array(frame.payload[start...]) == bytes(ending.write(to:)))
      }
    }
    return (records, reader.stop)
  }

  private func bytes(_ write: (RecordBuffer) -> Void) -> [UInt8] {
    let buffer = RecordBuffer()
    write(buffer)
    return Array(buffer.bytes)
  }

  @Test("What was appended can be read back in order, while the journal is in use and afterwards")
  func readsBack() throws {
    try TemporaryFolder.with { folder in
      let journal = try Journal(folder: folder, run: "r", loop: 3)
      let path = folder + "/3-1.journal"
      try journal.append(Records.opening("a"))
      try journal.append(Records.opening("b"))
      try journal.append(Records.ending(), of: "b")
      #expect(journal.openCount == 1)
      let (records, stop) = try read(path)
      #expect(records == ["r/3/1", "+a", "+b", "-b"])
      #expect(stop == .end)
      journal.close()
      #expect(try read(path).records == records)
      #expect(try FileContents.read(path, limit: 10_000_000).count == Int(journal.progress.position.offset))
    }
  }

  @Test("What is staged appears with the flush, all at once")
  func flushes() throws {
    try TemporaryFolder.with { folder in
      let journal = try Journal(folder: folder, run: "r", loop: 0)
      let before = journal.progress.position
      for id in ["a", "b", "c"] { try journal.stage(Records.opening(id)) }
      journal.stage(Records.ending(), of: "a")
      #expect(journal.progress.position == before)
      #expect(try read(folder + "/0-1.journal").records == ["r/0/1"])
      try journal.flush()
      #expect(journal.progress.position > before)
      #expect(try read(folder + "/0-1.journal").records == ["r/0/1", "+a", "+b", "+c", "-a"])
    }
  }

  @Test("A reader can stop at the announced position and go on later")
  func goesOn() throws {
    try TemporaryFolder.with { folder in
      let journal = try Journal(folder: folder, run: "r", loop: 0)
      try journal.append(Records.opening("a"))
      let position = journal.progress.position
      try journal.append(Records.opening("b"))
      let path = folder + "/0-1.journal"
      let first = try JournalReader(path: path, to: position.offset)
      var count = 0
      while first.next() != nil { count += 1 }
      #expect(count == 2)
      #expect(first.offset == position.offset)
      let second = try JournalReader(path: path, from: position.offset)
      let frame = try #require(second.next())
      var fields = RecordReader(frame.payload)
      #expect(frame.kind == .opening)
      #expect(frame.offset == position.offset)
      #expect(try Opening(&fields).id == "b")
      #expect(second.next() == nil)
      second.seek(to: position.offset)
      #expect(second.next()?.offset == position.offset, "a reader can go back")
      #expect(second.next() == nil)
    }
  }

  @Test("Long journals are cut into files, and a request may end in a later file than it began in")
  func rotates() throws {
    try TemporaryFolder.with { folder in
      let journal = try Journal(folder: folder, run: "r", loop: 0, fileLimit: 2000)
      for index in 0..<40 { try journal.append(Records.opening("g\(index)")) }
      for index in 0..<40 { try journal.append(Records.ending(), of: "g\(index)") }
      let files = try JournalRun.files(folder)
      #expect(files.count > 2)
      #expect(files.map(\.number) == Array(1...Int64(files.count)))
      var records: [String] = []
      for file in files {
        let (some, stop) = try read(file.path)
        #expect(some.first == "r/0/\(file.number)")
        #expect(stop == .end)
        records += some.dropFirst()
      }
      #expect(records == (0..<40).map { "+g\($0)" } + (0..<40).map { "-g\($0)" })
      #expect(journal.rotationFailure == nil)
    }
  }

  @Test("In a file that is used again nothing of what it held is read, wherever the writing stops")
  func usesFilesAgain() throws {
    try TemporaryFolder.with { folder in
      // Larger than what is mapped at a time.
      let journal = try Journal(folder: folder, run: "r", loop: 0, fileLimit: 600_000, reusesFiles: true)
      var inodes: Set<ino_t> = []
      var opening = Records.opening("a")
      for index in 0..<900 {
        let number = journal.progress.position.number
        let path = "\(folder)/\(Journal.fileName(loop: 0, number: number))"
        opening.id = "g\(index)"
        opening.decision = Array(repeating: 0x61, count: index * 37 % 5000)
        try journal.append(opening)
        try journal.append(Records.ending(), of: opening.id)
        let position = journal.progress.position
        if position.number == number {
          let reader = try JournalReader(path: path, from: position.offset)
          #expect(reader.next() == nil && reader.stop == .end, "\(index)")
          continue
        }
        // What a fold does with a file that is done.
        var status = stat()
        #expect(stat(path, &status) == 0)
        inodes.insert(status.st_ino)
        rename(path, folder + "/" + Journal.spareName(loop: 0))
      }
      let files = try JournalRun.files(folder)
      #expect(files.count == 1 && files[0].number > 3)
      #expect(inodes.count == 2, "one is written while the other is read")
      let (records, stop) = try read(files[0].path)
      #expect(stop == .end)
      #expect(records.first == "r/0/\(files[0].number)")
      #expect(records.last == "-g899")
      #expect(Set(records).count == records.count)
    }
  }

  @Test("What a file held under another number is not taken for its own, frame for frame")
  func tellsOlderFramesApart() throws {
    try TemporaryFolder.with { folder in
      let old = try Journal(folder: folder, run: "r", loop: 0)
      try old.append(Records.opening("a"))
      old.close()
      let bytes = try FileContents.read(folder + "/0-1.journal", limit: 1_000_000)
      let later = folder + "/0-2.journal"
      // After a cut of power: the new name has reached the disk and nothing else.
      try FileContents.replace(later, with: bytes)
      #expect(try read(later).records.isEmpty)
      let isDamaged = try read(later).stop != .end
      #expect(isDamaged)
    }
    try TemporaryFolder.with { folder in
      let journal = try Journal(folder: folder, run: "s", loop: 0)
      journal.close()
      let fresh = try FileContents.read(folder + "/0-1.journal", limit: 1_000_000)
      let other = try Journal(folder: folder, run: "r", loop: 1)
      let header = Int(other.progress.position.offset)
      try other.append(Records.opening("a"))
      other.close()
      let used = try FileContents.read(folder + "/1-1.journal", limit: 1_000_000)
      // The new header has, too.
      #expect(header == fresh.count)
      try FileContents.replace(folder + "/0-1.journal", with: fresh + used[header...])
      let (records, stop) = try read(folder + "/0-1.journal")
      #expect(records == ["s/0/1"])
      #expect(stop != .end)
    }
  }

  @Test("Files of version 1, whose checksums begin at zero, can be read")
  func readsUnsaltedFiles() throws {
    try TemporaryFolder.with { folder in
      let buffer = RecordBuffer()
      func frame(_ kind: UInt8, _ version: UInt8, _ payload: [UInt8]) {
        let head: [UInt8] = [UInt8(payload.count & 255), UInt8(payload.count >> 8), 0, 0, kind, version, 0, 0]
        let sum = (head + payload).withUnsafeBytes { Checksum.crc32($0) }
        buffer.raw(head)
        buffer.word(sum)
        buffer.raw(payload)
      }
      frame(1, 1, [2, 0x72, 0, 2])
      frame(2, 1, bytes(Records.opening("a").write(to:)))
      try FileContents.replace(folder + "/0-1.journal", with: Array(buffer.bytes))
      let (records, stop) = try read(folder + "/0-1.journal")
      #expect(records == ["r/0/1", "+a"])
      #expect(stop == .end)
    }
  }

  @Test("Whatever is cut off the end, the whole records before it are read")
  func toleratesTornTail() throws {
    try TemporaryFolder.with { folder in
      let path = folder + "/0-1.journal"
      let journal = try Journal(folder: folder, run: "r", loop: 0)
      try journal.append(Records.opening("a"))
      let kept = Int(journal.progress.position.offset)
      var ending = Records.ending()
      ending.dropped = "a last byte that is not zero"
      try journal.append(ending, of: "a")
      journal.close()
      let whole = try FileContents.read(path, limit: 1_000_000)
      for count in kept..<whole.count {
        // Zeros behind the cut: space that was set aside.
        for tail in [0, 100] {
          try FileContents.replace(path, with: Array(whole.prefix(count)) + Array(repeating: 0, count: tail))
          let (records, stop) = try read(path)
          #expect(records == ["r/0/1", "+a"], "\(count)")
          let isClean = whole[kept..<count].allSatisfy { $0 == 0 }
          #expect((stop == .end) == isClean, "\(count) \(tail) \(String(describing: stop))")
        }
      }
    }
  }

  @Test("A changed byte is noticed wherever it is")
  func noticesDamage() throws {
    try TemporaryFolder.with { folder in
      let path = folder + "/0-1.journal"
      let journal = try Journal(folder: folder, run: "r", loop: 0)
      let start = Int(journal.progress.position.offset)
      try journal.append(Records.opening("a"))
      journal.close()
      let whole = try FileContents.read(path, limit: 1_000_000)
      for index in start..<whole.count {
        var bytes = whole
        bytes[index] ^= 0x10
        try FileContents.replace(path, with: bytes)
        let (records, stop) = try read(path)
        #expect(records == ["r/0/1"])
        guard case .damaged? = stop else {
          Issue.record("byte \(index): \(String(describing: stop))")
          continue
        }
      }
    }
  }

  @Test("A full disk shows at the opening, before anything is sent; what is open can still end, and room helps at once")
  func fullDisk() async {
    // In a process of its own: the limit holds for every file that any test writes.
    await #expect(processExitsWith: .success) { try JournalTests().fillDisk() }
  }

  private func fillDisk() throws {
    try TemporaryFolder.with { folder in
      // A small limit of the file's size is what a full disk is to fallocate.
      signal(SIGXFSZ, SIG_IGN)
      var before = rlimit()
      getrlimit(__rlimit_resource_t(1), &before)
      let journal = try Journal(folder: folder, run: "r", loop: 0)
      try journal.append(Records.opening("first"))
      var small = rlimit(rlim_cur: 1 << 20, rlim_max: before.rlim_max)
      setrlimit(__rlimit_resource_t(1), &small)
      var opened = ["first"]
      var failure: SystemFailure?
      while failure == nil, opened.count < 1000 {
        do throws(SystemFailure) {
          try journal.append(Records.opening("g\(opened.count)"))
          opened.append("g\(opened.count)")
        } catch {
          failure = error
        }
      }
      #expect(failure.map { [ENOSPC, EFBIG].contains($0.code) } == true)
      #expect(opened.count > 10)
      #expect(journal.openCount == opened.count)
      for id in opened { try journal.append(Records.longestEnding, of: id) }
      setrlimit(__rlimit_resource_t(1), &before)
      try journal.append(Records.opening("last"))
      let (records, stop) = try read(folder + "/0-1.journal")
      #expect(records.count == 1 + 2 * opened.count + 1)
      #expect(stop == .end)
    }
  }

  @Test("Flushes to the disk are all answered")
  func synchronizes() async throws {
    let folder = "/tmp/patchbay-test-" + Identifier.random(12)
    try #require(mkdir(folder, 0o700) == 0)
    let journal = try Journal(folder: folder, run: "r", loop: 0)
    let sync = JournalSync()
    try journal.append(Records.opening("a"))
    let descriptor = journal.descriptor
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<50 {
        group.addTask {
          await withCheckedContinuation { continuation in
            sync.request(descriptor) { failure in
              #expect(failure == nil)
              continuation.resume()
            }
          }
        }
      }
    }
    withExtendedLifetime(journal) {}
    unlink(folder + "/0-1.journal")
    rmdir(folder)
  }
}

@Suite("Runs of the program")
struct JournalRunTests {
  @Test("A run that goes on is left alone; one that has ended is found, and gone when it is removed")
  func locks() throws {
    try TemporaryFolder.with { root in
      let folder = JournalRun.folder(store: root + "/p.db")
      #expect(try JournalRun.leftBehind(folder: folder).isEmpty)
      var run: JournalRun? = try JournalRun.begin(folder: folder)
      let other = try JournalRun.begin(folder: folder)
      let path = try #require(run?.path)
      _ = try Journal(folder: path, run: "r", loop: 0)
      #expect(try JournalRun.leftBehind(folder: folder).isEmpty)
      run = nil
      var left = try JournalRun.leftBehind(folder: folder)
      #expect(left.map(\.path) == [path])
      #expect(try left[0].files().map(\.path) == [path + "/0-1.journal"])
      #expect(try JournalRun.leftBehind(folder: folder).isEmpty, "it is ours now")
      try left.removeFirst().remove()
      #expect(try JournalRun.names(folder: folder) == [other.name])
    }
  }
}
