import Core
import HTTPWire
import TestSupport
import Translation

extension FuzzTarget {
  /// Bedrock's streams. An even first byte leaves the frames to the input; an odd one makes frames with right checksums of
  /// its lines, so that the events within are reached: a line is the kind of a message, its type and its payload.
  static let bedrock = FuzzTarget(
    name: "bedrock", seeds: { BedrockSeeds.all },
    check: { input in
      guard var input = CutInput(input) else { return nil }
      if input.choice % 2 == 1 {
        guard let frames = BedrockSeeds.frames(input.bytes) else { return nil }
        input = ([input.choice] + frames).withUnsafeBytes { CutInput($0) } ?? input
      }
      return DialectOutcome.objection(BedrockDialect(), input)
    })
}

/// Streams to begin with.
private enum BedrockSeeds {
  /// The frames that lines mean; nil where a frame has no room for one.
  static func frames(_ lines: [UInt8]) -> [UInt8]? {
    let buffer = ByteBuffer()
    for line in lines.split(separator: UInt8(ascii: "\n")) {
      let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2).map { Array($0) }
      guard words.count == 3 else { continue }
      let headers = [
        EventStreamHeader(":\(text(words[0]))-type", text(words[1])),
        EventStreamHeader(":message-type", text(words[0])),
      ]
      let isWritten = words[2].withUnsafeBytes { payload in
        (try? EventStreamEncoder.append(headers: headers, payload: payload, to: buffer)) != nil
      }
      if !isWritten { return nil }
    }
    return buffer.copyBytes()
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private static let lines = [
    #"event messageStart {"role":"assistant","p":"abc"}"#,
    #"event contentBlockDelta {"contentBlockIndex":0,"delta":{"text":"Hi \u00e9"}}"#,
    #"event contentBlockStop {"contentBlockIndex":0}"#,
    #"event contentBlockDelta {"contentBlockIndex":1,"delta":{"reasoningContent":{"text":"a"}}}"#,
    #"event contentBlockDelta {"contentBlockIndex":1,"delta":{"reasoningContent":{"signature":"c2ln"}}}"#,
    #"event contentBlockDelta {"contentBlockIndex":2,"delta":{"reasoningContent":{"redactedContent":"ZW5j"}}}"#,
    #"event contentBlockStart {"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"t","name":"f"}}}"#,
    #"event contentBlockDelta {"contentBlockIndex":3,"delta":{"toolUse":{"input":"{\"a\":1}"}}}"#,
    #"event contentBlockStart {"contentBlockIndex":4,"start":{"image":{"format":"png"}}}"#,
    #"event contentBlockDelta {"contentBlockIndex":4,"delta":{"image":{"source":{"bytes":"QQ=="}}}}"#,
    #"event contentBlockStop {"contentBlockIndex":4}"#,
    #"event contentBlockDelta {"contentBlockIndex":5,"delta":{"citation":{"location":{"documentPage":{"start":1}}}}}"#,
    #"event messageStop {"stopReason":"end_turn","additionalModelResponseFields":{"stop_sequence":"x"}}"#,
    #"event metadata {"usage":{"inputTokens":1,"outputTokens":1e99,"cacheReadInputTokens":-5}}"#,
    #"exception throttlingException {"message":"m"}"#, #"error x y"#,
  ]

  /// The lines one by one, in a row and as frames.
  static var all: [[UInt8]] {
    var seeds: [[UInt8]] = []
    for line in lines + [lines.joined(separator: "\n")] {
      let text = Array(line.utf8)
      let frames = frames(text) ?? []
      for choice: UInt8 in [1, 37] { seeds.append([choice] + text) }
      for choice: UInt8 in [0, 38] { seeds.append([choice] + frames) }
    }
    return seeds
  }
}
