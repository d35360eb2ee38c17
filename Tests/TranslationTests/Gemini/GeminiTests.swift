import Core
import HTTPWire
import JSON
import Ledger
import TestSupport
import Testing
import Translation

@Suite("Google's generateContent format and the neutral model")
struct GeminiTests {
  private let dialect = GeminiDialect()
  private let caller = GeminiCaller()
  private let context = CallerContext(id: "gen-1", model: "a/b", created: 1)
  private let answerContext = AnswerContext(id: "gen-1", created: 1)

  private func conversation(_ text: String) throws -> Conversation {
    try Array(text.utf8).withUnsafeBytes {
      try caller.conversation($0, CallerTarget(model: "a/b", isStream: true))
    }
  }

  private func body(_ conversation: Conversation, _ model: String) throws -> (JSONValue, EncodedRequest) {
    let encoded = try dialect.encode(conversation, for: ProviderTarget(model: model))
    return (try JSONValue.parse(encoded.body.bytes), encoded)
  }

  private func asked(_ change: (inout Conversation) -> Void) -> Conversation {
    var conversation = Conversation(.openAI, model: "m", messages: [Message(.user, [.text("hi")])])
    change(&conversation)
    return conversation
  }

  private func text(_ value: JSONValue?) -> String? { value.map { String(decoding: $0.serialized(), as: UTF8.self) } }

  @Test("A sealed signature finds its thought where a client has moved it to the text behind")
  func movedSeal() throws {
    let thought = Reasoning(.text("think"), signature: "c2ln", format: .anthropic)
    let answer = Answer([Answer.Choice([Part(.reasoning(thought)), .text("a")])])
    let output = ByteBuffer()
    caller.write(answer, context, to: output)
    let written = try JSONValue.parse(output.bytes)
    let seal = try #require(written["candidates"]?[0]?["content"]?["parts"]?[0]?["thoughtSignature"]?.stringValue)
    let read = try conversation(
      """
      {"contents":[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[
      {"thought":true,"text":"think"},{"text":"a","thoughtSignature":"\(seal)"}]}]}
      """)
    let parts = read.messages[1].parts
    #expect(parts.compactMap(\.reasoning) == [thought])
    #expect(parts.compactMap(\.text) == ["a"])
  }

  // MARK: Round trips

  @Test("A caller's conversation written for Google is read back as it was", arguments: 0..<300)
  func requestRoundTrip(_ seed: UInt64) throws {
    var maker = GeminiConversationMaker(seed: seed)
    let conversation = maker.conversation()
    let (_, encoded) = try body(conversation, conversation.model)
    #expect(encoded.dropped.isEmpty)
    let read = try caller.conversation(encoded.body.bytes, CallerTarget(model: conversation.model))
    #expect(read == conversation, "\(String(decoding: encoded.body.bytes, as: UTF8.self))")
  }

