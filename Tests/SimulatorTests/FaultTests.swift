import Core
import JSON
import Simulator
import TestSupport
import Testing

@Suite("The simulator's faults")
struct FaultTests {
  private static let stream = "\"stream\":true,\"stream_options\":{\"include_usage\":true}"
  private static let text = "one two three four five six"

  private func stream(_ rig: SimulatorRig, _ fault: String) throws -> RawResponse {
    try rig.chat("echo+" + fault, FaultTests.text, FaultTests.stream)
  }

  private func client(_ rig: SimulatorRig, _ fault: String, isStream: Bool = true) throws -> RawClient {
    try rig.send(
      "POST", "/v1/chat/completions",
      SimulatorRig.chatBody("echo+" + fault, FaultTests.text, isStream ? FaultTests.stream : ""))
  }

  private func count(_ text: String, _ part: String) -> Int { text.ranges(of: part).count }

  @Test(
    "statuses and refusals come as OpenAI words them",
    arguments: [
      ("status=503", 503, nil), ("status=429,retry-after=7", 429, "rate_limit_exceeded"),
      ("credentials", 401, "invalid_api_key"),
      ("context-length", 400, "context_length_exceeded"), ("moderation", 403, "moderation"),
    ] as [(String, Int, String?)])
  func statuses(fault: String, status: Int, code: String?) throws {
    let rig = try SimulatorRig()
    for response in [try rig.chat("echo+" + fault), try stream(rig, fault)] {
      #expect(response.status == status)
      #expect(try response.json["error"]?["code"]?.stringValue == code)
      if fault.contains("retry-after") { #expect(response.first("retry-after") == "7") }
      if fault == "moderation" { #expect(try response.json["error"]?["metadata"]?["reasons"]?[0] != nil) }
    }
  }

  @Test("a cut comes after exactly so many events, for every number", arguments: 0...10)
  func cut(_ number: Int) throws {
    let rig = try SimulatorRig()
    let bytes = try client(rig, "cut=\(number)").readToEnd()
    let text = bytes.text
    // One opening, six tokens, one closing, one usage and [DONE] make ten events.
    #expect(count(text, "data: ") == min(number, 10))
    #expect(!text.hasSuffix("0\r\n\r\n"))
  }

  @Test("a cut by bytes leaves exactly so many of the body", arguments: [0, 1, 7, 300, 500])
  func cutBytes(_ number: Int) throws {
    let rig = try SimulatorRig()
    let text = try client(rig, "cut-bytes=\(number)", isStream: false).readToEnd().text
    #expect(text.ranges(of: "\r\n\r\n").first.map { text[$0.upperBound...].utf8.count } == number)
    let streamed = try client(rig, "cut-bytes=\(number),split").readToEnd().text
    #expect(!streamed.hasSuffix("0\r\n\r\n"))
    #expect(count(streamed, "0001\r\n") == number)
  }

  @Test("plain answers are cut, stalled and reset in the middle of their body", arguments: ["cut", "reset", "stall"])
  func plainBreaks(_ fault: String) throws {
    let rig = try SimulatorRig()
    let client = try client(rig, fault, isStream: false)
    let text = try (fault == "stall" ? client.readUntil("\"choices\"") : client.readToEnd()).text
    #expect(text.hasPrefix("HTTP/1.1 200"))
    #expect(!text.contains("total_tokens"))
  }

  @Test("silence, and the log tells when the caller left", arguments: ["hang", "stall=3", "stall=0"])
  func silence(_ fault: String) throws {
    let rig = try SimulatorRig()
    let client = try client(rig, fault)
    if fault == "stall=3" { _ = try client.readUntil("one") }
    #expect(eventually { (try? rig.log().count) == 1 })
    #expect(try rig.log()[0]["outcome"]?.isNull == true)
    client.close()
    #expect(eventually { (try? rig.log()[0]["outcome"]?.stringValue) == "aborted" })
    let entry = try rig.log()[0]
    #expect(entry["milliseconds_to_abort"]?.integerValue != nil)
    #expect(entry["events_sent"]?.integerValue == (fault == "stall=3" ? 3 : 0))
  }

  @Test("streams end, break or lack parts as told")
  func streamShapes() throws {
    let rig = try SimulatorRig()
    let malformed = try stream(rig, "malformed=3").events
    let broken = malformed.enumerated().filter {
      $0.element != "[DONE]" && (try? JSONValue.parse(Array($0.element.utf8))) == nil
    }
    #expect(broken.map(\.offset) == [2])
    let error = try stream(rig, "error-event=3")
    #expect(try error.events.count == 4)
    #expect(try error.chunks.last?["error"]?["message"] != nil)
    #expect(try stream(rig, "no-done").events.last != "[DONE]")
    #expect(try stream(rig, "no-usage").chunks.allSatisfy { $0["usage"] == nil })
    let unfinished = try stream(rig, "no-finish")
    #expect(try unfinished.chunks.allSatisfy { $0["choices"]?[0]?["finish_reason"]?.isNull == true })
    #expect(try unfinished.events.last != "[DONE]")
    #expect(try stream(rig, "usage-in-chunks").chunks.allSatisfy { $0["usage"]?["total_tokens"] != nil })
    #expect(try stream(rig, "giant-event=300000").streamedText.utf8.count == 300_000 + FaultTests.text.utf8.count)
    #expect(try stream(rig, "tokens=200,ttft=1").chunks.count == 203)
  }

  @Test("forms of the stream that mean the same", arguments: ["crlf", "comments", "split", "comments,crlf,split"])
  func forms(_ fault: String) throws {
    let rig = try SimulatorRig()
    let response = try stream(rig, fault)
    #expect(try response.streamedText == FaultTests.text)
    #expect(try response.events.last == "[DONE]")
    if fault.contains("crlf") { #expect(response.text.contains("\r\n\r\n")) }
    if fault.contains("comments") { #expect(response.text.contains(": SIMULATOR")) }
    if fault.contains("split") { #expect(response.chunkSizes.allSatisfy { $0 == 1 }) }
  }

  @Test("a slow loris sends byte by byte")
  func slowLoris() throws {
    let rig = try SimulatorRig()
    let client = try client(rig, "slow-loris", isStream: false)
    #expect(!(try client.readUntil("0001\r\n{\r\n0001").isEmpty))
  }

  @Test("answers that are no answers", arguments: [("html", "<!doctype"), ("empty", ""), ("error-200", "{\"error\"")])
  func wrongContent(fault: String, start: String) throws {
    let rig = try SimulatorRig()
    for response in [try rig.chat("echo+" + fault), try stream(rig, fault)] {
      #expect(response.status == 200)
      #expect(response.text.hasPrefix(start) && response.text.isEmpty == start.isEmpty)
    }
  }

  @Test("broken HTTP: garbage, wrong lengths, floods, redirects")
  func brokenHTTP() throws {
    let rig = try SimulatorRig()
    #expect(try client(rig, "garbage").readToEnd().prefix(4) == [0x00, 0xff, 0x13, 0x37])
    for (difference, isStream) in [(5, false), (-5, false), (9, true), (-9, true)] {
      let text = try client(rig, "wrong-length=\(difference)", isStream: isStream).readToEnd().text
      let body = text.ranges(of: "\r\n\r\n").first.map { text[$0.upperBound...].utf8.count } ?? 0
      #expect(text.contains("content-length: \(body + difference)\r\n"))
    }
    #expect(count(try client(rig, "header-flood").readToEnd().text, "x-flood-") == 20_000)
    let redirect = try stream(rig, "redirect")
    #expect(redirect.status == 302)
    #expect(redirect.first("location") != nil)
    #expect(try client(rig, "reset=2").readToEnd().text.contains("\"one\""))
  }

  @Test("a reset before the answer leaves nothing of it", arguments: [true, false])
  func earlyReset(_ isStream: Bool) throws {
    let rig = try SimulatorRig()
    #expect(try client(rig, "reset=0", isStream: isStream).readToEnd().isEmpty)
  }

  @Test("a fault for the first requests is over after them, for each model by itself, until the log is emptied")
  func firstRequests() throws {
    let rig = try SimulatorRig()
    let statuses = try (0..<4).map { _ in try rig.chat("echo+status=500,first=2").status }
    #expect(statuses == [500, 500, 200, 200])
    #expect(try rig.chat("echo+status=503,first=1").status == 503)
    #expect(try rig.ask("DELETE", "/__simulator/log").status == 200)
    #expect(try rig.chat("echo+status=500,first=2").status == 500)
  }

  @Test("a flapping model fails and answers in turns")
  func flapping() throws {
    let rig = try SimulatorRig()
    #expect(try (0..<5).map { _ in try rig.chat("echo+flap").status } == [503, 200, 503, 200, 503])
    #expect(try (0..<5).map { _ in try rig.chat("echo+flap=2,status=500").status } == [500, 500, 200, 200, 500])
  }

  @Test("Retry-After may be a date")
  func retryAfterDate() throws {
    let rig = try SimulatorRig()
    let now = WallClock.seconds()
    let date = try #require(try rig.chat("echo+status=429,retry-after-date=90").first("retry-after"))
    let seconds = try #require(Timestamp.seconds(imfFixdate: date))
    #expect((now + 90...WallClock.seconds() + 90).contains(seconds))
  }

  @Test("a last message of the assistant is continued, refused or passed over, as told")
  func prefill() throws {
    let rig = try SimulatorRig()
    func answer(_ model: String, behind text: String) throws -> RawResponse {
      let messages = #"[{"role":"user","content":"one two three"},{"role":"assistant","content":"\#(text)"}]"#
      return try rig.ask("POST", "/v1/chat/completions", #"{"model":"\#(model)","messages":\#(messages)}"#)
    }
    #expect(try answer("echo", behind: "one two").json.content() == " three")
    #expect(try answer("echo", behind: "one t").json.content() == "wo three")
    #expect(try answer("echo", behind: "other").json.content() == "one two three")
    #expect(try answer("echo", behind: "").json.content() == "one two three")
    #expect(try answer("echo+ignore-prefill", behind: "one").json.content() == "one two three")
    let refusal = try answer("echo+no-prefill", behind: "one")
    #expect(refusal.status == 400)
    #expect(try refusal.json["error"]?["message"]?.stringValue?.contains("prefill") == true)
    #expect(try rig.chat("echo+no-prefill").status == 200)
  }

  @Test("the owner of a simulator decides faults by path and model")
  func decided() throws {
    let rig = try SimulatorRig {
      $0.decide = { path, model in
        path.hasPrefix("/a/") && model == "echo" ? (try? FaultList("status=503")) ?? FaultList() : FaultList()
      }
    }
    let body = SimulatorRig.chatBody("echo")
    #expect(try rig.ask("POST", "/a/v1/chat/completions", body).status == 503)
    #expect(try rig.ask("POST", "/b/v1/chat/completions", body).status == 200)
  }

  @Test("gzip is announced and the stream flushed with every event")
  func gzip() throws {
    let rig = try SimulatorRig()
    let plain = try rig.chat("echo+gzip")
    #expect(plain.first("content-encoding") == "gzip")
    #expect(Gzip.decompress(plain.body).text.contains("Hello there"))
    let streamed = try stream(rig, "gzip")
    #expect(Gzip.decompress(streamed.body).text.hasSuffix("data: [DONE]\n\n"))
  }

  @Test("a script gives successive requests their faults, and can be replaced")
  func script() throws {
    let rig = try SimulatorRig { $0.script = [try? FaultList("status=500"), try? FaultList("ok")].compactMap { $0 } }
    #expect(try rig.chat("echo").status == 500)
    #expect(try rig.chat("echo").status == 200)
    #expect(try rig.chat("echo").status == 200)
    let replaced = try rig.ask("POST", "/__simulator/script", #"["ok","status=429,retry-after=1"]"#)
    #expect(try replaced.json["entries"]?.integerValue == 2)
    #expect(try rig.chat("echo").status == 200)
    #expect(try rig.chat("echo").first("retry-after") == "1")
    #expect(try rig.ask("POST", "/__simulator/script", #"["nonsense"]"#).status == 400)
  }

  @Test("the log keeps requests whole and is emptied on request")
  func log() throws {
    let lines = Box<[[UInt8]]>([])
    let rig = try SimulatorRig { $0.onRequest = { lines.value.append($0) } }
    let body = SimulatorRig.chatBody("echo")
    _ = try rig.ask("POST", "/v1/chat/completions?x=1", body, fields: "Authorization: Bearer k\r\n")
    _ = try client(rig, "cut=1").readToEnd()
    let entries = try rig.log()
    #expect(entries.count == 2)
    #expect(entries[0]["sequence"]?.integerValue == 1)
    #expect(entries[0]["method"]?.stringValue == "POST")
    #expect(entries[0]["path"]?.stringValue == "/v1/chat/completions")
    #expect(entries[0]["body"]?.stringValue == body)
    #expect(entries[0]["outcome"]?.stringValue == "complete")
    #expect(entries[0]["usage"]?["completion_tokens"]?.integerValue == 5)
    #expect(
      entries[0]["headers"]?.arrayValue?.contains {
        $0[0]?.stringValue == "Authorization" && $0[1]?.stringValue == "Bearer k"
      } == true)
    #expect(entries[1]["outcome"]?.stringValue == "failed")
    #expect(entries[1]["events_sent"]?.integerValue == 1)
    #expect(lines.value.count == 2)
    #expect(try rig.ask("DELETE", "/__simulator/log").status == 200)
    #expect(try rig.log().isEmpty)
    _ = try rig.chat("echo")
    #expect(try rig.log()[0]["sequence"]?.integerValue == 3)
  }
}
