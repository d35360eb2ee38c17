import Core
import HTTPWire
import JSON
import TestSupport
import Translation

extension FuzzTarget {
  /// One for each stream decoder of a dialect, and one for the readers of requests. A new dialect adds its own with a line
  /// here.
  static let dialects = [
    streamTarget("chunks", OpenAIChatDialect(), DialectSeeds.chunks),
    streamTarget("anthropic", AnthropicDialect(), DialectSeeds.anthropic), bedrock,
    streamTarget("gemini", GeminiDialect(), GeminiSeeds.events), geminiSame,
    streamTarget("cohere", CohereDialect(), LineSeeds.cohere),
    streamTarget("ollama", OllamaDialect(), LineSeeds.ollama), responses, conversation,
  ]

  /// Streams of a dialect's provider: however they are cut, they mean the same; the chunks for the rooms are valid JSON
  /// that the rooms take, and what every kind of caller reads is a stream of valid events.
  private static func streamTarget(
    _ name: String, _ dialect: any ProviderDialect, _ seeds: [String]
  ) -> FuzzTarget {
    FuzzTarget(
      name: name, seeds: { CutInput.seeds(seeds.map { Array($0.utf8) }) },
      check: { input in
        guard let input = CutInput(input) else { return nil }
        return DialectOutcome.objection(dialect, input)
      })
  }

  /// Requests of every kind of caller: what is accepted can be said to the rooms and to every provider in valid JSON, and
  /// the rooms' form is read back as it was.
  static let conversation = FuzzTarget(
    name: "conversation",
    seeds: {
      (DialectSeeds.requests + GeminiSeeds.requests + ResponsesSeeds.requests).flatMap { text in
        (0..<4).map { [$0] + Array(text.utf8) }
      }
    },
    check: { input in
      guard let input = CutInput(input) else { return nil }
      return input.bytes.withUnsafeBytes { body in
        guard let conversation = conversation(input.choice, body) else { return nil }
        return objection(conversation) ?? ResponsesOutcome.objection(conversation, body)
      }
    })

  private static func conversation(_ choice: UInt8, _ body: UnsafeRawBufferPointer) -> Conversation? {
    switch choice % 4 {
    case 0: return try? OpenAIChatReader.conversation(body)
    case 1: return try? AnthropicCaller().conversation(body, CallerTarget())
    case 2: return try? GeminiCaller().conversation(body, CallerTarget(model: "m"))
    default: return try? ResponsesCaller().conversation(body, CallerTarget())
    }
  }

  private static func objection(_ conversation: Conversation) -> String? {
    let full = OpenAIChatWriter.encode(conversation, style: .full)
    guard PlainJSON.accepts(full.body.copyBytes()) else { return "the rooms' request is no JSON" }
    for (dialect, model) in [
      (OpenAIChatDialect() as any ProviderDialect, "gpt-5"), (AnthropicDialect(), "claude-3-5-sonnet"),
      (AnthropicDialect(), "claude-opus-4-8"), (BedrockDialect(), "us.anthropic.claude-sonnet-4-5-v1:0"),
      (BedrockDialect(), "amazon.nova-2-lite-v1:0"), (BedrockDialect(), "meta.llama3-1-70b-v1:0"),
      (CohereDialect(), "command-a-reasoning-08-2025"), (OllamaDialect(), "gpt-oss:20b"),
      (ResponsesDialect(), "gpt-5.1"), (ResponsesDialect(), "gpt-4o"),
      (GeminiDialect(), "gemini-2.5-flash"), (VertexDialect(), "gemini-3-pro-preview"),
    ] {
      guard let encoded = try? dialect.encode(conversation, for: ProviderTarget(model: model)) else { continue }
      if !PlainJSON.accepts(encoded.body.copyBytes()) { return "a request of \(dialect.format) is no JSON" }
      let header = encoded.dropped.header(\.openAIName) ?? ""
      if header.utf8.contains(where: { $0 < 32 || $0 > 126 }) { return "a header that is none: \(header)" }
    }
    guard conversation.format == .openAI else { return nil }
    guard let again = try? OpenAIChatReader.conversation(full.body.bytes) else { return nil }
    let twice = OpenAIChatWriter.encode(again, style: .full)
    return twice.body.copyBytes() == full.body.copyBytes() ? nil : "written again it is another request"
  }
}

/// What became of a dialect's stream.
struct DialectOutcome: Equatable {
  var rooms: [UInt8] = []
  /// What each kind of caller reads.
  var callers: [[UInt8]] = []
  var ending = "open"

  private static let identity = AnswerIdentity(id: "gen-fuzz", source: AnswerSource(model: "m", provider: "P"))

  init(_ dialect: any ProviderDialect, _ pieces: [ArraySlice<UInt8>]) {
    let stream = ProviderStream(dialect, AnswerContext(id: "gen-fuzz", created: 1), eventBytes: 1 << 20)
    let editor = OpenAIStreamEditor(.chat, identity: DialectOutcome.identity)
    let output = ByteBuffer()
    var failure: GatewayError?
    for piece in pieces where failure == nil {
      do throws(GatewayError) {
        try stream.feed(piece) { chunk in
          if failure != nil { return }
          do throws(GatewayError) {
            if case .failure(let error) = try editor.take(chunk, into: output) { failure = error }
          } catch { failure = error }
        }
      } catch { failure = error }
    }
    ending = failure.map { "failed: \($0.kind)" } ?? (editor.isFinished ? "complete" : "open")
    if let failure { editor.appendError(failure, to: output) }
    rooms = StreamOutcome.withoutTime(output.copyBytes())
    for dialect in [AnthropicCaller() as any CallerDialect, GeminiCaller(), ResponsesCaller()] {
      let caller = CallerStream(dialect, CallerContext(id: "msg_1", model: "m", created: 1), eventBytes: 1 << 20)
      let read = ByteBuffer()
      caller.feed(output.bytes, into: read)
      if failure == nil {
        let end = ByteBuffer()
        OpenAIStreamEditor.appendTerminator(to: end)
        caller.feed(end.bytes, into: read)
      }
      callers.append(read.copyBytes())
    }
  }

