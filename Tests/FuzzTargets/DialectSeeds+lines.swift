/// Streams of Cohere and of Ollama to begin with.
enum LineSeeds {
  private static let cohereEvents = [
    #"{"id":"c","type":"message-start","delta":{"message":{"role":"assistant","content":[]}}}"#,
    #"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"thinking","thinking":""}}}}"#,
    #"{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"a"}}}}"#,
    #"{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"Hi \u00e9"}}},"logprobs":{"text":"Hi","logprobs":[-1,-2]}}"#,
    #"{"type":"content-end","index":1}"#,
    #"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I will"}}}"#,
    #"{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"t","function":{"name":"f","arguments":""}}}}}"#,
    #"{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"a\":1}"}}}}}"#,
    #"{"type":"tool-call-end","index":0}"#,
    #"{"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":0,"end":2,"sources":[{"document":{"url":"u"}}]}}}}"#,
    #"{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":1e99,"output_tokens":-1}}}}"#,
    #"{"type":"message-end","delta":{"finish_reason":"ERROR","error":"m"}}"#,
  ].map { "event: x\ndata: \($0)\n\n" }

  private static let ollamaLines = [
    #"{"model":"m","message":{"role":"assistant","content":"Hi \u00e9"},"done":false}"#,
    #"{"model":"m","message":{"role":"assistant","content":"","thinking":"a"},"done":false}"#,
    #"{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"a":1}}},{"id":"x","function":{"name":"g"}}]}}"#,
    #"{"message":{"content":"b"},"logprobs":[{"token":"b","logprob":-1}],"done":false}"#,
    #"{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":5,"eval_count":-3}"#,
    #"{"done":true,"eval_count":99999999999999999999}"#, #"{"error":"m"}"#, #"{"error":{"message":"m","code":503}}"#,
  ].map { $0 + "\n" }

  /// Of Cohere.
  static let cohere = [cohereEvents.joined()] + cohereEvents
  /// Of Ollama.
  static let ollama = [ollamaLines.joined()] + ollamaLines
}
