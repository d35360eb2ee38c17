import Core
import HTTPWire
import TestSupport
import Testing

@Suite("Chunked bodies")
struct ChunkedDecoderTests {
  private struct Outcome: Equatable {
    var data: [UInt8] = []
    var used = 0
    var isComplete = false
    var error: String?
  }

  private func decode(_ pieces: [[UInt8]], limit: Int = 1000) -> Outcome {
    var decoder = ChunkedDecoder(limit: limit)
    var outcome = Outcome()
    for piece in pieces where !decoder.isComplete && outcome.error == nil {
      piece.withUnsafeBytes { raw in
        do throws(GatewayError) {
          outcome.used += try decoder.decode(raw) { (run) throws(GatewayError) in outcome.data.append(contentsOf: run) }
        } catch {
          outcome.error = "\(error.kind.status) \(error.message)"
        }
      }
    }
    outcome.isComplete = decoder.isComplete
    if outcome.error != nil { outcome.used = 0 }
    return outcome
  }

  @Test(
    "the outcome does not depend on how the bytes are cut",
    arguments: [
      "0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", "a;x=y\r\n0123456789\r\n1 ;z\r\n!\r\n0\r\nT: u\r\n\r\nrest",
      "3\r\nabcd\r\n",
      "zz\r\n", "5\r\nab", "0\r\nbad trailer\r\n\r\n", "3e8\r\n" + String(repeating: "x", count: 1000) + "\r\n1\r\n",
    ])
  func splits(_ text: String) {
    let expected = decode([Array(text.utf8)])
    for pieces in Splits.all(of: Array(text.utf8)) { #expect(decode(pieces) == expected) }
  }

  @Test("data is handed out and what follows the body is left alone")
  func data() {
    let outcome = decode([Array("3\r\nabc\r\n2;e\r\nde\r\n0\r\nT: u\r\n\r\nGET".utf8)])
    #expect(outcome.data.text == "abcde")
    #expect(outcome.isComplete)
    #expect(outcome.used == "3\r\nabc\r\n2;e\r\nde\r\n0\r\nT: u\r\n\r\n".utf8.count)
  }

  @Test("a chunk that would exceed the limit is refused when its size is known")
  func limit() {
    #expect(decode([Array("3\r\nabc\r\n3\r\n".utf8)], limit: 5).error?.hasPrefix("413") == true)
    #expect(decode([Array("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n".utf8)], limit: 5).isComplete)
  }
}
