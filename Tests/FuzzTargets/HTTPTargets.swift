import Core
import HTTPWire
import TestSupport

extension FuzzTarget {
  /// Request heads: the outcome does not depend on how the bytes are cut, and an accepted head is one that no other
  /// reader could take for something else.
  static let head = FuzzTarget(
    name: "head", seeds: { CutInput.seeds(Corpus.all.map(\.bytes).filter { $0.count < 2000 }) },
    check: { input in
      guard let input = CutInput(input) else { return nil }
      let whole = HeadOutcome(input.bytes, pieces: [input.bytes[...]])
      let cut = HeadOutcome(input.bytes, pieces: input.pieces)
      if whole != cut { return "whole: \(whole), in pieces: \(cut)" }
      return whole.length.flatMap { StrictHead.objection(Array(input.bytes[..<$0]), whole) }
    })

  /// Chunked bodies: the outcome does not depend on how the bytes are cut, and is that of a plain reader.
  static let chunked = FuzzTarget(
    name: "chunked",
    seeds: {
      let bodies = Corpus.all.compactMap { sample -> [UInt8]? in
        guard let head = sample.bytes.firstRange(of: Array("chunked\r\n\r\n".utf8)), sample.bytes.count < 2000 else {
          return nil
        }
        return Array(sample.bytes[head.upperBound...])
      }
      return CutInput.seeds(bodies)
    },
    check: { input in
      guard let input = CutInput(input) else { return nil }
      let whole = BodyOutcome([input.bytes[...]])
      let cut = BodyOutcome(input.pieces)
      if whole != cut { return "whole: \(whole), in pieces: \(cut)" }
      guard whole.isComplete else { return nil }
      let plain = PlainChunks.decode(input.bytes)
      return plain?.data == whole.data && plain?.length == whole.used
        ? nil : "decoder: \(whole), plain reader: \(String(describing: plain))"
    })
}

/// What the head parser made of some bytes.
private struct HeadOutcome: Equatable {
  var length: Int?
  var error: String?
  var target = ""
  var path = ""
  var framing = RequestHead.Framing.none
  var flags: [Bool] = []
  var host: String?
  var fields: [String] = []

  init(_ bytes: [UInt8], pieces: [ArraySlice<UInt8>]) {
    var parser = RequestHeadParser(limits: HeadLimits(headBytes: 2048, fields: 16, requestLineBytes: 512))
    for piece in pieces where length == nil && error == nil {
      bytes.withUnsafeBytes { raw in
        do throws(GatewayError) {
          guard let result = try parser.parse(UnsafeRawBufferPointer(rebasing: raw[..<piece.endIndex])) else { return }
          note(result.head)
          length = result.length
        } catch {
          self.error = "\(error.kind.status) \(error.message)"
        }
      }
    }
  }

  private mutating func note(_ head: RequestHead) {
    target = head.target
    path = head.path
    framing = head.framing
    flags = [head.keepsAlive, head.expectsContinue, head.version == .http11]
    host = head.host
    fields = head.fields.list.map { "\($0.name): \($0.value)" }
    _ = head.queryItems
  }
}

/// A second, plain opinion about an accepted head.
private enum StrictHead {
  static func objection(_ head: [UInt8], _ outcome: HeadOutcome) -> String? {
    var lines: [[UInt8]] = []
    var line: [UInt8] = []
    for (index, byte) in head.enumerated() {
      if byte == 13, head[(index + 1)...].first != 10 { return "a bare CR was accepted" }
      if byte == 10 {
        guard index > 0, head[index - 1] == 13 else { return "a bare LF was accepted" }
        lines.append(line)
        line = []
      } else if byte != 13 {
        line.append(byte)
      }
    }
    if lines.first?.isEmpty == true { lines.removeFirst() }
    guard let first = lines.first, lines.last?.isEmpty == true, line.isEmpty else { return "the head has no end" }
    if first.filter({ $0 == 32 }).count != 2 || first.contains(where: { $0 <= 31 || $0 >= 127 }) {
      return "an odd request line was accepted"
    }
    return fieldObjection(lines.dropFirst().dropLast(), outcome)
  }

  private static func fieldObjection(_ lines: ArraySlice<[UInt8]>, _ outcome: HeadOutcome) -> String? {
    if lines.count != outcome.fields.count { return "\(lines.count) lines gave \(outcome.fields.count) fields" }
    var counts: [String: Int] = [:]
    for line in lines {
      guard let colon = line.firstIndex(of: 58), colon > 0, line[..<colon].allSatisfy({ $0 > 32 && $0 < 127 }) else {
        return "an odd header line was accepted"
      }
      if line.contains(where: { $0 < 32 && $0 != 9 || $0 == 127 }) { return "a control character was accepted" }
      counts[Array(line[..<colon]).text.lowercased(), default: 0] += 1
    }
    if ["host", "content-length", "transfer-encoding", "authorization"].contains(where: { counts[$0] ?? 0 > 1 }) {
      return "a field that must be alone was accepted twice"
    }
    let isChunked = counts["transfer-encoding"] != nil
    if isChunked, counts["content-length"] != nil { return "a length beside a transfer coding was accepted" }
    if isChunked != (outcome.framing == .chunked) { return "the framing is not what the fields say" }
    if counts["content-length"] == nil, case .length = outcome.framing { return "a length came from nowhere" }
    if outcome.flags.last == true, counts["host"] != 1 { return "a request without Host was accepted" }
    let isPlain = outcome.path == "*" || outcome.path.hasPrefix("/")
    let segments = outcome.path.split(separator: "/", omittingEmptySubsequences: false)
    return isPlain && !segments.contains(".") && !segments.contains("..")
      && !outcome.path.unicodeScalars.contains { $0.value < 32 || $0.value == 127 }
      ? nil : "the path \(outcome.path.debugDescription) was accepted"
  }
}

/// What the chunked decoder made of some bytes.
private struct BodyOutcome: Equatable {
  var data: [UInt8] = []
  var used = 0
  var isComplete = false
  var error: String?

  init(_ pieces: [ArraySlice<UInt8>]) {
    var decoder = ChunkedDecoder(limit: 4096)
    for piece in pieces where !decoder.isComplete && error == nil {
      piece.withUnsafeBytes { raw in
        do throws(GatewayError) {
          used += try decoder.decode(raw) { (run) throws(GatewayError) in data.append(contentsOf: run) }
        } catch {
          self.error = "\(error.kind.status) \(error.message)"
        }
      }
    }
    isComplete = decoder.isComplete
    // How much was read before an error is nobody's business.
    if error != nil { used = 0 }
  }
}

/// A chunked body read line by line, without any thought of speed or pieces.
private enum PlainChunks {
  static func decode(_ bytes: [UInt8]) -> (data: [UInt8], length: Int)? {
    var data: [UInt8] = []
    var position = 0
    func line() -> [UInt8]? {
      guard let end = bytes[position...].firstRange(of: [13, 10]) else { return nil }
      defer { position = end.upperBound }
      return Array(bytes[position..<end.lowerBound])
    }
    while true {
      guard let size = line() else { return nil }
      let digits = size.prefix { $0 != UInt8(ascii: ";") && $0 != 32 && $0 != 9 }
      guard !digits.isEmpty, let count = Int(Array(digits).text, radix: 16) else { return nil }
      if count == 0 { break }
      guard bytes.count - position >= count + 2, bytes[position + count] == 13, bytes[position + count + 1] == 10 else {
        return nil
      }
      data += bytes[position..<position + count]
      position += count + 2
    }
    while let trailer = line() {
      if trailer.isEmpty { return (data, position) }
    }
    return nil
  }
}
