import Core
import HTTPWire
import JSON
import Translation

extension FuzzTarget {
  /// Streams of the Responses format, on their way to callers of other formats and of the same.
  static let responses = FuzzTarget(
    name: "responses", seeds: { CutInput.seeds(ResponsesSeeds.streams.map { Array($0.utf8) }) },
    check: { input in
      guard let input = CutInput(input) else { return nil }
      return DialectOutcome.objection(ResponsesDialect(), input) ?? ResponsesOutcome.objection(input)
    })
}

/// What became of a stream or a request that goes through in its own format.
struct ResponsesOutcome: Equatable {
  private var output: [UInt8] = []
  private var ending = "open"

  private init(_ pieces: [ArraySlice<UInt8>]) {
    let editor = ResponsesPassThrough().stream(
      AnswerIdentity(id: "gen-fuzz", source: AnswerSource(model: "m", provider: "P")), answerID: "resp_1")
    let parser = SSEParser(eventBytes: 1 << 20)
    let buffer = ByteBuffer()
    var failure: GatewayError?
    for piece in pieces where failure == nil {
      do {
        try piece.withUnsafeBytes {
          try parser.feed($0) { event in
            if failure == nil, case .failure(let error) = try editor.take(event, into: buffer) { failure = error }
          }
        }
      } catch {
        failure = error as? GatewayError ?? GatewayError(.providerFailed, "no stream", origin: .upstream)
      }
    }
    ending = failure.map { "failed: \($0.kind)" } ?? (editor.isFinished ? "complete" : "open")
    if let failure {
      editor.appendError(failure, to: buffer)
    } else {
      editor.appendEnd(usage: nil, cost: nil, members: [], to: buffer)
    }
    output = buffer.copyBytes()
  }

  /// What does not hold for a stream: however it is cut, it means the same, and what comes out is valid.
  static func objection(_ input: CutInput) -> String? {
    let whole = ResponsesOutcome([input.bytes[...]])
    let cut = ResponsesOutcome(input.pieces)
    if whole != cut { return "whole: \(whole), in pieces: \(cut)" }
    for event in PlainEvents.read(whole.output) where event.data != Array("[DONE]".utf8) {
      if !PlainJSON.accepts(event.data) { return "an event is no JSON: \(String(decoding: event.data, as: UTF8.self))" }
    }
    return nil
  }

  /// What does not hold for a request that has been read: it can go to a provider of its own format, and nothing is stored
  /// there.
  static func objection(_ conversation: Conversation, _ body: UnsafeRawBufferPointer) -> String? {
    guard conversation.format == .openAIResponses else { return nil }
    let buffer = ByteBuffer()
    guard (try? ResponsesPassThrough().encode(body, upstreamModel: "gpt-5.1", into: buffer)) != nil else {
      return "a request that was read cannot be edited"
    }
    guard PlainJSON.accepts(buffer.copyBytes()), let value = try? JSONValue.parse(buffer.bytes) else {
      return "an edited request is no JSON: \(String(decoding: buffer.bytes, as: UTF8.self))"
    }
    return value["store"]?.boolValue == false ? nil : "a request that is stored"
  }
}

/// Inputs to begin with.
enum ResponsesSeeds {
  private static let events = [
    #"{"type":"response.created","sequence_number":0,"response":{"id":"r","model":"m","usage":null}}"#,
    #"{"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","id":"rs_\"1"}}"#,
    #"{"type":"response.reasoning_summary_part.added","output_index":0,"summary_index":1}"#,
    #"{"type":"response.reasoning_summary_text.delta","output_index":0,"delta":"a\u00e9"}"#,
    #"{"type":"response.reasoning_text.delta","output_index":0,"delta":"t"}"#,
    #"{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"x","summary":[{"text":"s"}],"encrypted_content":"ZQ"}}"#,
    #"{"type":"response.output_item.added","output_index":1,"item":{"type":"message","id":"msg_1"}}"#,
    #"{"type":"response.output_text.delta","output_index":1,"delta":"Hi","logprobs":[{"token":"Hi","logprob":-1}]}"#,
    #"{"type":"response.output_text.annotation.added","output_index":1,"annotation":{"type":"url_citation","url":"u"}}"#,
    #"{"type":"response.refusal.delta","output_index":1,"delta":"no"}"#,
    #"{"type":"response.output_item.done","output_index":1,"item":{"type":"message","content":[{"type":"output_text","text":"x"}]}}"#,
    #"{"type":"response.output_item.added","output_index":2,"item":{"type":"function_call","call_id":"c","name":"f","namespace":"n"}}"#,
    #"{"type":"response.function_call_arguments.delta","output_index":2,"delta":"{\"a\""}"#,
    #"{"type":"response.output_item.done","output_index":3,"item":{"type":"custom_tool_call","id":"y","name":"g","input":"t"}}"#,
    #"{"type":"response.output_item.done","output_index":4,"item":{"type":"image_generation_call","result":"AA"}}"#,
    #"{"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":5,"output_tokens":1e99}}}"#,
    #"{"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"content_filter"}}}"#,
    #"{"type":"response.failed","response":{"error":{"code":"bio_policy","message":"m"}}}"#,
    #"{"type":"error","code":"server_error","message":"m"}"#, #"{"error":{"message":"m"}}"#, "[DONE]",
  ].map { "event: x\ndata: \($0)\n\n" }

  static let streams = [events[..<16].joined(), events[0] + events[7] + events[16]] + events

  static let requests = [
    #"{"model":"m","input":"hi","stream":true,"instructions":"s","provider":{},"include":["a"],"store":null}"#,
    #"{"model":"m","input":[{"type":"reasoning","id":"r","summary":[{"text":"s"}],"encrypted_content":"pb1:t:x:0:s","format":"unknown"},{"role":"assistant","content":[{"type":"output_text","text":"a","annotations":[{"type":"url_citation","url":"u"}]}]},{"type":"function_call","call_id":"c","name":"f","arguments":"[1]","namespace":"n"},{"type":"function_call_output","call_id":"c","output":[{"type":"input_image","image_url":"data:image/png;base64,AA"}]},{"type":"new"}]}"#,
    #"{"model":"m","store":false,"input":[{"role":"user","content":[{"type":"input_file","file_url":"u"},{"type":"input_audio","input_audio":{"data":"AA"}},{"type":"x"}]},{"type":"custom_tool_call","call_id":"d","name":"p","input":"t"}],"tools":[{"type":"custom","name":"p"},{"type":"namespace","name":"n","tools":[{"type":"function","name":"p"}]},{"type":"web_search"}],"tool_choice":{"type":"web_search"},"text":{"format":{"type":"json_schema","schema":{}},"x":1},"reasoning":{"effort":"max","mode":"pro"},"top_logprobs":3}"#,
  ]
}
