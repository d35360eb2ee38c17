/// Days of the calendar in UTC, counted from 1970-01-01, which is day 0.
package enum UTCDay {
  /// Seconds of a day; leap seconds do not exist in this count.
  package static let seconds: Int64 = 86_400

  /// The day of an instant in seconds since 1970.
  package static func of(seconds: Int64) -> Int64 { floor(seconds, UTCDay.seconds) }

  /// The day of an instant in milliseconds since 1970.
  package static func of(milliseconds: Int64) -> Int64 { floor(milliseconds, UTCDay.seconds * 1000) }

  /// The Monday on or before a day; 1970-01-01 was a Thursday.
  package static func monday(of day: Int64) -> Int64 { day - ((day + 3) % 7 + 7) % 7 }

  /// The first day of a day's month.
  package static func firstOfMonth(of day: Int64) -> Int64 { day - Int64(civil(day).day) + 1 }

  /// The first day of the month after a day's month.
  package static func firstOfNextMonth(of day: Int64) -> Int64 {
    firstOfMonth(of: firstOfMonth(of: day) + 31)
  }

  /// `2026-11-20`.
  package static func text(_ day: Int64) -> String {
    let date = civil(day)
    return "\(date.year)-\(date.month < 10 ? "0" : "")\(date.month)-\(date.day < 10 ? "0" : "")\(date.day)"
  }

  /// The day written as `YYYY-MM-DD`; nil for anything else and for days that do not exist.
  package static func parse(_ text: some StringProtocol) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return nil }
    func number(_ range: Range<Int>) -> Int64? {
      bytes[range].reduce(0) { value, byte in
        guard let value, byte >= 48, byte <= 57 else { return nil }
        return value * 10 + Int64(byte - 48)
      }
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), (1...12).contains(month),
      year >= 1970
    else { return nil }
    let shiftedYear = month <= 2 ? year - 1 : year
    let yearOfEra = shiftedYear % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let number = shiftedYear / 400 * 146_097 + dayOfEra - 719_468
    return day >= 1 && UTCDay.text(number) == String(text) ? number : nil
  }

  /// A date in the proleptic Gregorian calendar, counted in eras of 400 years that begin on 1 March.
  private static func civil(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = day + 719_468
    let era = floor(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let calendarMonth = month < 10 ? month + 3 : month - 9
    return (
      yearOfEra + era * 400 + (calendarMonth <= 2 ? 1 : 0), calendarMonth, dayOfYear - (153 * month + 2) / 5 + 1
    )
  }

  private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }
}
