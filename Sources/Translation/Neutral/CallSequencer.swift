import Core

/// Puts the calls of a stream one behind the other, for formats in which a call ends before the next one begins. A call
/// is complete when its arguments are a whole JSON value; pieces of a later one are held until then.
package struct CallSequencer {
  /// What the format is to write.
  package enum Step {
    case begin(position: Int64, ToolCallStart)
    case arguments(position: Int64, JSONText)
    case end(position: Int64)
  }

  private struct Held {
    var position: Int64
    var start: ToolCallStart
    var arguments = ByteBuffer()
  }

  private var open: Int64?
  private var progress = ArgumentsProgress()
  private var held: [Held] = []

  /// No calls yet.
  package init() {}

  /// Whether a call is open.
  package var isOpen: Bool { open != nil }

  /// A call begins.
  package mutating func begin(_ position: Int64, _ start: ToolCallStart, _ emit: (Step) -> Void) {
    if open != nil, !progress.isComplete || !held.isEmpty {
      held.append(Held(position: position, start: start))
      return
    }
    endOpen(emit)
    beginNow(position, start, emit)
  }

  /// More of a call's arguments.
  package mutating func arguments(_ position: Int64, _ text: JSONText, _ emit: (Step) -> Void) {
    if position == open {
      progress.take(text)
      emit(.arguments(position: position, text))
      if !held.isEmpty, progress.isComplete { advance(emit) }
    } else if let place = held.firstIndex(where: { $0.position == position }) {
      held[place].arguments.append(text)
    }
  }

  /// No more calls come, or something else is said: everything that was held is handed on.
  package mutating func flush(_ emit: (Step) -> Void) {
    endOpen(emit)
    let rest = held
    held = []
    for call in rest {
      write(call, emit)
      endOpen(emit)
    }
  }

  /// The open call is complete: the held ones follow, up to the first that is not.
  private mutating func advance(_ emit: (Step) -> Void) {
    while !held.isEmpty, progress.isComplete {
      endOpen(emit)
      write(held.removeFirst(), emit)
    }
  }

  private mutating func write(_ call: Held, _ emit: (Step) -> Void) {
    beginNow(call.position, call.start, emit)
    if call.arguments.isEmpty { return }
    let text = JSONText(inside: call.arguments.bytes)
    progress.take(text)
    emit(.arguments(position: call.position, text))
  }

  private mutating func beginNow(_ position: Int64, _ start: ToolCallStart, _ emit: (Step) -> Void) {
    open = position
    progress = ArgumentsProgress()
    emit(.begin(position: position, start))
  }

  private mutating func endOpen(_ emit: (Step) -> Void) {
    guard let position = open else { return }
    open = nil
    emit(.end(position: position))
  }
}

/// Whether JSON text that comes in pieces, as the inside of a JSON string, has reached its end. It counts brackets and
/// minds strings; nothing more is checked.
struct ArgumentsProgress {
  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  /// An escape of the outer string that the last piece ended in the middle of.
  private var hasOuterEscape = false
  private var outerDigits = 0

  /// Whether nothing is open. Also true before anything has come: a call may have no arguments.
  var isComplete: Bool { depth == 0 && !isInString }

  /// Takes the next piece.
  mutating func take(_ text: JSONText) {
    for byte in text.bytes {
      if outerDigits > 0 {
        // No bracket, quote or backslash is written by its number, but for hostile input, which only delays the end.
        outerDigits -= 1
      } else if hasOuterEscape {
        hasOuterEscape = false
        if byte == UInt8(ascii: "u") { outerDigits = 4 } else { takeInner(byte) }
      } else if byte == UInt8(ascii: "\\") {
        hasOuterEscape = true
      } else {
        takeInner(byte)
      }
    }
  }

  private mutating func takeInner(_ byte: UInt8) {
    if isInString {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
      }
      return
    }
    switch byte {
    case UInt8(ascii: "\""): isInString = true
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
    default: break
    }
  }
}
