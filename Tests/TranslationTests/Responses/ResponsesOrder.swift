import HTTPWire
import JSON

/// The order that the events of a response must have.
enum ResponsesOrder {
  /// What is out of order in a stream, or nil.
  static func objection(_ bytes: [UInt8]) throws -> String? {
    var item: String?
    var part: String?
    var next: Int64 = 0
    var isOver = false
    for (number, event) in try events(bytes).enumerated() {
      let text = String(decoding: event.serialized(), as: UTF8.self)
      guard event["sequence_number"]?.integerValue == Int64(number) else { return "misnumbered: \(text)" }
      guard !isOver, let type = event["type"]?.stringValue else { return "behind the end: \(text)" }
      let index = event["output_index"]?.integerValue
      if index != nil, index != next { return "of another item: \(text)" }
      if let id = event["item_id"]?.stringValue, id != item { return "of another item: \(text)" }
      switch type {
      case "response.created": if number != 0 { return "late: \(text)" }
      case "response.in_progress": if number != 1 { return "late: \(text)" }
      case "response.output_item.added":
        if item != nil { return "an item is open: \(text)" }
        item = event["item"]?["id"]?.stringValue ?? ""
      case "response.output_item.done":
        if item == nil || part != nil { return "a part is open: \(text)" }
        item = nil
        next += 1
      case "response.content_part.added", "response.reasoning_summary_part.added":
        if item == nil || part != nil { return "a part is open: \(text)" }
        part = type
      case "response.content_part.done", "response.reasoning_summary_part.done":
        if part != type.replacing(".done", with: ".added") { return "no such part is open: \(text)" }
        part = nil
      case "response.completed", "response.incomplete", "response.failed":
        if item != nil { return "an item is open: \(text)" }
        if event["response"]?["output"]?.arrayValue?.count != Int(next) { return "items are missing: \(text)" }
        isOver = true
      default: if item == nil { return "no item is open: \(text)" }
      }
    }
    return isOver ? nil : "not complete"
  }

  /// The events of a stream, whose names are their types.
  static func events(_ bytes: [UInt8]) throws -> [JSONValue] {
    let parser = SSEParser(eventBytes: 1 << 20)
    var events: [JSONValue] = []
    try bytes.withUnsafeBytes {
      try parser.feed($0) { event in
        if event.data.elementsEqual("[DONE]".utf8) { return }
        let value = try JSONValue.parse(event.data)
        let name = event.event.map { String(decoding: $0, as: UTF8.self) }
        if name != value["type"]?.stringValue { throw JSONProblem("the event's name is not its type", at: 0) }
        events.append(value)
      }
    }
    return events
  }
}
