/// What an address in a conversation leads to.
package enum MediaKind: Sendable {
  case image, file, video
}

/// Pictures and documents that must be fetched before a conversation can be said to a provider.
extension Conversation {
  /// The addresses among its pictures and documents, each once, for which `isNeeded` holds.
  package func addresses(where isNeeded: (MediaKind, String) -> Bool) -> [String] {
    var found: [String] = []
    var seen: Set<String> = []
    for message in messages {
      for part in message.parts { part.eachSource { note($0, $1) } }
    }
    func note(_ kind: MediaKind, _ source: MediaSource) {
      if case .url(let url) = source, isNeeded(kind, url), seen.insert(url).inserted { found.append(url) }
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
  fileprivate func eachSource(_ body: (MediaKind, MediaSource) -> Void) {
    switch content {
    case .image(let image): body(.image, image.source)
    case .file(let file): body(.file, file.source)
    case .video(let source): body(.video, source)
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
