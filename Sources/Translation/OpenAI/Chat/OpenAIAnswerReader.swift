import Core
import JSON

/// Reads a whole chat answer in OpenAI's format.
package enum OpenAIAnswerReader {
  /// The answer. Throws a 502 when it is none, or the error that the body holds instead.
  package static func answer(_ body: UnsafeRawBufferPointer) throws(GatewayError) -> Answer {
    let value = try JSONValue.answer(body)
    if let error = value["error"], !error.isNull { throw OpenAIErrorBody.streamError(error) }
    guard let choices = value["choices"]?.arrayValue else {
      throw GatewayError(.providerFailed, "The provider sent an answer without 'choices'", origin: .upstream)
    }
    var answer = Answer([])
    for (position, choice) in choices.enumerated() { answer.choices.append(try self.choice(choice, position)) }
    answer.usage = value["usage"].flatMap(OpenAIUsageForm.read)
    answer.id = value["id"]?.stringValue
    answer.model = value["model"]?.stringValue
    answer.provider = value["provider"]?.stringValue
    answer.created = value["created"]?.integerValue
    answer.serviceTier = value["service_tier"]?.stringValue
    answer.fingerprint = value["system_fingerprint"]?.stringValue
    for (key, value) in value.objectValue ?? [] where !known.contains(key) && !value.isNull {
      answer.extras.append(Member(key, value))
    }
    return answer
  }

  private static let known: Set<String> = [
    "id", "model", "provider", "object", "created", "choices", "usage", "service_tier", "system_fingerprint",
  ]

  private static func choice(_ value: JSONValue, _ position: Int) throws(GatewayError) -> Answer.Choice {
    var choice = Answer.Choice(
      [], index: value["index"]?.integerValue ?? Int64(position), finish: FinishReason(openAIChoice: value))
    if let logprobs = value["logprobs"], !logprobs.isNull { choice.logprobs = logprobs }
    guard let members = value["message"]?.objectValue else { return choice }
    do throws(GatewayError) {
      choice.parts = try OpenAIAssistantReader.message(members, field: "choices[\(position)].message").parts
    } catch {
      throw GatewayError(
        .providerFailed, "The provider sent an answer that cannot be read", origin: .upstream, context: error.message)
    }
    return choice
  }
}
