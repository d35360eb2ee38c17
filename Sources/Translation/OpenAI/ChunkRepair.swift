import JSON

/// What is set right in a chunk or a whole answer whose bytes cannot go through as they are. Rare: the document is built
/// anew, with its members in their order and its numbers as they were written.
struct ChunkRepair {
  /// What is wrong with it.
  struct Needs: OptionSet {
    let rawValue: UInt8
    /// `object` is empty or `created` is 0, as in Azure's first chunk, which strict clients refuse.
    static let frame = Needs(rawValue: 1)
    /// A choice without a delta, as Azure's filters send.
    static let delta = Needs(rawValue: 2)
    /// A finish reason in a provider's own words (reference section 2.7).
    static let finish = Needs(rawValue: 4)
    /// Reasoning that the caller has asked to be left out.
    static let reasoning = Needs(rawValue: 8)
  }

  /// What the frame is given: `object`, and `created` where it is known.
  let object: String
  let created: Int64
  let needs: Needs

  /// The repaired text; nil when it is no object.
  func repaired(_ data: UnsafeRawBufferPointer) -> [UInt8]? {
    guard let members = try? JSONValue.parse(data).objectValue else { return nil }
    let repaired = members.map { member -> (key: String, value: JSONValue) in
      switch member.key {
      case "object" where needs.contains(.frame) && member.value.stringValue == "": ("object", .string(object))
      case "created" where needs.contains(.frame) && member.value.integerValue == 0: ("created", .integer(created))
      case "choices": ("choices", .array((member.value.arrayValue ?? []).map(choice)))
      default: member
      }
    }
    return JSONValue.object(repaired).serialized()
  }

  private func choice(_ value: JSONValue) -> JSONValue {
    guard let members = value.objectValue else { return value }
    var repaired: [(key: String, value: JSONValue)] = []
    for (key, value) in members {
      if key == "finish_reason", needs.contains(.finish), let word = value.stringValue, !word.isEmpty {
        repaired.append((key, .string(FinishReason(openAI: word, native: nil).kind.rawValue)))
        repaired.append(("native_finish_reason", value))
      } else if key == "delta" || key == "message", needs.contains(.reasoning), let said = value.objectValue {
        repaired.append((key, .object(said.filter { !ChunkRepair.reasoning.contains($0.key) })))
      } else if key != "native_finish_reason" || !needs.contains(.finish) {
        repaired.append((key, value))
      }
    }
    if needs.contains(.delta), !members.contains(where: { $0.key == "delta" }) {
      repaired.append(("delta", .object([])))
    }
    return .object(repaired)
  }

  private static let reasoning: Set<String> = ["reasoning", "reasoning_content", "reasoning_details"]
}
