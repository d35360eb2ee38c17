import Testing

@testable import Credentials

@Suite("Keyed hash")
struct SHA256DigestTests {
  @Test("HMAC-SHA256 gives the values of RFC 4231")
  func keyed() {
    #expect(
      SHA256Digest("Hi There", key: [UInt8](repeating: 0x0b, count: 20)).hexadecimal
        == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    #expect(
      SHA256Digest("what do ya want for nothing?", key: Array("Jefe".utf8)).hexadecimal
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    #expect(
      SHA256Digest(
        "Test Using Larger Than Block-Size Key - Hash Key First", key: [UInt8](repeating: 0xaa, count: 131)
      ).hexadecimal == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
  }

  @Test("SHA-256 of nothing and of a text are the known ones")
  func plain() {
    #expect(SHA256Digest("").hexadecimal == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(SHA256Digest("abc").hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect([UInt8]("abc".utf8).withUnsafeBytes { SHA256Digest($0).bytes } == SHA256Digest("abc").bytes)
  }
}
