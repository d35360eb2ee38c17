/// Who a chat request in OpenAI's format is written for.
package enum OpenAIChatStyle: Sendable {
  /// The gateway's own rooms: everything a conversation holds, the gateway's members included, in OpenRouter's forms.
  case full
  /// A provider: what its interface knows, the rest dropped and named.
  case provider(ProviderTarget)

  /// The provider, when it is for one.
  var target: ProviderTarget? {
    if case .provider(let target) = self { target } else { nil }
  }

  /// Whether it is for the rooms.
  var isFull: Bool { target == nil }

  /// Whether parts of reasoning may be given back: providers that list reasoning take them or pass over them.
  var takesReasoning: Bool { target.map { $0.lists("reasoning") || $0.lists("include_reasoning") } ?? true }
}
