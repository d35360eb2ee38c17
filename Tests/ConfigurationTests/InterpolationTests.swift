import Configuration
import Testing

@Suite("Interpolation")
struct InterpolationTests {
  static let environment = ["NAME": "ci", "EMPTY": "", "DOLLAR": "${NAME}", "NUMBER": "7"]
  static let files = ["/run/secrets/key": "\n  0123456789abcdef \r\n"]

  struct Row: Sendable, CustomTestStringConvertible {
    let written: String
    let read: String
    var testDescription: String { written }
  }

  static let rows: [Row] = [
    Row(written: "plain", read: "plain"), Row(written: "${NAME}", read: "ci"),
    Row(written: "a-${NAME}-${NAME}-b", read: "a-ci-ci-b"), Row(written: "${NONE:-x y}", read: "x y"),
    Row(written: "${EMPTY:-x}", read: "x"), Row(written: "${NAME:-x}", read: "ci"),
    Row(written: "$$", read: "$"), Row(written: "$${NAME}", read: "${NAME}"),
    Row(written: "5$ or $x", read: "5$ or $x"),
    Row(written: "${DOLLAR}", read: "${NAME}"), Row(written: "${file:/run/secrets/key}", read: "0123456789abcdef"),
  ]

  @Test("References are replaced once", arguments: rows)
  func replaces(_ row: Row) throws {
    let text = "providers: [{ slug: x, base_url: http://h, name: \"\(row.written)\" }]"
    let configuration = try Reading.configuration(
      text, environment: InterpolationTests.environment, files: InterpolationTests.files)
    #expect(configuration.providers.first?.name == row.read)
  }

  @Test(
    "A reference that leads nowhere is a problem with its place",
    arguments: [
      ("${NONE}", "the environment variable NONE is not set"), ("${file:/none}", "the file '/none' cannot be read"),
      ("${NAME", "'${' has no '}'"), ("${}", "this is not a reference"), ("${1X}", "this is not a reference"),
      ("${NAME:x}", "this is not a reference"), ("${A B}", "this is not a reference"),
      ("${NONE:-${NAME}}", "this is not a reference"),
    ])
  func refuses(written: String, words: String) throws {
    let problems = Reading.problems(
      "providers:\n  - slug: x\n    base_url: http://h\n    name: \"\(written)\"\n",
      environment: InterpolationTests.environment)
    #expect(problems.count == 1)
    #expect(try #require(problems.first).hasPrefix("4:11 'providers[0].name': \(words)"))
  }

  @Test("A number or a flag may come from a reference, in quotes or without")
  func typesReferences() throws {
    let configuration = try Reading.configuration(
      "server: { loops: \"${NUMBER}\", drain_seconds: \"${NONE:-8}\" }\nprivacy:\n  zdr: ${NONE:-true}\n",
      environment: InterpolationTests.environment)
    #expect(configuration.server.loops == 7)
    #expect(configuration.server.drainSeconds == 8)
    #expect(configuration.privacy.zdr)
  }

  @Test("What a reference gives is never shown, not even when it is wrong")
  func hidesValues() {
    let text = """
      server: { loops: "${S}", listen: "${S}" }
      privacy: { data_collection: "${S}", zdr: "${S}" }
      storage: { url: "${S}" }
      access: { keys: [{ name: a, key: "${S}" }], management_keys: ["${S}"] }
      providers:
        - { slug: openai, api_key: "${S} x", base_url: "${S}", proxy: "${S}", headers: { a: "${S}\\n" } }
      """
    let problems = Reading.problems(text, environment: ["S": "hunter2-hunter2-hunter2\u{7}"])
    #expect(problems.count >= 10)
    #expect(!problems.joined().contains("hunter2"))
  }
}
