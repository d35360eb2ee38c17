import Core

/// A conversation as one number, under the process's own random seed.
struct ConversationHash: Sendable {
  /// Of whom and what.
  private let value: UInt64
  /// Whether a session id was given.
  let isExplicit: Bool

  /// The first of session id, prompt cache key and opening messages that is there; nil when none is.
  init?(_ conversation: RoutingRequest.Conversation, opening: () -> UInt64?) {
    var hasher = Hasher()
    hasher.combine(conversation.scope)
    if let id = conversation.sessionID, !id.isEmpty {
      hasher.combine(0)
      hasher.combine(id)
      isExplicit = true
    } else {
      isExplicit = false
      if let key = conversation.promptCacheKey, !key.isEmpty {
        hasher.combine(1)
        hasher.combine(key)
      } else if let hash = opening() {
        hasher.combine(2)
        hasher.combine(hash)
      } else {
        return nil
      }
    }
    value = UInt64(bitPattern: Int64(hasher.finalize()))
  }

  /// The key of this conversation with a model.
  func key(model: String) -> StickyKey {
    var hasher = Hasher()
    hasher.combine(value)
    hasher.combine(model)
    return StickyKey(value: UInt64(bitPattern: Int64(hasher.finalize())), isExplicit: isExplicit)
  }
}
