import Core
import JSON

/// Reads a whole chat answer in OpenAI's format.
package enum OpenAIAnswerReader {
  /// The answer. Throws a 502 when it is none, or the error that the body holds instead.
  package static func answer(_ body: UnsafeRawBufferPointer) throws(GatewayError) -> Answer {
    var answer = Answer([])
    var members = Members()
    do throws(JSONProblem) {
      var scanner = JSONScanner(body)
      // Anything else is told by what it lacks, when it is JSON at all.
      if try scanner.peek() == .object { try read(&scanner, into: &answer, &members) } else { try scanner.value() }
      try scanner.end()
    } catch {
      throw JSONValue.unreadable(error)
    }
    if let error = members.error, !error.isNull { throw OpenAIErrorBody.streamError(error) }
    guard let choices = members.choices?.arrayValue else {
      throw GatewayError(.providerFailed, "The provider sent an answer without 'choices'", origin: .upstream)
    }
    for (position, choice) in choices.enumerated() { answer.choices.append(try self.choice(choice, position)) }
    return answer
  }

  /// Members that are read when all of them are there.
  private struct Members {
    var error: JSONValue?
    var choices: JSONValue?
  }

  private static func read(
    _ scanner: inout JSONScanner, into answer: inout Answer, _ members: inout Members
  ) throws(JSONProblem) {
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let value = try JSONValue(&scanner)
      if key.isNamed("choices") {
        members.choices = value
      } else if key.isNamed("usage") {
        answer.usage = OpenAIUsageForm.read(value)
      } else if key.isNamed("id") {
        answer.id = value.stringValue
      } else if key.isNamed("model") {
        answer.model = value.stringValue
      } else if key.isNamed("created") {
        answer.created = value.integerValue
      } else if key.isNamed("provider") {
        answer.provider = value.stringValue
      } else if key.isNamed("service_tier") {
        answer.serviceTier = value.stringValue
      } else if key.isNamed("system_fingerprint") {
        answer.fingerprint = value.stringValue
      } else if !key.isNamed("object"), !value.isNull {
        if key.isNamed("error") { members.error = value }
        answer.extras.append(Member(key.string, value))
      }
      hasMember = try scanner.nextMember()
    }
  }

  private static func choice(_ value: JSONValue, _ position: Int) throws(GatewayError) -> Answer.Choice {
    var choice = Answer.Choice(
      [], index: value["index"]?.integerValue ?? Int64(position), finish: FinishReason(openAIChoice: value))
    if let logprobs = value["logprobs"], !logprobs.isNull { choice.logprobs = logprobs }
    guard let members = value["message"]?.objectValue else { return choice }
    do throws(GatewayError) {
      choice.parts = try OpenAIAssistantReader.message(members, field: "message").parts
    } catch {
      throw GatewayError(
        .providerFailed, "The provider sent an answer that cannot be read", origin: .upstream, context: error.message)
    }
    choice.finish = choice.finish?.calling(choice.parts.contains { $0.toolCall != nil })
    return choice
  }
}
