/// Pictures, documents and the like in turns of the model. Anthropic and Bedrock take them from users only: they go on at
/// the beginning of the user's next turn.
struct MovedMedia {
  private var waiting: [Part] = []

  /// The parts that may stand in a message: without its media, or with those of the turn before it.
  mutating func parts(of message: Message) -> [Part] {
    if message.role == .assistant {
      waiting += message.parts.filter(\.isMedia)
      return message.parts.filter { !$0.isMedia }
    }
    defer { waiting = [] }
    return waiting + message.parts
  }

  /// Names what no turn has followed.
  func noteRest(in dropped: inout DroppedFields) {
    for part in waiting {
      switch part.content {
      case .image: dropped.note(.image)
      case .file: dropped.note(.file)
      case .audio: dropped.note(.audio)
      case .video: dropped.note(.video)
      default: break
      }
    }
  }
}

extension Part {
  /// Whether it is a picture, a document, a film or sound.
  fileprivate var isMedia: Bool {
    switch content {
    case .image, .file, .audio, .video: true
    default: false
    }
  }
}
