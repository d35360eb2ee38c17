import Core
import JSON

/// What of a broken stream has reached the caller, frozen when a rescue begins.
package struct DeliveredText: Sendable {
  /// Which text of the answer was under way.
  package enum Part: Sendable {
    /// Neither reasoning nor answer: at most the role.
    case nothing
    /// Reasoning, and nothing of the answer yet.
    case reasoning
    /// The answer itself; reasoning may have come before it.
    case content
  }

  /// Which text was under way.
  package let part: Part
  /// The text as the inside of a JSON string, as its providers wrote it.
  let json: [UInt8]
  /// The text by UTF-16 code units, in which it is compared.
  let units: [UInt16]

  init(part: Part, json: UnsafeRawBufferPointer) {
    self.part = part
    self.json = Array(json)
    units = JSONTextUnits.all(json)
  }

  /// Size of the text in UTF-8. Unit: bytes. Half a surrogate pair counts as two.
  package var byteCount: Int {
    units.reduce(0) { $0 + ($1 < 0x80 ? 1 : $1 < 0x800 || $1 & 0xF800 == 0xD800 ? 2 : 3) }
  }

  /// Whether half a surrogate pair stands alone in it, which cannot be sent to a provider.
  var hasLoneSurrogate: Bool {
    var expectsLow = false
    for unit in units {
      if (unit & 0xFC00 == 0xDC00) != expectsLow { return true }
      expectsLow = unit & 0xFC00 == 0xD800
    }
    return expectsLow
  }

  /// How many units of white space it ends with.
  var trailingSpace: Int { units.reversed().prefix { $0 == 32 || 9...13 ~= $0 }.count }
}

extension [UInt16] {
  /// Whether it is a shorter text written twice or more: then what follows may begin like it without being an echo.
  var isRepetition: Bool {
    var left = count
    var divisor = 2
    while left > 1 {
      if divisor * divisor > left { divisor = left }
      if left.isMultiple(of: divisor) {
        let period = count / divisor
        if self[period...].elementsEqual(self[..<(count - period)]) { return true }
        while left.isMultiple(of: divisor) { left /= divisor }
      }
      divisor += 1
    }
    return false
  }
}
