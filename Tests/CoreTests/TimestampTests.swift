import Core
import Testing

@Suite("Timestamp")
struct TimestampTests {
  @Test(
    "An instant is written in ISO 8601 and as HTTP wants it",
    arguments: [
      (Int64(0), "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
      (951_782_399, "2000-02-28T23:59:59.000Z", "Mon, 28 Feb 2000 23:59:59 GMT"),
      (951_782_400, "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 GMT"),
      (1_795_196_148, "2026-11-20T17:35:48.000Z", "Fri, 20 Nov 2026 17:35:48 GMT"),
      (4_107_542_400, "2100-03-01T00:00:00.000Z", "Mon, 01 Mar 2100 00:00:00 GMT"),
    ])
  func writes(seconds: Int64, iso: String, imf: String) {
    #expect(Timestamp.iso8601(milliseconds: seconds * 1000) == iso)
    #expect(Timestamp.imfFixdate(seconds: seconds) == imf)
    #expect(Timestamp.seconds(imfFixdate: imf) == seconds)
  }

  @Test("Milliseconds have three digits, before 1970 too")
  func writesMilliseconds() {
    #expect(Timestamp.iso8601(milliseconds: 7) == "1970-01-01T00:00:00.007Z")
    #expect(Timestamp.iso8601(milliseconds: -1) == "1969-12-31T23:59:59.999Z")
  }

  @Test(
    "What is no HTTP date is not read",
    arguments: [
      "", "120", "Fri, 20 Nov 2026 17:55:48 CET", "Fri, 32 Nov 2026 17:55:48 GMT", "Fri, 20 Foo 2026 17:55:48 GMT",
      "Fri, 20 Nov 2026 24:00:00 GMT", "Fri, 20 Nov 2026 17:55 GMT",
    ])
  func refuses(text: String) {
    #expect(Timestamp.seconds(imfFixdate: text) == nil)
  }
}
