import Core
import Testing

@Suite("Secret")
struct SecretTests {
  @Test("No description, interpolation or dump shows a secret")
  func hides() {
    let secret = Secret("sk-very-secret")
    var dumped = ""
    dump((name: "key", secret: secret), to: &dumped)
    for text in ["\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])", dumped] {
      #expect(!text.contains("very"))
    }
    #expect(secret.reveal() == "sk-very-secret")
  }
}
