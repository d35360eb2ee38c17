import Configuration
import Testing

@Suite("Addresses")
struct AddressTests {
  @Test(
    "It is known which addresses only this machine can reach",
    arguments: [
      ("127.0.0.1:8080", true), ("127.9.9.9:1", true), ("localhost:80", true), ("LOCALHOST:80", true),
      ("[::1]:80", true),
      ("[0:0:0:0:0:0:0:1]:80", true), ("[::ffff:127.0.0.1]:80", true), ("0.0.0.0:80", false), ("[::]:80", false),
      (":80", false), ("10.0.0.1:80", false), ("localhost.example.com:80", false), ("[::ffff:10.0.0.1]:80", false),
      ("127.0.0.1.example.com:80", false),
    ])
  func loopback(text: String, isLoopback: Bool) throws {
    #expect(try ListenAddress(text).isLoopback == isLoopback)
  }

  @Test("Host and port are told apart")
  func splits() throws {
    let address = try ListenAddress("[::1]:0")
    #expect(address.host == "::1")
    #expect(address.port == 0)
  }

  @Test(
    "What is no address is refused",
    arguments: [
      "", "80", "host", "host:", "host:x", "host:-1", "host:+1", "host:65536", "::1", "[::1]", "[host]:80", "a b:80",
      "http://h:80",
    ])
  func refuses(text: String) {
    #expect(throws: ListenAddress.Problem.self) { try ListenAddress(text) }
  }

  @Test(
    "A base URL loses the slash at its end and keeps its path",
    arguments: [
      ("https://api.openai.com/v1", "https://api.openai.com/v1"),
      ("HTTPS://API.example.com/V1//", "https://api.example.com/V1"),
      ("http://127.0.0.1:9100", "http://127.0.0.1:9100"), ("http://[::1]:9100/v1/", "http://[::1]:9100/v1"),
    ])
  func normalizes(text: String, result: String) throws {
    #expect(try BaseURL(text).text == result)
  }
}
