import Core
import Testing

@Suite("NearestName")
struct NearestNameTests {
  static let keys = ["listen", "limits", "loops", "drain_seconds", "cors_origins"]

  @Test(
    "A mistyped name finds the one that was meant",
    arguments: [
      ("lisen", "listen"), ("listne", "listen"), ("LISTEN", "listen"), ("limit", "limits"), ("lops", "loops"),
      ("drain_second", "drain_seconds"), ("cors-origins", "cors_origins"),
    ])
  func finds(name: String, meant: String) {
    #expect(NearestName.find(name, among: NearestNameTests.keys) == meant)
  }

  @Test("A name that resembles nothing finds nothing", arguments: ["", "x", "providers", "storage_url", "zzzzzz"])
  func findsNothing(name: String) {
    #expect(NearestName.find(name, among: NearestNameTests.keys) == nil)
  }

  @Test("Without candidates nothing is near")
  func findsNothingAmongNone() {
    #expect(NearestName.find("listen", among: []) == nil)
  }

  @Test("Very long names are compared by their beginning only")
  func bounds() {
    let long = String(repeating: "a", count: 100_000)
    #expect(NearestName.find(long, among: [long + "b"]) == long + "b")
  }
}
