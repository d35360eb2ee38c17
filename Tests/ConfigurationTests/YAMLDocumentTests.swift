import Configuration
import Testing

@Suite("YAMLDocument")
struct YAMLDocumentTests {
  @Test("Scalars, sequences and mappings keep their texts, quotes and places")
  func reads() throws {
    let document = YAMLDocument.parse("a: 1\nb:\n  - x\n  - \"2\"\nc: {d: 'e'}\n")
    #expect(document.problems.isEmpty)
    let root = try #require(document.root)
    guard case .mapping(let members) = root.content, case .sequence(let items)? = root.member("b")?.content else {
      Issue.record("expected a mapping with a sequence in it")
      return
    }
    #expect(members.map(\.key) == ["a", "b", "c"])
    guard case .scalar("1", isQuoted: false)? = root.member("a")?.content,
      case .scalar("2", isQuoted: true) = items[1].content,
      case .scalar("e", isQuoted: true)? = root.member("c")?.member("d")?.content
    else {
      Issue.record("texts or quotes were lost")
      return
    }
    #expect(items[1].position == SourcePosition(line: 4, column: 5))
  }

  @Test(
    "An empty text, comments alone, and an empty document have no root or a null one",
    arguments: ["", "# x\n", "---\n"])
  func readsNothing(text: String) {
    let document = YAMLDocument.parse(text)
    #expect(document.problems.isEmpty)
    #expect(document.root?.isNull ?? true)
  }

  struct Flaw: Sendable, CustomTestStringConvertible {
    let text: String
    let place: String
    let words: String
    var testDescription: String { words }
  }

  static let flaws: [Flaw] = [
    Flaw(text: "a: 1\nb: 2\na: 3\n", place: "3:1", words: "'a' is already set in line 1"),
    Flaw(text: "a: &x 1\n", place: "1:4", words: "anchors (&name) are not accepted"),
    Flaw(text: "a: *x\n", place: "1:4", words: "aliases (*name) are not accepted"),
    Flaw(text: "a: !!str 1\n", place: "1:4", words: "tags (!name) are not accepted"),
    Flaw(text: "a: [1\n", place: "2:1", words: "the YAML is broken"),
    Flaw(text: "a: 1\n  b: 2\n", place: "2:4", words: "the YAML is broken"),
    Flaw(text: "\ta: 1\n", place: "1:1", words: "the YAML is broken"),
    Flaw(text: "[a]: 1\n", place: "1:1", words: "a key must be a plain word"),
    Flaw(text: "a: 1\n---\nb: 2\n", place: "2:1", words: "a second document begins here"),
    Flaw(text: String(repeating: "[", count: 5000), place: "1:34", words: "this is nested too deeply"),
  ]

  @Test("What a configuration does not need is a problem with its place", arguments: flaws)
  func refuses(_ flaw: Flaw) throws {
    let problem = try #require(YAMLDocument.parse(flaw.text).problems.first)
    #expect("\(problem.position.line):\(problem.position.column)" == flaw.place)
    #expect(problem.message.hasPrefix(flaw.words))
    #expect(!problem.remedy.isEmpty)
  }

  @Test("Aliases cannot make a small text large")
  func refusesBombs() {
    let bomb = "a: &a [x, x]\nb: &b [*a, *a, *a, *a]\nc: [*b, *b, *b, *b]\n"
    #expect(YAMLDocument.parse(bomb).problems.count == 10)
  }

  @Test("A byte that is not UTF-8 is named with its line and column")
  func refusesOtherEncodings() throws {
    let bytes: [UInt8] = Array("a: 1\nb: ".utf8) + [0xFF, 10]
    let problem = try #require(bytes.withUnsafeBytes { YAMLDocument.parse($0) }.problems.first)
    #expect(problem.position == SourcePosition(line: 2, column: 4))
    #expect(problem.message.hasPrefix("the file is not text in UTF-8"))
  }

  @Test("Any cut of a valid text is read or refused without a crash")
  func survivesCuts() {
    let text = Array("server: {listen: \"x\", limits: [1, 2]}\nmodels:\n  - id: 'a/b'\n    x: |\n      y\n".utf8)
    for count in 0...text.count { text[..<count].withUnsafeBytes { _ = YAMLDocument.parse($0) } }
  }
}
