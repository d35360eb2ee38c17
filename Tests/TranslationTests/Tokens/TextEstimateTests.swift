import Core
import JSON
import Testing

@testable import Translation

@Suite struct TextEstimateTests {
  /// Docs/tokens.md states these. Unit: share of the real count.
  private static let bound = 0.30
  private static let closerBound = 0.20
  private static let close = [
    "en", "de", "fr", "es", "pt", "it", "nl", "ru", "uk", "el", "ar", "he", "hi", "ja", "ko", "zh", "th", "vi", "emoji",
    "swift", "python", "c", "shell", "json", "schema", "markdown", "numbers", "base64", "hex",
  ]

  @Test func `every language and kind is estimated within the stated bound for every tokenizer`() throws {
    let recorded = try RecordedCounts.all()
    #expect(recorded.count >= 33)
    for row in recorded {
      #expect(row.tokens.count == 9, "\(row.name)")
      for (family, real) in row.tokens {
        let error = family.tokens(of: row.shape) / real - 1
        let bound = Self.close.contains(row.name) ? Self.closerBound : Self.bound
        #expect(abs(error) <= bound, "\(row.name) by \(family): \(error)")
      }
    }
  }

  @Test func `the mean error over all texts and tokenizers is below a tenth`() throws {
    let errors = try RecordedCounts.all().flatMap { row in
      row.tokens.map { family, real in abs(family.tokens(of: row.shape) / real - 1) }
    }
    #expect(errors.reduce(0, +) / Double(errors.count) < 0.1)
  }

  @Test func `an estimate is better than a quarter of the bytes`() throws {
    for family in TokenFamily.allCases where TokenWeights.measured[family] != nil {
      var estimated = 0.0
      var quarter = 0.0
      for row in try RecordedCounts.all() {
        let real = try #require(row.tokens[family])
        estimated += abs(family.tokens(of: row.shape) / real - 1)
        quarter += abs(Double(row.bytes) / 4 / real - 1)
      }
      #expect(estimated < quarter / 2, "\(family)")
    }
  }

  @Test func `the shape of a text is the one that the weights were fitted to`() throws {
    for row in try RecordedCounts.all() {
      let shape = row.shape
      #expect(shape.bytes == row.bytes, "\(row.name)")
      for feature in TextFeature.allCases {
        #expect(abs(shape[feature] - (row.features["\(feature)"] ?? 0)) < 1e-3, "\(row.name): \(feature)")
      }
    }
  }

  @Test func `every weight belongs to a feature`() {
    for (family, weights) in TokenWeights.measured {
      #expect(weights.count == TextFeature.allCases.count, "\(family)")
    }
  }

  @Test func `escapes of JSON count as what they mean`() throws {
    for row in try RecordedCounts.all() {
      var escaped = TextShape()
      let document = JSONValue.string(row.text).serialized()
      document.withUnsafeBytes { escaped.add(insideJSON: UnsafeRawBufferPointer(rebasing: $0.dropFirst().dropLast())) }
      for feature in TextFeature.allCases {
        #expect(abs(escaped[feature] - row.shape[feature]) < 1e-9, "\(row.name): \(feature)")
      }
    }
    var numbered = TextShape()
    Array(#"\u041f\u0440\u0438 \ud83d\ude00 caf\u00E9"#.utf8).withUnsafeBytes { numbered.add(insideJSON: $0) }
    #expect(numbered[.cyrillicLetters] == 3)
    #expect(numbered[.emoji] == 1)
    #expect(numbered[.accents] == 1)
  }

  @Test func `broken text is counted to its end`() {
    let broken: [[UInt8]] = [
      [0xFF], [0xE4, 0xBD], [0xC0, 0x80], [0xF5, 0x80, 0x80, 0x80], Array(#"\"#.utf8), Array(#"\u12"#.utf8),
    ]
    for bytes in broken {
      for text in [bytes, bytes + Array(" end".utf8)] {
        var plain = TextShape()
        var inside = TextShape()
        text.withUnsafeBytes {
          plain.add($0)
          inside.add(insideJSON: $0)
        }
        #expect(TokenFamily.other.tokens(of: plain) >= 0)
        #expect(plain.bytes == text.count && inside.bytes == text.count)
        if text.count > bytes.count { #expect(plain[.words] == 1 && inside[.words] == 1, "\(bytes)") }
      }
    }
  }

  @Test(arguments: [
    ("openai/gpt-4o", TokenFamily.o200k), ("gpt-4-turbo", .cl100k), ("openai/gpt-4.1-mini", .o200k),
    ("openai/o3", .o200k),
    ("anthropic/claude-sonnet-4.5", .claude), ("claude-opus-4-7-20260416", .claude47),
    ("anthropic/claude-opus-5", .claude47),
    ("claude-3-5-sonnet-20241022", .claude), ("claude-sonnet-4-20250514", .claude), ("claude-2.1", .claude2),
    ("google/gemini-2.5-pro", .gemini), ("meta-llama/llama-3.3-70b-instruct", .llama3),
    ("meta-llama/llama-4-scout", .llama4), ("deepseek/deepseek-r1-distill-llama-70b", .deepseek),
    ("qwen/qwen3-32b", .qwen),
    ("mistralai/mistral-7b-instruct", .mistral), ("mistralai/mistral-large", .tekken), ("x-ai/grok-4", .other),
    ("", .other),
  ])
  func `a model's family follows from its id`(model: String, family: TokenFamily) {
    #expect(TokenFamily(model: model) == family)
  }

  @Test func `an answer known by its length is counted by the family's bytes per token`() {
    #expect(TokenEstimate.completion(bytes: 0, model: "openai/gpt-4o") == 0)
    #expect(TokenEstimate.completion(bytes: 1, model: "openai/gpt-4o") == 1)
    for family in TokenFamily.allCases { #expect((2.0...6.0).contains(family.bytesPerToken), "\(family)") }
  }
}