  @Test("A stream written for a Google caller says what was said", arguments: 0..<200)
  func streamRoundTrip(_ seed: UInt64) throws {
    var sent = EventLog()
    var received = EventLog()
    let encoder = caller.streamEncoder(context)
    let output = ByteBuffer()
    try EventMaker.stream(seed: seed) { event in
      sent.note(event)
      encoder.encode(event, into: output)
    }
    encoder.end(into: output)
    let decoder = dialect.streamDecoder(answerContext, eventBytes: 1 << 20)
    try decoder.feed(output.bytes) { received.note($0) }
    func heard(_ log: EventLog, _ kind: String) -> [String] { log.merged.filter { $0.hasPrefix("0 \(kind)") } }
    for kind in ["text", "call", "arguments", "image"] { #expect(heard(sent, kind) == heard(received, kind)) }
    #expect(heard(sent, "reasoning").count == heard(received, "reasoning").count)
    // A page has an address and a title there, and no words.
    #expect(heard(sent, "citation").map { $0.dropLast(1) + "-" } == heard(received, "citation").map { $0[...] + "" })
    #expect(heard(sent, "finish").count == 1 && heard(received, "finish").count == 1)
  }

  @Test(
    "Reasoning of every provider comes back whole from a caller that gives its parts back", arguments: [true, false])
  func seals(_ isStreamed: Bool) throws {
    let pieces = [
      Reasoning(.encrypted("ZW5j"), id: "rs:1", format: .openAIResponses),
      Reasoning(.summary("sum"), signature: "sig", id: "rs_2", format: .openAIResponses),
      Reasoning(.text("own"), signature: "c2ln", format: .anthropic), Reasoning(.encrypted("cmVk"), format: .anthropic),
      Reasoning(.text("thought"), signature: "Z29vZ2xl", format: .gemini),
      Reasoning(.encrypted("Z2NhbGw="), id: "c1", format: .gemini),
    ]
    let call = Part(.toolCall(ToolCall(id: "c1", name: "f", arguments: "{}")))
    let parts = isStreamed ? try streamed(pieces) : try whole(pieces.map { Part(.reasoning($0)) } + [.text("a"), call])
    let request = JSONValue.object([
      ("contents", .array([.object([("role", .string("model")), ("parts", .array(parts))])]))
    ])
    let read = try conversation(String(decoding: request.serialized(), as: UTF8.self))
    #expect(read.messages[0].parts.compactMap(\.reasoning) == pieces)
    #expect(read.messages[0].parts.last == call)
  }

  private func whole(_ parts: [Part]) throws -> [JSONValue] {
    let output = ByteBuffer()
    caller.write(Answer([Answer.Choice(parts)]), context, to: output)
    return try #require(try JSONValue.parse(output.bytes)["candidates"]?[0]?["content"]?["parts"]?.arrayValue)
  }

  /// The parts that a client has gathered from a stream.
  private func streamed(_ pieces: [Reasoning]) throws -> [JSONValue] {
    let encoder = caller.streamEncoder(context)
    let output = ByteBuffer()
    func think(_ kind: ReasoningDelta.Kind, _ text: String, _ piece: Reasoning, _ index: Int) {
      JSONText.with(text) {
        encoder.encode(
          AnswerEvent(.reasoning(ReasoningDelta(kind, $0, index: Int64(index), format: piece.format, id: piece.id))),
          into: output)
      }
    }
    for (index, piece) in pieces.enumerated() {
      switch piece.content {
      case .text(let text): for character in text { think(.text, String(character), piece, index) }
      case .summary(let text): think(.summary, text, piece, index)
      case .encrypted(let data): think(.encrypted, data, piece, index)
      }
      if let signature = piece.signature { think(.signature, signature, piece, index) }
    }
    JSONText.with("a") { encoder.encode(AnswerEvent(.text($0)), into: output) }
    encoder.encode(AnswerEvent(.toolCall(position: 0, ToolCallStart(id: "c1", name: "f"))), into: output)
    JSONText.with("{}") { encoder.encode(AnswerEvent(.toolArguments(position: 0, $0)), into: output) }
    encoder.end(into: output)
    return try events(output.copyBytes()).dropLast().flatMap {
      $0["candidates"]?[0]?["content"]?["parts"]?.arrayValue ?? []
    }
  }

  private func events(_ bytes: [UInt8]) throws -> [JSONValue] {
    let parser = SSEParser(eventBytes: 1 << 20)
    var events: [JSONValue] = []
    try bytes.withUnsafeBytes { try parser.feed($0) { events.append(try JSONValue.parse($0.data)) } }
    return events
  }

  // MARK: Requests for providers

  @Test(
    "Paths name the model and the method",
    arguments: [
      ("gemini-2.5-pro", false, "/models/gemini-2.5-pro:generateContent"),
      ("gemini-2.5-pro", true, "/models/gemini-2.5-pro:streamGenerateContent?alt=sse"),
      ("tunedModels/x", false, "/tunedModels/x:generateContent"),
      ("a:b?c", false, "/models/a%3Ab%3Fc:generateContent"),
    ])
  func paths(_ row: (model: String, isStream: Bool, path: String)) {
    #expect(dialect.path(.chat, model: row.model, isStream: row.isStream) == row.path)
    #expect(VertexDialect().path(.chat, model: row.model, isStream: row.isStream) == row.path)
    #expect(dialect.path(.completion, model: row.model, isStream: false) == nil)
  }

  @Test("The key is Google's header for the Gemini API and a bearer's for Vertex")
  func authorization() {
    #expect(dialect.authorization(Secret("k")) == HeaderField("x-goog-api-key", "k"))
    #expect(VertexDialect().authorization(Secret("k")) == HeaderField("authorization", "Bearer k"))
  }

  @Test(
    "Reasoning takes the form that the model knows",
    arguments: [
      ("gemini-2.5-flash", "high", #"{"thinkingBudget":8000,"includeThoughts":true}"#, false),
      ("gemini-2.5-flash", "none", #"{"thinkingBudget":0}"#, false),
      ("gemini-2.5-pro", "none", nil, true),
      ("gemini-2.5-pro", "minimal", #"{"thinkingBudget":1000,"includeThoughts":true}"#, false),
      ("gemini-3-pro-preview", "medium", #"{"thinkingLevel":"HIGH","includeThoughts":true}"#, false),
      ("gemini-3.1-pro-preview", "medium", #"{"thinkingLevel":"MEDIUM","includeThoughts":true}"#, false),
      ("gemini-3-flash-preview", "none", #"{"thinkingLevel":"MINIMAL"}"#, false),
      ("gemini-flash-latest", "xhigh", #"{"thinkingLevel":"HIGH","includeThoughts":true}"#, false),
      ("gemini-2.0-flash", "high", nil, true), ("gemini-2.0-flash", "none", nil, false),
      ("gemini-2.5-flash-image", "high", nil, true), ("gemma-3-27b-it", "high", nil, true),
    ] as [(String, String, String?, Bool)])
  func thinks(_ row: (model: String, effort: String, thinking: String?, isDropped: Bool)) throws {
    let (body, encoded) = try body(
      asked {
        $0.maxTokens = 10_000
        $0.reasoning = ReasoningSettings()
        $0.reasoning?.effort = row.effort
      }, row.model)
    #expect(text(body["generationConfig"]?["thinkingConfig"]) == row.thinking)
    #expect(encoded.dropped.fields == (row.isDropped ? [.reasoning] : []))
  }

  @Test("A budget stays within what the model takes, and hidden thoughts are not asked for")
  func budgets() throws {
    let (body, _) = try body(
      asked {
        $0.reasoning = ReasoningSettings()
        $0.reasoning?.budget = 50
        $0.reasoning?.isExcluded = true
      }, "gemini-2.5-pro")
    #expect(text(body["generationConfig"]?["thinkingConfig"]) == #"{"thinkingBudget":128}"#)
  }

  @Test("What Google's format has no word for is left out and named")
  func drops() throws {
    let (body, encoded) = try body(
      asked {
        $0.sampling.minP = JSONNumber(text: "0.1")
        $0.sampling.seed = JSONNumber(text: "12345678901234567890")
        $0.stop = ["1", "2", "3", "4", "5", "6"]
        $0.serviceTier = "scale"
        $0.verbosity = "low"
        $0.tools = [ToolDefinition(.native(.openAI, .object([("type", .string("custom"))])))]
        $0.toolChoice = .required
      }, "gemini-2.5-flash")
    #expect(
      encoded.dropped.header(\.openAIName)
        == "stop, min_p, seed, tools.custom, tool_choice, service_tier, verbosity")
    #expect(body["generationConfig"]?["stopSequences"]?.arrayValue?.count == 5 && body["tools"] == nil)
  }

  @Test("A signature goes back to the call it came with, and calls of other models get Google's placeholder")
  func signatures() throws {
    let calls = ["a", "b"].map { Part(.toolCall(ToolCall(id: $0, name: "f", arguments: "{}"))) }
    func turn(_ pieces: [Reasoning]) -> Conversation {
      asked { $0.messages.append(Message(.assistant, pieces.map { Part(.reasoning($0)) } + calls)) }
    }
    let signed = turn([Reasoning(.encrypted("c2ln"), id: "a", format: .gemini)])
    for (conversation, model, signature) in [
      (signed, "gemini-3-pro-preview", "c2ln"), (signed, "gemini-2.5-pro", "c2ln"),
      (turn([]), "gemini-3-pro-preview", "skip_thought_signature_validator"), (turn([]), "gemini-2.5-pro", nil),
    ] as [(Conversation, String, String?)] {
      let parts = try body(conversation, model).0["contents"]?[1]?["parts"]
      #expect(parts?[0]?["thoughtSignature"]?.stringValue == signature)
      #expect(parts?[1]?["functionCall"]?["id"]?.stringValue == "b" && parts?[1]?["thoughtSignature"] == nil)
    }
  }

  @Test("Results stand together behind their calls, whatever they hold")
  func results() throws {
    let image = Part(.image(ImageContent(.data(type: "image/png", base64: "AAAA"))))
    let conversation = asked {
      $0.messages.append(
        Message(.assistant, ["a", "b"].map { Part(.toolCall(ToolCall(id: $0, name: "f", arguments: ""))) }))
      $0.messages.append(Message(.user, [Part(.toolResult(ToolResult(callID: "a", parts: [.text("1"), image])))]))
      $0.messages.append(Message(.user, [Part(.toolResult(ToolResult(callID: "b", parts: [.text("2")])))]))
    }
    let old = try body(conversation, "gemini-2.5-flash").0["contents"]
    #expect(old?[2]?["parts"]?.arrayValue?.count == 2 && old?[2]?["parts"]?[0]?["functionResponse"]?["parts"] == nil)
    #expect(old?[3]?["parts"]?[1]?["inlineData"]?["data"]?.stringValue == "AAAA")
    let new = try body(conversation, "gemini-3-pro-preview").0["contents"]
    #expect(new?.arrayValue?.count == 3)
    #expect(
      new?[2]?["parts"]?[0]?["functionResponse"]?["parts"]?[0]?["inlineData"]?["mimeType"]?.stringValue == "image/png")
  }

  @Test("A form of the answer beside functions is a tool with models that take only one of them")
  func forcedTool() throws {
    let conversation = asked {
      $0.responseFormat = .jsonSchema(SchemaFormat(.object([("type", .string("object"))]), name: "person"))
      $0.tools = [ToolDefinition(.function(FunctionTool("f")))]
    }
    let (old, encoded) = try body(conversation, "gemini-2.5-flash")
    #expect(encoded.answerTool == "person" && old["generationConfig"] == nil)
    #expect(old["toolConfig"]?["functionCallingConfig"]?["mode"]?.stringValue == "ANY")
    let answer =
      #"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"person","args":{"a":1.0}}}]},"finishReason":"STOP"}]}"#
    let read = try Array(answer.utf8).withUnsafeBytes {
      try dialect.answer($0, AnswerContext(id: "g", created: 1, answerTool: "person"))
    }
    #expect(read.choices[0].parts == [.text(#"{"a":1.0}"#)] && read.choices[0].finish?.kind == .stop)
    let (new, native) = try body(conversation, "gemini-3-flash-preview")
    #expect(native.answerTool == nil && new["generationConfig"]?["responseJsonSchema"] != nil)
    let (never, _) = try body(
      asked {
        $0.responseFormat = .jsonObject
        $0.tools = conversation.tools
        $0.toolChoice = .never
      }, "gemini-2.5-flash")
    #expect(never["tools"] == nil && never["generationConfig"]?["responseMimeType"]?.stringValue == "application/json")
  }

  @Test("Only what Google holds itself goes as an address")
  func addresses() {
    for url in ["gs://b/x", "https://generativelanguage.googleapis.com/v1beta/files/x", "https://youtu.be/x"] {
      #expect(!dialect.needsBytes(of: .file, at: url))
    }
    #expect(dialect.needsBytes(of: .image, at: "https://example.com/gs://x"))
  }

  // MARK: Answers

  @Test("Usage has OpenAI's convention inside and Google's outside")
  func usage() throws {
    let text =
      #"{"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"promptTokenCount":1000,"toolUsePromptTokenCount":10,"cachedContentTokenCount":600,"candidatesTokenCount":9,"thoughtsTokenCount":4,"promptTokensDetails":[{"modality":"TEXT","tokenCount":980},{"modality":"AUDIO","tokenCount":20}],"serviceTier":"standard"}}"#
    let answer = try Array(text.utf8).withUnsafeBytes { try dialect.answer($0, answerContext) }
    #expect(
      answer.usage?.counts
        == Usage(
          promptTokens: 1010, completionTokens: 13, cachedTokens: 600, reasoningTokens: 4, audioPromptTokens: 20))
    #expect(answer.serviceTier == "default")
    let output = ByteBuffer()
    caller.write(answer, context, to: output)
    #expect(
      self.text(try JSONValue.parse(output.bytes)["usageMetadata"])
        == #"{"promptTokenCount":1010,"cachedContentTokenCount":600,"candidatesTokenCount":9,"thoughtsTokenCount":4,"totalTokenCount":1023,"promptTokensDetails":[{"modality":"TEXT","tokenCount":990},{"modality":"AUDIO","tokenCount":20}]}"#
    )
  }

  @Test("A blocked prompt is moderation, with its reasons, whole and streamed")
  func blocked() throws {
    let text =
      #"{"promptFeedback":{"blockReason":"SAFETY","safetyRatings":[{"category":"HARM_CATEGORY_HATE_SPEECH","blocked":true},{"category":"HARM_CATEGORY_HARASSMENT"}]},"usageMetadata":{"promptTokenCount":5}}"#
    let thrown = #expect(throws: GatewayError.self) {
      try Array(text.utf8).withUnsafeBytes { _ = try dialect.answer($0, answerContext) }
    }
    var failures = [try #require(thrown)]
    try Array("data: \(text)\n\n".utf8).withUnsafeBytes {
      try dialect.streamDecoder(answerContext, eventBytes: 1 << 20).feed($0) {
        if case .failure(let error) = $0.happening { failures.append(error) }
      }
    }
    #expect(failures.count == 2)
    for error in failures {
      #expect(error.kind == .moderated)
      guard case .list(let reasons)? = error.metadata.first(where: { $0.name == "reasons" })?.value else {
        Issue.record("the error has no reasons")
        continue
      }
      #expect(reasons.count == 2)
    }
  }

  @Test(
    "Every way to end has its reason",
    arguments: [
      ("STOP", "stop"), ("MAX_TOKENS", "length"), ("SAFETY", "content_filter"), ("RECITATION", "content_filter"),
      ("IMAGE_PROHIBITED_CONTENT", "content_filter"), ("MALFORMED_FUNCTION_CALL", "error"), ("OTHER", "error"),
      ("MISSING_THOUGHT_SIGNATURE", "error"), ("SOMETHING_NEW", "stop"),
    ])
  func finishReasons(_ row: (word: String, kind: String)) throws {
    let text = #"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"\#(row.word)"}]}"#
    let answer = try Array(text.utf8).withUnsafeBytes { try dialect.answer($0, answerContext) }
    #expect(answer.choices[0].finish == FinishReason(try #require(.init(rawValue: row.kind)), native: row.word))
  }

  @Test("Places of citations are bytes outside and characters inside, whole and streamed")
  func citations() throws {
    let candidate =
      #"{"content":{"parts":[{"text":"é😀 "},{"text":"bl\u00fce"}]},"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://x","title":"X"}},{"maps":{"uri":"https://m"}}],"groundingSupports":[{"segment":{"startIndex":7,"endIndex":12},"groundingChunkIndices":[0]}]}}"#
    var ranges: [Range<Int64>?] = []
    try Array("data: {\"candidates\":[\(candidate)]}\n\n".utf8).withUnsafeBytes {
      try dialect.streamDecoder(answerContext, eventBytes: 1 << 20).feed($0) {
        if case .citation(let citation) = $0.happening { ranges.append(citation.range) }
      }
    }
    #expect(ranges == [3..<7, nil])
    let answer = try Array("{\"candidates\":[\(candidate)]}".utf8).withUnsafeBytes {
      try dialect.answer($0, answerContext)
    }
    guard case .text(let content) = answer.choices[0].parts[0].content else {
      Issue.record("the answer has no text")
      return
    }
    #expect(content.citations.map(\.range) == [3..<7, nil])
    let output = ByteBuffer()
    caller.write(answer, context, to: output)
    let segment = try JSONValue.parse(output.bytes)["candidates"]?[0]?["groundingMetadata"]?["groundingSupports"]?[0]
    #expect(text(segment?["segment"]) == #"{"startIndex":7,"endIndex":12,"text":"blüe"}"#)
  }

  @Test("Calls without ids get ones, and a second answer with the same id gets the same")
  func callIDs() throws {
    var logs: [[String]] = []
    let stream =
      #"data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}},{"functionCall":{"name":"g","args":{"a":[1]},"id":"own"}}]},"finishReason":"STOP"}]}"#
      + "\r\n\r\n"
    for _ in 0..<2 {
      var log = EventLog()
      try Array(stream.utf8).withUnsafeBytes {
        try dialect.streamDecoder(answerContext, eventBytes: 1 << 20).feed($0) { log.note($0) }
      }
      logs.append(log.merged)
    }
    #expect(logs[0] == logs[1])
    #expect(
      logs[0].dropFirst() == [
        "0 call 0 call_gen1_0 f []", "0 arguments 0|{}", "0 call 1 own g []", #"0 arguments 1|{"a":[1]}"#,
        "0 finish tool_calls STOP -",
      ])
  }

  @Test("A sign of life is nothing that Google's client libraries take for an event")
  func keepAlive() {
    let output = ByteBuffer()
    caller.streamEncoder(context).keepAlive(into: output)
    #expect(output.copyBytes() == Array("\n\n".utf8))
  }

  // MARK: Requests of callers

  @Test("Names are read in both cases, and bytes in both alphabets")
  func snakeCase() throws {
    let read = try conversation(
      #"""
      {"system_instruction":{"parts":{"text":"s"}},"contents":[{"role":"user","parts":[{"inline_data":{"mime_type":"image/png","data":"-_8"}}]}],
      "generation_config":{"max_output_tokens":5,"top_k":3,"response_mime_type":"application/json","thinking_config":{"include_thoughts":true,"thinking_level":"LOW"}},
      "tool_config":{"function_calling_config":{"mode":"any","allowed_function_names":["f"]}},"tools":[{"function_declarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"max_size":{"type":"STRING","nullable":true,"min_length":"2"}}}}]},{"google_search":{}}],
      "safety_settings":[],"provider":{"only":["x"]}}
      """#)
    #expect(read.model == "a/b" && read.isStream && read.maxTokens == 5 && read.toolChoice == .tool("f"))
    #expect(read.messages[0] == Message(.system, [.text("s")]))
    #expect(read.messages[1].parts == [Part(.image(ImageContent(.data(type: "image/png", base64: "+/8="))))])
    #expect(
      read.responseFormat == .jsonObject && read.reasoning?.effort == "low" && read.reasoning?.isExcluded == false)
    #expect(
      text(read.tools[0].function?.parameters)
        == #"{"type":"object","properties":{"max_size":{"type":["string","null"],"minLength":2}}}"#)
    #expect(read.tools[1].kind == .native(.gemini, .object([("googleSearch", .object([]))])))
    #expect(read.extras.map(\.name) == ["safetySettings"] && read.routing.map(\.name) == ["provider"])
  }

  @Test("Results without ids belong to the open call of their name")
  func resultsByName() throws {
    let read = try conversation(
      #"""
      {"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"}},{"functionCall":{"name":"g"}},{"functionCall":{"name":"f"}}]},
      {"role":"function","parts":[{"functionResponse":{"name":"g","response":{"result":1}}},{"functionResponse":{"name":"f","response":{"error":"no"}}},{"functionResponse":{"name":"f","response":{"output":"yes"}}}]}]}
      """#)
    let results = read.messages[1].parts.compactMap(\.toolResult)
    #expect(results.map(\.callID) == ["call_1", "call_0", "call_2"])
    #expect(results.map(\.text) == [#"{"result":1}"#, "no", "yes"] && results.map(\.isError) == [nil, true, nil])
  }

  @Test("The body of a count of tokens may wrap a request")
  func countTokens() throws {
    let read = try conversation(
      #"{"generateContentRequest":{"model":"models/x","contents":[{"parts":[{"text":"hi"}]}]}}"#)
    #expect(read.messages == [Message(.user, [.text("hi")])])
    #expect(caller.tokenCount(7).map { String(decoding: $0, as: UTF8.self) } == #"{"totalTokens":7}"#)
  }

  @Test(
    "A wrong field is refused with its name",
    arguments: [
      ("contents", #"{}"#), ("contents", #"{"contents":[]}"#),
      ("contents[0].parts", #"{"contents":[{"role":"user"}]}"#),
      ("contents[0].role", #"{"contents":[{"role":"robot","parts":[]}]}"#),
      ("contents[0].parts[0].text", #"{"contents":[{"parts":[{"text":5}]}]}"#),
      ("contents[0].parts[0].inlineData.data", #"{"contents":[{"parts":[{"inlineData":{"mimeType":"x"}}]}]}"#),
      ("generationConfig.topP", #"{"contents":[{"parts":[]}],"generationConfig":{"topP":"1"}}"#),
      (
        "toolConfig.functionCallingConfig.mode",
        #"{"contents":[{"parts":[]}],"toolConfig":{"functionCallingConfig":{"mode":"x"}}}"#
      ),
      (
        "tools[0].functionDeclarations[0].name", #"{"contents":[{"parts":[]}],"tools":[{"functionDeclarations":[{}]}]}"#
      ),
    ])
  func refuses(_ row: (field: String, body: String)) {
    let error = #expect(throws: GatewayError.self) { try conversation(row.body) }
    guard case .text(let field)? = error?.metadata.first(where: { $0.name == "field" })?.value else {
      Issue.record("the error names no field: \(error?.message ?? "")")
      return
    }
    #expect(field == row.field && error?.kind == .invalidRequest)
  }
}
