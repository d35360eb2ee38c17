import Core
import Foundation
import JSON
import TestSupport
import Testing
import Translation

/// Every caller's dialect with every provider's, case by case, against recordings.
@Suite("The golden matrix")
struct GoldenMatrixTests {
  private static let pairs: [(caller: String, provider: String)] = GoldenCaller.all.flatMap { caller in
    GoldenProvider.all.map { (caller.name, $0.name) }
  }

  private static func crossing(
    _ pair: (caller: String, provider: String), asking name: String
  ) throws -> GoldenCrossing {
    var crossing = GoldenCrossing(
      caller: try #require(GoldenCaller.all.first { $0.name == pair.caller }),
      provider: try #require(GoldenProvider.all.first { $0.name == pair.provider }))
    crossing.asked = try GoldenFiles(name).input("request", [pair.caller]).map(crossing.conversation)
    return crossing
  }

  @Test("Requests become what is recorded", arguments: GoldenCase.all, pairs)
  func requests(_ name: String, _ pair: (caller: String, provider: String)) throws {
    let crossing = try GoldenMatrixTests.crossing(pair, asking: name)
    let files = GoldenFiles(name)
    let body = try #require(files.input("request", [pair.caller]), "\(name) has no request.\(pair.caller).json")
    let (encoded, dropped) = try crossing.request(body)
    var document: [(key: String, value: JSONValue)] = []
    if let dropped { document.append(("x-patchbay-dropped", .string(dropped))) }
    if !encoded.headers.isEmpty {
      document.append(("headers", .object(encoded.headers.map { ($0.name, .string($0.value)) })))
    }
    if let tool = encoded.answerTool { document.append(("answer tool", .string(tool))) }
    document.append(("body", try JSONValue.parse(encoded.body.bytes)))
    try files.expect(
      JSONValue.object(document).lines() + "\n", "\(pair.caller)-\(pair.provider).request.json")
  }

  @Test("Whole answers become what is recorded", arguments: GoldenCase.all, pairs)
  func answers(_ name: String, _ pair: (caller: String, provider: String)) throws {
    let crossing = try GoldenMatrixTests.crossing(pair, asking: name)
    let files = GoldenFiles(name)
    let names = [pair.provider, crossing.provider.inputs]
    if let error = files.input("error", names) {
      let document = try JSONValue.parse(error)
      let body = try #require(document["body"]).serialized()
      let text = crossing.error(status: Int(try #require(document["status"]?.integerValue)), body: body)
      return try files.expect(try JSONValue.parse(text).lines() + "\n", "\(pair.caller)-\(pair.provider).answer.json")
    }
    let body = try #require(files.input("answer", names), "\(name) has no answer.\(crossing.provider.inputs).json")
    let text = try crossing.answer(body, answerTool: answerTool(crossing, files))
    try files.expect(try JSONValue.parse(text).lines() + "\n", "\(pair.caller)-\(pair.provider).answer.json")
  }

  @Test("Streams become what is recorded, however they are cut", arguments: GoldenCase.all, pairs)
  func streams(_ name: String, _ pair: (caller: String, provider: String)) throws {
    let crossing = try GoldenMatrixTests.crossing(pair, asking: name)
    let files = GoldenFiles(name)
    let names = [pair.provider, crossing.provider.inputs]
    let bytes = try #require(files.input("stream", names), "\(name) has no stream.\(crossing.provider.inputs).txt")
    let tool = try answerTool(crossing, files)
    let whole = try crossing.stream([bytes[...]], answerTool: tool)
    try files.expect(String(decoding: whole, as: UTF8.self), "\(pair.caller)-\(pair.provider).stream.txt")
    #expect(try crossing.stream(bytes.indices.map { bytes[$0...$0] }, answerTool: tool) == whole)
    var generator = SplitMix(state: 5)
    for _ in 0..<5 {
      #expect(try crossing.stream(cut(bytes, &generator), answerTool: tool) == whole)
    }
  }

  /// The tool that this caller's request made stand for the answer's text, if any.
  private func answerTool(_ crossing: GoldenCrossing, _ files: GoldenFiles) throws -> String? {
    guard let body = files.input("request", [crossing.caller.name]) else { return nil }
    return try crossing.request(body).encoded.answerTool
  }

  private func cut(_ bytes: [UInt8], _ generator: inout SplitMix) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + Int.random(in: 1...80, using: &generator))
      pieces.append(bytes[start..<end])
      start = end
    }
    return pieces
  }

  @Test("The table of the documentation is the matrix that was run")
  func table() throws {
    let url = GoldenFiles.root.appending(path: "Docs/dialects.md")
    let text = try String(contentsOf: url, encoding: .utf8)
    let begin = try #require(text.range(of: "<!-- matrix -->\n"))
    let end = try #require(text.range(of: "<!-- end of matrix -->"))
    let table = GoldenMatrixTests.document
    if GoldenFiles.isRecording {
      let new = text.replacingCharacters(in: begin.upperBound..<end.lowerBound, with: table)
      try Data(new.utf8).write(to: url)
    } else {
      #expect(String(text[begin.upperBound..<end.lowerBound]) == table, "see Scripts/record-golden")
    }
  }

  /// A row for each provider, a column for each caller: how many cases stand behind a cell, whole and streamed.
  private static var document: String {
    var lines = ["| provider ↓ caller → | " + GoldenCaller.all.map(\.name).joined(separator: " | ") + " |"]
    lines.append("|---|" + String(repeating: "---|", count: GoldenCaller.all.count))
    for provider in GoldenProvider.all {
      let cells = GoldenCaller.all.map { caller in
        let isSame = caller.format == provider.dialect.format
        return "\(GoldenCase.all.count) whole, \(GoldenCase.all.count) streamed\(isSame ? ", untouched" : "")"
      }
      lines.append("| \(provider.name) (`\(provider.model)`) | " + cells.joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
