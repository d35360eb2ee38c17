/// Counts the tokens of a prompt in the order in which its provider reads it, and marks the places up to which the caller
/// wants it cached.
struct PromptMeter {
  /// A place up to which the prompt is to be cached.
  struct Mark {
    /// Stands for all that was read before.
    let digest: UInt64
    /// Tokens before it.
    let tokens: Int
  }

  /// Tokens so far.
  private(set) var tokens = 0
  /// The marks so far.
  private(set) var marks: [Mark] = []
  private var digest: UInt64

  /// A meter at the beginning of a prompt. Caches of different models and providers know nothing of each other.
  init(dialect: String, model: String) {
    var generator = SeededGenerator(text: dialect + " " + model)
    digest = generator.next()
  }

  /// Reads on.
  mutating func add(_ text: String) {
    tokens += Tokens.count(text)
    var generator = SeededGenerator(text: text, seed: digest)
    digest = generator.next()
  }

  /// Marks the place. Marks at one place are one.
  mutating func mark() {
    if marks.last?.digest != digest { marks.append(Mark(digest: digest, tokens: tokens)) }
  }
}
