import Core
import HTTPWire
import JSON
import Translation

extension FuzzTarget {
  /// Streams that go through in Google's format: however they are cut, what the caller reads is the same, and every event of
  /// it is valid JSON.
  static let geminiSame = FuzzTarget(
    name: "gemini-same", seeds: { CutInput.seeds(GeminiSeeds.events.map { Array($0.utf8) }) },
    check: { input in
      guard let input = CutInput(input) else { return nil }
      let whole = edited([input.bytes[...]])
      let cut = edited(input.pieces)
      if whole != cut { return "whole: \(whole), in pieces: \(cut)" }
      for event in PlainEvents.read(whole.caller) where !PlainJSON.accepts(event.data) {
        return "an event is no JSON: \(String(decoding: event.data, as: UTF8.self))"
      }
      return nil
    })

  private struct Outcome: Equatable {
    var caller: [UInt8]
    var ending: String
    var bytes: Int
  }

  private static func edited(_ pieces: [ArraySlice<UInt8>]) -> Outcome {
    let identity = AnswerIdentity(id: "gen-fuzz", source: AnswerSource(model: "m", provider: "P"))
    let editor = GeminiPassThrough().stream(identity, answerID: "gen-fuzz")
    let parser = SSEParser(eventBytes: 1 << 20)
    let output = ByteBuffer()
    var failure: GatewayError?
    for piece in pieces where failure == nil {
      piece.withUnsafeBytes { bytes in
        do {
          try parser.feed(bytes) { event in
            if failure == nil, case .failure(let error) = try editor.take(event, into: output) { failure = error }
          }
        } catch {
          failure = error as? GatewayError ?? GatewayError(.providerFailed, "cut", origin: .upstream)
        }
      }
    }
    if let failure {
      editor.appendError(failure, to: output)
    } else {
      editor.appendEnd(usage: nil, cost: nil, members: [], to: output)
    }
    let ending = failure.map { "failed: \($0.kind)" } ?? (editor.isFinished ? "complete" : "open")
    return Outcome(caller: output.copyBytes(), ending: ending, bytes: editor.deltaBytes)
  }
}

/// Inputs in Google's format to begin with.
enum GeminiSeeds {
  private static let answers = [
    #"{"candidates":[{"content":{"parts":[{"text":"Hi \u00e9"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":5},"modelVersion":"x","responseId":"r"}"#,
    #"{"candidates":[{"content":{"parts":[{"text":"a","thought":true},{"text":"","thought":true,"thoughtSignature":"c2ln"},{"text":"b","thoughtSignature":"c2ln"}]}}]}"#,
    #"{"candidates":[{"content":{"parts":[{"functionCall":{"id":"c","name":"f","args":{"a":[1.0]}},"thoughtSignature":"c2ln"},{"functionCall":{"name":"g"}}]},"finishReason":"STOP"}]}"#,
    #"{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AA"}},{"inlineData":{"mimeType":"audio/wav","data":"AA"}},{"executableCode":{"code":"x"}}]}}]}"#,
    #"{"candidates":[{"index":1,"finishReason":"SAFETY","groundingMetadata":{"webSearchQueries":["q"],"groundingChunks":[{"web":{"uri":"u","title":"t"}}],"groundingSupports":[{"segment":{"startIndex":1,"endIndex":3},"groundingChunkIndices":[0,9]}]},"logprobsResult":{"chosenCandidates":[{"token":"a","logProbability":-1e9}],"topCandidates":[{}]}}]}"#,
    #"{"candidates":[{"finishReason":"STOP","citationMetadata":{"citationSources":[{"uri":"u","endIndex":2}]}}],"usageMetadata":{"promptTokenCount":1e99,"candidatesTokenCount":-5,"thoughtsTokenCount":4}}"#,
    #"{"promptFeedback":{"blockReason":"SAFETY"}}"#, #"{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}"#,
    "{}", #"{"candidates":[1]}"#,
  ].map { "data: \($0)\r\n\r\n" }

  /// Streams.
  static let events = [answers[..<3].joined(), answers[0] + answers[4] + answers[5]] + answers

  /// Requests of callers.
  static let requests = [
    #"{"system_instruction":{"parts":{"text":"s"}},"contents":[{"role":"user","parts":[{"text":"a"},{"inline_data":{"mime_type":"image/png","data":"-_"}},{"fileData":{"fileUri":"gs://b/x.pdf"}}]}],"generationConfig":{"topK":3,"stopSequences":["x"],"responseMimeType":"text/x.enum","thinkingConfig":{"thinkingBudget":-1}},"safetySettings":[]}"#,
    #"{"contents":[{"role":"model","parts":[{"text":"t","thought":true,"thoughtSignature":"cGIxOnQ6eDoyOmlkc2ln"},{"functionCall":{"name":"f","args":[1]},"thoughtSignature":"c2ln"}]},{"parts":[{"functionResponse":{"name":"f","response":{"error":{}},"parts":[{"inlineData":{"mimeType":"x","data":"A"}}]}}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","nullable":true,"properties":{"a":{"enum":[]}}}}],"googleSearch":{}}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}}"#,
  ]
}
