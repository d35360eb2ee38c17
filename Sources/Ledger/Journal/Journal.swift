import Core
import Glibc
import Synchronization

/// How far a journal has been written, for whoever reads along on another thread.
package final class JournalProgress: Sendable {
  /// The file's number in the upper 24 bits, the offset in the lower 40.
  private let packed = Atomic<UInt64>(0)

  /// The file and the offset in it up to which everything is written.
  package var position: JournalPosition {
    let value = packed.load(ordering: .acquiring)
    return JournalPosition(number: Int64(value >> 40), offset: Int64(value & (1 << 40 - 1)))
  }

  fileprivate func set(number: Int64, offset: Int) {
    packed.store(UInt64(number) << 40 | UInt64(offset), ordering: .releasing)
  }
}

/// A place in a loop's journal.
package struct JournalPosition: Sendable, Hashable, Comparable {
  /// The number of the file.
  package var number: Int64
  /// The offset in it. Unit: bytes.
  package var offset: Int64

  /// A place.
  package init(number: Int64, offset: Int64) {
    self.number = number
    self.offset = offset
  }

  /// Orders places as they were written.
  package static func < (a: JournalPosition, b: JournalPosition) -> Bool { (a.number, a.offset) < (b.number, b.offset) }
}

/// The journal of one loop: openings and endings, one after the other, in files of a bounded size. Belongs to its loop;
/// only `progress` and `descriptor` are for others. A record that `flush` has returned for survives the end of the process.
///
/// `stage…` puts a record into the buffer, `flush` writes the buffer with one call. A loop that flushes at the end of its
/// turn, before it hands anything to its sockets and before it dispatches, keeps the promise of the books: the opening is
/// written before a provider hears of the request, the ending before the caller has the last byte.
package final class Journal {
  /// A file is followed by the next one when it is longer. Unit: bytes.
  package static let fileLimit = 32 << 20
  /// The same for files that are used again: what a busy loop writes between two folds has room in one, and two are soon
  /// there. Unit: bytes.
  package static let reusedFileLimit = 2 << 20

  private let folder: String
  private let run: String
  private let loop: Int
  private let fileLimit: Int
  private let reusesFiles: Bool
  private let buffer = RecordBuffer(capacity: 32 * 1024)
  private var file: JournalFile
  /// Where the checksums of the file's frames begin.
  private var salt: UInt32
  private var number: Int64 = 1
  private var openRequests = 0
  private var stagedOpenings = 0
  private var stagedEndings = 0
  /// Why the last new file could not be begun, for the loop to report; nil when it could.
  package private(set) var rotationFailure: SystemFailure?
  /// How far it has been written; safe from any thread.
  package let progress = JournalProgress()

  /// Starts the journal of a loop with its first file in `folder`, which exists. `reusesFiles`: whether a file that a fold
  /// has left for it is written again, which a cut of power may undo. Throws when the file cannot be made or the disk has no
  /// room.
  package init(
    folder: String, run: String, loop: Int, fileLimit: Int? = nil, reusesFiles: Bool = false
  ) throws(SystemFailure) {
    self.folder = folder
    self.run = run
    self.loop = loop
    self.fileLimit = fileLimit ?? (reusesFiles ? Journal.reusedFileLimit : Journal.fileLimit)
    self.reusesFiles = reusesFiles
    let header = JournalHeader(run: run, loop: Int64(loop), number: 1)
    (file, salt) = try Journal.makeFile(folder: folder, header, openRequests: 0)
    progress.set(number: 1, offset: file.offset)
  }

  /// The name of a file in the folder of its run.
  package static func fileName(loop: Int, number: Int64) -> String { "\(loop)-\(number).journal" }

  /// The name under which a fold leaves a file of a loop to be written again.
  package static func spareName(loop: Int) -> String { "\(loop).spare" }

  /// The name of such a file while it is made ready.
  static func claimedName(loop: Int) -> String { "\(loop).claimed" }

  /// Requests whose opening is written and whose ending is not.
  package var openCount: Int { openRequests }

  /// The descriptor of the current file, for `JournalSync`; valid until the next `stage` or `flush`.
  package var descriptor: Int32 { file.descriptor }

  /// Puts an opening into the buffer and sets aside the space for it and for its ending. Throws, and leaves everything as
  /// it was, when the disk has no room: nothing has been sent anywhere yet, so the request is refused with a 503.
  package func stage(_ opening: borrowing Opening) throws(SystemFailure) {
    if file.offset + buffer.count > fileLimit, buffer.count == 0 { rotate() }
    let start = JournalFrame.begin(.opening, version: Opening.version, in: buffer)
    opening.write(to: buffer)
    JournalFrame.end(start, in: buffer, salt: salt)
    do throws(SystemFailure) {
      try file.reserve(upTo: file.offset + buffer.count + (openRequests + 1) * Journal.endingSpace)
    } catch {
      buffer.truncate(start)
      throw error
    }
    openRequests += 1
    stagedOpenings += 1
  }

  /// Puts the ending of a request into the buffer, once for each opening; its space was set aside.
  package func stage(_ ending: borrowing EndingDraft, of id: String) {
    let start = beginEnding(of: id)
    ending.write(to: buffer)
    endEnding(start)
  }

  /// Like the above, for an ending that is there as a whole.
  package func stage(_ ending: Ending, of id: String) {
    let start = beginEnding(of: id)
    ending.write(to: buffer)
    endEnding(start)
  }

  private func beginEnding(of id: String) -> Int {
    precondition(openRequests > 0, "every ending has an opening")
    let start = JournalFrame.begin(.ending, version: Ending.version, in: buffer)
    buffer.text(id, limit: RecordLimits.name)
    return start
  }

  private func endEnding(_ start: Int) {
    JournalFrame.end(start, in: buffer, salt: salt)
    openRequests -= 1
    stagedEndings += 1
  }

  /// Writes what is staged with one call. When it throws, nothing of it is written and the buffer is empty: requests whose
  /// opening was in it must be refused, answers whose ending was in it must not be finished: each such ending is staged
  /// again, or given up with `abandon`. The next try may succeed.
  package func flush() throws(SystemFailure) {
    guard buffer.count > 0 else { return }
    defer {
      buffer.truncate(0)
      stagedOpenings = 0
      stagedEndings = 0
    }
    do throws(SystemFailure) {
      try file.write(buffer.bytes)
      progress.set(number: number, offset: file.offset)
    } catch {
      openRequests += stagedEndings - stagedOpenings
      throw error
    }
  }

  /// Gives up the ending of a request whose ending could not be written; it becomes `unknown` at the next start.
  package func abandon() {
    precondition(openRequests > 0, "only what is open can be given up")
    openRequests -= 1
  }

  /// `stage` and `flush` of an opening.
  package func append(_ opening: Opening) throws(SystemFailure) {
    try stage(opening)
    try flush()
  }

  /// `stage` and `flush` of an ending.
  package func append(_ ending: Ending, of id: String) throws(SystemFailure) {
    stage(ending, of: id)
    try flush()
  }

  /// Goes on in a new file: what is behind may be lost after a failed flush to the disk.
  package func beginNewFile() { rotate() }

  /// Gives unused space back, at the end of the run.
  package func close() { file.trim() }

  /// Bytes set aside for the ending of an open request.
  private static let endingSpace = RecordLimits.ending + JournalFrame.headerSize

  /// Goes on in a new file; when none can be made, in the old one.
  private func rotate() {
    let header = JournalHeader(run: run, loop: Int64(loop), number: number + 1)
    do throws(SystemFailure) {
      let spare = spareFile(header)
      let next =
        if let spare { spare } else {
          try Journal.makeFile(folder: folder, header, openRequests: openRequests)
        }
      file.trim()
      (file, salt) = next
      number += 1
      rotationFailure = nil
      progress.set(number: number, offset: file.offset)
    } catch {
      rotationFailure = error
    }
  }

  /// The file that a fold has left, with a new header and under its new name; nil when there is none or it is of no use. Made
  /// ready under a name of its own, so that neither a fold nor a later start takes it for what it was.
  private func spareFile(_ header: JournalHeader) -> (JournalFile, UInt32)? {
    guard reusesFiles else { return nil }
    let claimed = folder + "/" + Journal.claimedName(loop: loop)
    guard rename(folder + "/" + Journal.spareName(loop: loop), claimed) == 0 else { return nil }
    do throws(SystemFailure) {
      let file = try JournalFile(using: claimed)
      let salt = try Journal.begin(file, header, openRequests: openRequests)
      try file.move(to: folder + "/" + Journal.fileName(loop: loop, number: header.number))
      return (file, salt)
    } catch {
      unlink(claimed)
      return nil
    }
  }

  private static func makeFile(
    folder: String, _ header: JournalHeader, openRequests: Int
  ) throws(SystemFailure) -> (JournalFile, UInt32) {
    let path = folder + "/" + fileName(loop: Int(header.loop), number: header.number)
    let file = try JournalFile(making: path)
    do throws(SystemFailure) {
      return (file, try begin(file, header, openRequests: openRequests))
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Writes the header of a file; returns where the checksums of its frames begin.
  private static func begin(
    _ file: JournalFile, _ header: JournalHeader, openRequests: Int
  ) throws(SystemFailure) -> UInt32 {
    let buffer = RecordBuffer(capacity: 256)
    let start = JournalFrame.begin(.header, version: JournalHeader.version, in: buffer)
    header.write(to: buffer)
    JournalFrame.end(start, in: buffer, salt: 0)
    try file.reserve(upTo: buffer.count + (openRequests + 1) * endingSpace)
    try file.write(buffer.bytes)
    return JournalHeader.salt(UnsafeRawBufferPointer(rebasing: buffer.bytes[JournalFrame.headerSize...]))
  }
}
