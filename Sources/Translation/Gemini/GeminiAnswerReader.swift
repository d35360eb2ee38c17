import Core
import JSON

/// Reads a whole answer in Google's format.
enum GeminiAnswerReader {
  /// The answer. Throws a 502 when it is none, a 403 when the prompt was blocked, or the error that the body holds.
  static func answer(_ body: UnsafeRawBufferPointer, _ context: AnswerContext) throws(GatewayError) -> Answer {
    let value = try JSONValue.answer(body)
    if let error = value["error"], !error.isNull { throw GeminiErrorBody.streamError(error) }
    let candidates = value["candidates"]?.arrayValue ?? []
    if candidates.isEmpty { throw blocked(value["promptFeedback"]) ?? missing }
    var usage = GeminiUsage()
    if let reported = value["usageMetadata"] { usage.take(reported) }
    var choices: [Answer.Choice] = []
    for (position, candidate) in candidates.enumerated() {
      choices.append(try choice(candidate, position, context))
      usage.searches += GeminiGrounding.searches(candidate)
    }
    var answer = Answer(choices, usage: usage.answerUsage)
    answer.id = value["responseId"]?.stringValue
    answer.model = value["modelVersion"]?.stringValue
    answer.serviceTier = usage.serviceTier
    return answer
  }

  private static var missing: GatewayError {
    GatewayError(.providerFailed, "The provider sent an answer without 'candidates'", origin: .upstream)
  }

  /// What `promptFeedback` says when the prompt was refused; nil when it was not.
  static func blocked(_ feedback: JSONValue?) -> GatewayError? {
    guard let feedback, let reason = feedback["blockReason"]?.stringValue else { return nil }
    let blocking = (feedback["safetyRatings"]?.arrayValue ?? []).filter { $0["blocked"]?.boolValue == true }
    let reasons = [reason] + blocking.compactMap { $0["category"]?.stringValue }
    return GatewayError(
      .moderated, feedback["blockReasonMessage"]?.stringValue ?? "The provider blocked the prompt (\(reason)).",
      origin: .upstream,
      metadata: [
        MetadataField("provider_code", .text(reason)), MetadataField("reasons", .list(reasons.map { .text($0) })),
      ])
  }

  private static func choice(
    _ candidate: JSONValue, _ position: Int, _ context: AnswerContext
  ) throws(GatewayError) -> Answer.Choice {
    let index = candidate["index"]?.integerValue ?? Int64(position)
    var choice = Answer.Choice(try parts(candidate["content"]?["parts"], context), index: index)
    let hasCalls = choice.parts.contains { $0.toolCall != nil }
    choice.finish = candidate["finishReason"]?.stringValue.map {
      GeminiFinishReason.reason($0, hasCalls: hasCalls)
    }
    choice.logprobs = candidate["logprobsResult"].flatMap(GeminiLogprobs.openAI)
    cite(candidate, &choice)
    return choice
  }

  private static func parts(_ value: JSONValue?, _ context: AnswerContext) throws(GatewayError) -> [Part] {
    guard let value, !value.isNull else { return [] }
    var reader = GeminiPartReader(makeID: { context.callID($0) })
    var parts: [Part]
    do throws(GatewayError) {
      parts = try reader.parts(value, field: "parts")
    } catch {
      throw GatewayError(
        .providerFailed, "The provider sent an answer that cannot be read", origin: .upstream, context: error.message)
    }
    var index: Int64 = 0
    for place in parts.indices {
      if var piece = parts[place].reasoning {
        piece.index = index
        if GeminiSignature.isAnyones(piece) { piece.format = .gemini }
        index += 1
        parts[place].content = .reasoning(piece)
      } else if let call = parts[place].toolCall, call.name == context.answerTool {
        parts[place] = .text(call.arguments)
      }
    }
    return parts
  }

  /// Citations stand at the first text, which they are counted from.
  private static func cite(_ candidate: JSONValue, _ choice: inout Answer.Choice) {
    var text = ""
    var starts: [Int] = []
    for part in candidate["content"]?["parts"]?.arrayValue ?? [] {
      starts.append(text.utf8.count)
      if part["thought"]?.boolValue != true { text += part["text"]?.stringValue ?? "" }
    }
    let citations = GeminiGrounding.citations(candidate, text: text, starts: starts)
    guard !citations.isEmpty, let place = choice.parts.firstIndex(where: { $0.text != nil }),
      case .text(var content) = choice.parts[place].content
    else { return }
    content.citations = citations
    choice.parts[place].content = .text(content)
  }
}
