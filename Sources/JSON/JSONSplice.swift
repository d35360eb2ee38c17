import Core

/// Edits to a JSON text by byte range: everything that is not edited goes through as it was written, to the digit.
package struct JSONSplice {
  private struct Edit {
    var start: Int
    var end: Int
    var replacement: [UInt8]
  }

  private var edits: [Edit] = []

  /// No edits.
  package init() {}

  /// Whether nothing is changed.
  package var isEmpty: Bool { edits.isEmpty }

  /// Replaces the bytes from `start` up to `end`. Ranges must not overlap.
  package mutating func replace(_ start: Int, _ end: Int, with bytes: [UInt8]) {
    edits.append(Edit(start: start, end: end, replacement: bytes))
  }

  /// Replaces a value.
  package mutating func replace(_ span: JSONSpan, with bytes: [UInt8]) { replace(span.start, span.end, with: bytes) }

  /// Adds the edits of another splice of the same text.
  package mutating func add(_ other: JSONSplice) { edits += other.edits }

  /// Removes the bytes from `start` up to `end`.
  package mutating func remove(_ start: Int, _ end: Int) { replace(start, end, with: []) }

  /// Appends the edited `text` to `buffer`.
  package func apply(to text: UnsafeRawBufferPointer, into buffer: ByteBuffer) {
    var position = 0
    // An insertion stands before what is removed or replaced from the same place on.
    for edit in edits.count > 1 ? edits.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) : edits {
      buffer.append(UnsafeRawBufferPointer(rebasing: text[position..<edit.start]))
      buffer.append(edit.replacement)
      position = edit.end
    }
    buffer.append(UnsafeRawBufferPointer(rebasing: text[position...]))
  }
}

/// Where an object's members lie, in their order, so that some can be taken out together with the right comma.
package struct JSONMemberList {
  /// One member: from the first byte of its name to behind its value.
  package struct Member {
    /// First byte of the name's quote.
    package let start: Int
    /// Behind the value.
    package let end: Int
    /// Whether the member is to be removed.
    package var isRemoved: Bool
  }

  private var members: [Member] = []
  /// Whether any member is to be removed.
  package private(set) var hasRemovals = false

  /// No members.
  package init() { members.reserveCapacity(16) }

  /// How many members there are.
  package var count: Int { members.count }

  /// Notes the next member.
  package mutating func append(start: Int, end: Int, isRemoved: Bool) {
    members.append(Member(start: start, end: end, isRemoved: isRemoved))
    if isRemoved { hasRemovals = true }
  }

  /// Adds the removals to `splice`: a member goes with the comma before it, or, when nothing kept stands before it, with
  /// the one behind it.
  package func addRemovals(to splice: inout JSONSplice) {
    var hasKept = false
    for index in members.indices {
      let member = members[index]
      if !member.isRemoved {
        hasKept = true
      } else if hasKept {
        splice.remove(members[index - 1].end, member.end)
      } else {
        splice.remove(member.start, index + 1 < members.count ? members[index + 1].start : member.end)
      }
    }
  }
}
