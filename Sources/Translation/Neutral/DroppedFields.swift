/// The fields of a request that had no equivalent in the provider's dialect, each once, in the order they were met.
package struct DroppedFields: Sendable, Equatable {
  /// The fields.
  package private(set) var fields: [RequestField] = []

  /// Nothing dropped.
  package init() {}

  /// Whether everything had an equivalent.
  package var isEmpty: Bool { fields.isEmpty }

  /// Notes a field.
  package mutating func note(_ field: RequestField) {
    // A request has few of them; those of a hostile one end with the limit on its members.
    if fields.count < DroppedFields.limit, !fields.contains(field) { fields.append(field) }
  }

  /// Notes a field where it is given.
  package mutating func note<Value>(_ field: RequestField, where value: Value?) {
    if value != nil { note(field) }
  }

  /// Notes members that no other dialect knows.
  package mutating func note(_ members: [Member]) {
    for member in members { note(.other(member.name)) }
  }

  /// What `x-patchbay-dropped` says: the caller's names, with a comma and a blank between them; nil when nothing was
  /// dropped. Names come from requests: what may not stand in a header's value is replaced.
  package func header(_ name: (RequestField) -> String) -> String? {
    if fields.isEmpty { return nil }
    var text = ""
    for field in fields {
      let plain = name(field).utf8.prefix(DroppedFields.nameLimit).map { byte in
        byte > 32 && byte < 127 && byte != 44 ? byte : UInt8(ascii: "?")
      }
      let next = (text.isEmpty ? "" : ", ") + String(decoding: plain, as: UTF8.self)
      if text.utf8.count + next.utf8.count > DroppedFields.textLimit { return text + ", ..." }
      text += next
    }
    return text
  }

  /// Longest name that is told, and all of them together; what is longer helps nobody, and a long header line keeps clients
  /// from reading the answer. Unit: bytes.
  private static let nameLimit = 64
  private static let textLimit = 1024

  /// Most fields that are told.
  private static let limit = 64
}
