import Configuration
import Testing

@Suite("Reading a configuration that takes the place of another")
struct ReloadTests {
  private static let keyed = AccessSettings(requireKey: true)

  @Test(
    "An empty file is refused, whatever is in force",
    arguments: ["", "\n\n", "# only a comment\n", "---\n", "null\n"], [true, false])
  func empty(text: String, requireKey: Bool) throws {
    let problems = Reading.problems(text, inForce: AccessSettings(requireKey: requireKey))
    #expect(problems.count == 1)
    #expect(try #require(problems.first).hasPrefix("0:0 the file is empty"))
  }

  @Test(
    "A file that has lost its keys does not open a gateway that asks for them",
    arguments: ["providers: [{ slug: openai }]\n", "{}\n", "access: { keys: [] }\n"])
  func lostKeys(text: String) throws {
    #expect(Reading.problems(text).isEmpty)
    let problems = Reading.problems(text, inForce: ReloadTests.keyed)
    #expect(problems.count == 1)
    #expect(try #require(problems.first).contains("the file has no keys any more"))
  }

  @Test(
    "Whoever says what is meant may change it",
    arguments: [
      "access: { require_key: false }", "access: { require_key: true }",
      "access: { keys: [{ name: a, key: 0123456789abcdef }] }",
    ])
  func meant(text: String) { #expect(Reading.problems(text, inForce: ReloadTests.keyed).isEmpty) }

  @Test("A gateway that asks for no key may be given any file")
  func keyless() {
    #expect(Reading.problems("providers: [{ slug: openai }]", inForce: AccessSettings(requireKey: false)).isEmpty)
  }
}
