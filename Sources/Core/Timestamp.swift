/// Formats instants of the wall clock without locale or allocation-heavy formatters.
package enum Timestamp {
  /// `2026-11-20T17:55:48.123Z` for milliseconds since 1970.
  package static func iso8601(milliseconds: Int64) -> String {
    let t = civil(seconds: milliseconds.floorDivided(by: 1000))
    let ms = milliseconds - milliseconds.floorDivided(by: 1000) * 1000
    return "\(t.year)-\(two(t.month))-\(two(t.day))T\(two(t.hour)):\(two(t.minute)):\(two(t.second)).\(three(Int(ms)))Z"
  }

  /// `Fri, 20 Nov 2026 17:55:48 GMT` for seconds since 1970 (RFC 9110 section 5.6.7, IMF-fixdate).
  package static func imfFixdate(seconds: Int64) -> String {
    let t = civil(seconds: seconds)
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let day = days[Int((t.dayNumber % 7 + 7) % 7)]
    return "\(day), \(two(t.day)) \(months[t.month - 1]) \(t.year) \(two(t.hour)):\(two(t.minute)):\(two(t.second)) GMT"
  }

  /// Seconds since 1970 of a date written as IMF-fixdate; nil for anything else.
  package static func seconds(imfFixdate text: String) -> Int64? {
    let parts = text.split(separator: " ")
    guard parts.count == 6, parts[5] == "GMT", let day = Int64(parts[1]), let year = Int64(parts[3]) else { return nil }
    let months: [Substring] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let clock = parts[4].split(separator: ":").compactMap { Int64($0) }
    guard let month = months.firstIndex(of: parts[2]), clock.count == 3, (1...31).contains(day),
      (1970...9999).contains(year), (0...23).contains(clock[0]), (0...59).contains(clock[1]),
      (0...60).contains(clock[2])
    else { return nil }
    let shiftedYear = month < 2 ? year - 1 : year
    let era = shiftedYear / 400
    let yearOfEra = shiftedYear - era * 400
    let shiftedMonth = Int64(month < 2 ? month + 10 : month - 2)
    let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let dayNumber = era * 146_097 + dayOfEra - 719_468
    return dayNumber * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
  }

  private struct Civil {
    var year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, dayNumber: Int64
  }

  /// Days to a date in the proleptic Gregorian calendar, counted in eras of 400 years that begin on 1 March.
  private static func civil(seconds: Int64) -> Civil {
    let dayNumber = seconds.floorDivided(by: 86_400)
    let second = Int(seconds - dayNumber * 86_400)
    let shifted = dayNumber + 719_468
    let era = shifted.floorDivided(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = Int(monthIndex < 10 ? monthIndex + 3 : monthIndex - 9)
    return Civil(
      year: Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), month: month,
      day: Int(dayOfYear - (153 * monthIndex + 2) / 5 + 1), hour: second / 3600, minute: second / 60 % 60,
      second: second % 60, dayNumber: dayNumber)
  }

  private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
  private static func three(_ value: Int) -> String { value < 100 ? "0" + two(value) : "\(value)" }
}

extension Int64 {
  /// The quotient rounded towards negative infinity.
  fileprivate func floorDivided(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
