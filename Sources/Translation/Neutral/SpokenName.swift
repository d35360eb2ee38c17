/// Speakers' names in formats that have no place for them.
extension Message {
  /// The turn as a format without names says it: the name of a user or of an instruction stands before what is said, as
  /// `name: content`. A model's turn loses it, as the model would go on in that form; that is noted.
  func spoken(noting dropped: inout DroppedFields) -> Message {
    guard let name, !name.isEmpty else { return self }
    var message = self
    message.name = nil
    guard role != .assistant, let place = parts.firstIndex(where: \.isSaid) else {
      dropped.note(.speakerName)
      return message
    }
    if case .text(var text) = parts[place].content {
      text.text = name + ": " + text.text
      message.parts[place].content = .text(text)
    } else {
      message.parts.insert(.text(name + ":"), at: place)
    }
    return message
  }
}

extension Part {
  /// Whether it is said by whose turn it is, rather than by a tool.
  fileprivate var isSaid: Bool {
    switch content {
    case .text, .image, .file, .audio, .video: true
    case .toolCall, .toolResult, .reasoning, .refusal, .native: false
    }
  }
}
