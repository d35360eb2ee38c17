/// Pictures and documents that must be fetched before a conversation can be said to a provider.
extension Conversation {
  /// The addresses among its pictures and documents, each once, for which `isNeeded` holds.
  package func addresses(where isNeeded: (MediaSource) -> Bool) -> [String] {
    var found: [String] = []
    var seen: Set<String> = []
    for message in messages {
      for part in message.parts { part.eachSource { note($0) } }
    }
    func note(_ source: MediaSource) {
      if case .url(let url) = source, isNeeded(source), seen.insert(url).inserted { found.append(url) }
    }
    return found
  }

  /// The same conversation with what was fetched in place of its addresses.
  package func replacing(_ fetched: [String: MediaSource]) -> Conversation {
    var copy = self
    for index in copy.messages.indices {
      copy.messages[index].parts = copy.messages[index].parts.map { $0.replacing(fetched) }
    }
    return copy
  }
}

extension Part {
  /// Calls `body` with every source in the part, those in a tool's result too.
  fileprivate func eachSource(_ body: (MediaSource) -> Void) {
    switch content {
    case .image(let image): body(image.source)
    case .file(let file): body(file.source)
    case .video(let source): body(source)
    case .toolResult(let result): for part in result.parts { part.eachSource(body) }
    default: break
    }
  }

  fileprivate func replacing(_ fetched: [String: MediaSource]) -> Part {
    func new(_ source: MediaSource) -> MediaSource {
      if case .url(let url) = source { fetched[url] ?? source } else { source }
    }
    var copy = self
    switch content {
    case .image(var image):
      image.source = new(image.source)
      copy.content = .image(image)
    case .file(var file):
      file.source = new(file.source)
      copy.content = .file(file)
    case .video(let source): copy.content = .video(new(source))
    case .toolResult(var result):
      result.parts = result.parts.map { $0.replacing(fetched) }
      copy.content = .toolResult(result)
    default: break
    }
    return copy
  }
}
