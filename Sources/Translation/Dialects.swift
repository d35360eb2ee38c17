/// The dialects there are: the only list of them. A new one is a folder of this module and a line here.
package enum Dialects {
  /// How providers are spoken to, by the word that `dialect` has in the configuration.
  private static let providers: [String: any ProviderDialect] = [
    "openai": OpenAIChatDialect(), "anthropic": AnthropicDialect(),
  ]

  /// How callers are spoken to that do not speak OpenAI's chat format.
  private static let callers: [WireFormat: any CallerDialect] = [.anthropic: AnthropicCaller()]

  /// The dialect of a provider whose configuration says `name`; nil for one that this build does not speak.
  package static func provider(_ name: String) -> (any ProviderDialect)? { providers[name] }

  /// The dialect of callers of a format; nil for OpenAI's chat format, which the rooms speak themselves.
  package static func caller(_ format: WireFormat) -> (any CallerDialect)? { callers[format] }
}