  /// What does not hold for a stream: however it is cut, it means the same, and what comes out is valid.
  static func objection(_ dialect: any ProviderDialect, _ input: CutInput) -> String? {
    let whole = DialectOutcome(dialect, [input.bytes[...]])
    let cut = DialectOutcome(dialect, input.pieces)
    if whole != cut { return "whole: \(whole), in pieces: \(cut)" }
    return whole.objection
  }

  /// What is wrong with what came out.
  private var objection: String? {
    for output in [rooms] + callers {
      for event in PlainEvents.read(output) where !PlainJSON.accepts(event.data) && event.data != Array("[DONE]".utf8) {
        return "an event is no JSON: \(String(decoding: event.data, as: UTF8.self))"
      }
    }
    return ending.hasPrefix("failed") && ending.contains("internalFailure") ? "the rooms do not take a chunk" : nil
  }
}

extension ProviderStream {
  fileprivate func feed(
    _ piece: ArraySlice<UInt8>, _ onChunk: (UnsafeRawBufferPointer) -> Void
  ) throws(GatewayError) {
    var failure: GatewayError?
    piece.withUnsafeBytes { bytes in
      do throws(GatewayError) { try feed(bytes, onChunk: onChunk) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}

/// Inputs to begin with.
private enum DialectSeeds {
  static let chunks = [
    #"{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}"#,
    #"{"choices":[{"index":0,"delta":{"reasoning":"a","reasoning_details":[{"type":"reasoning.text","text":"a","index":0},{"data":"x","id":"i","index":1}]}}]}"#,
    #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{\"a\":"}}]}}]}"#,
    #"{"choices":[{"index":1,"delta":{"tool_calls":[{"id":"c","function":{"name":"f","arguments":{"x":1}}}]},"finish_reason":"tool_calls","native_finish_reason":"x"}]}"#,
    #"{"choices":[{"delta":{"refusal":"no","annotations":[{"type":"url_citation","url_citation":{"url":"u"}}],"images":[{"image_url":{"url":"data:image/png;base64,AA"}}],"audio":{"data":"AA"}},"logprobs":{"content":[]}}]}"#,
    #"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1e99,"prompt_tokens_details":{"cached_tokens":-5}}}"#,
    #"{"error":{"message":"m","code":503}}"#, "[DONE]", #"{"choices":[{"delta":{"content":5}}]}"#,
  ].map { "data: \($0)\n\n" }

  private static let events = [
    #"{"type":"message_start","message":{"id":"m","model":"x","usage":{"input_tokens":5,"cache_read_input_tokens":3}}}"#,
    #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi \u00e9"}}"#,
    #"{"type":"content_block_stop","index":0}"#,
    #"{"type":"content_block_start","index":1,"content_block":{"type":"thinking","thinking":"a","signature":"s"}}"#,
    #"{"type":"content_block_delta","index":1,"delta":{"type":"signature_delta","signature":"c2ln"}}"#,
    #"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"a":1}}}"#,
    #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}}"#,
    #"{"type":"content_block_start","index":3,"content_block":{"type":"redacted_thinking","data":"ZW5j"}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"url":"u","title":"t"}}}"#,
    #"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_details":{"explanation":"e"}},"usage":{"output_tokens":9}}"#,
    #"{"type":"message_stop"}"#, #"{"type":"ping"}"#,
    #"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#,
  ].map { "event: x\ndata: \($0)\n\n" }

  static let anthropic = [events.joined(), events[..<4].joined() + events[10]] + events

  static let requests = [
    #"{"model":"m","messages":[{"role":"user","content":"hi"}],"stop":"x","reasoning":{"effort":"high"}}"#,
    #"{"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}],"reasoning_details":[{"type":"reasoning.text","text":"a","index":0},{"type":"reasoning.text","signature":"s","index":0}]},{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"r"}]}]}"#,
    #"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}},{"type":"file","file":{"file_data":"data:text/plain;base64,QQ=="}},{"type":"x"}]}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"tool_choice":"required"}"#,
    #"{"model":"m","messages":[{"role":"user","content":"a","name":"n"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"oneOf":[{"minimum":1}]}}},"temperature":1.5,"x\n,y":1}"#,
    #"{"model":"m","max_tokens":5,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral","ttl":"1h"}}],"messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"u"}},{"type":"tool_result","tool_use_id":"t","is_error":true}]}],"thinking":{"type":"adaptive"},"output_config":{"effort":"low"}}"#,
    #"{"model":"m","messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"a","signature":"pb1:t:x:2:idsig"},{"type":"redacted_thinking","data":"pb1:e:x:9:"},{"type":"tool_use","id":"a.b","name":"f","input":[1]}]}],"tools":[{"name":"f","input_schema":{}},{"type":"bash_1","name":"bash"}],"tool_choice":{"type":"any","disable_parallel_tool_use":true}}"#,
  ]
}
