import Core
import JSON
import Ledger

extension JSONValue {
  /// An amount in USD as an exact decimal number.
  package static func usd(_ amount: Money) -> JSONValue { .number(amount.dollars) }

  /// An amount that may be missing.
  package static func usd(ifAny amount: Money?) -> JSONValue { amount.map(JSONValue.usd) ?? .null }

  /// A text that may be missing.
  package static func text(ifAny text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }

  /// A number that may be missing.
  package static func number(ifAny value: Int64?) -> JSONValue { value.map { .integer($0) } ?? .null }

  /// An instant as ISO 8601 in UTC. Unit: seconds since 1970.
  package static func instant(_ seconds: Int64) -> JSONValue {
    .string(Timestamp.iso8601(milliseconds: seconds * 1000))
  }

  /// An instant that may be missing. Unit: seconds since 1970.
  package static func instant(ifAny seconds: Int64?) -> JSONValue { seconds.map(JSONValue.instant) ?? .null }
}
