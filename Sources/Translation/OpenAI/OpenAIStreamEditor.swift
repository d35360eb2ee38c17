import Core
import Glibc
import JSON
import Ledger

/// Edits a provider's stream of chunks for the caller, event by event, in place: `id`, `model` and `provider` are the
/// gateway's, `usage` is taken out and delivered once at the end, all else goes through as written. Also keeps watch
/// over whether the stream is complete. Without I/O; one per attempt.
package final class OpenAIStreamEditor {
  /// What an event came to.
  package enum Event {
    /// A chunk was appended to the output.
    case chunk
    /// The event held nothing for the caller (usage, which comes last, or the terminator).
    case held
    /// The provider reports a failure within the stream.
    case failure(GatewayError)
  }

  private let operation: OpenAIOperation
  private let identity: AnswerIdentity
  /// The last usage the provider reported; nil until it does.
  package private(set) var usage: OpenAIUsage?
  /// Whether the provider sent `[DONE]`.
  package private(set) var sawTerminator = false
  /// Bytes of text the answer's deltas have carried so far, for an estimate where the provider reports no usage.
  package private(set) var deltaBytes = 0
  /// Bytes of text that were kept from the caller because an earlier attempt had delivered them, or because they cannot
  /// stand behind what it delivered; for the attempt's share of its bill.
  package private(set) var skippedBytes = 0
  /// The finish reason of the first choice that has one, as the provider wrote it.
  package private(set) var finishReason: String?
  /// The provider's own id of the answer.
  package private(set) var upstreamID: String?
  /// The service tier that the provider reported.
  package private(set) var serviceTier: String?
  private var created: [UInt8] = []
  private var choices = ChoiceProgress()
  private var usageTemplate: [UInt8]?
  private var template: ChunkTemplate?
  private var hasUsedTemplate = false
  private var hasText = false
  /// Templates in a row that fitted no chunk.
  private var vainTemplates = -1
  private let hidesReasoning: Bool
  private let transcript: StreamTranscript?
  private let toolCalls: ToolCallCollector?
  /// What joins this attempt's answer to an earlier one's; nil for an answer from its beginning.
  package let splicer: StreamSplicer?

  /// An editor for one attempt. What goes to the caller is noted in `transcript`, when a rescue may need it, and its tool
  /// calls in `toolCalls`, when they are to be judged. With a `splicer` the answer goes on where an earlier attempt broke
  /// off. `hidesReasoning`: the caller wants to read none.
  package init(
    _ operation: OpenAIOperation, identity: AnswerIdentity, transcript: StreamTranscript? = nil,
    toolCalls: ToolCallCollector? = nil, splicer: StreamSplicer? = nil, hidesReasoning: Bool = false
  ) {
    self.hidesReasoning = hidesReasoning
    self.operation = operation
    self.identity = identity
    self.transcript = transcript
    self.toolCalls = toolCalls
    self.splicer = splicer
  }

  /// Whether every choice seen has a finish reason, and at least one was seen.
  package var isFinished: Bool { choices.isFinished }

  /// Takes one event's data and appends the event for the caller, if any, to `output`. Throws when the data is neither
  /// a chunk nor the terminator; nothing has been appended then.
  package func take(
    _ data: UnsafeRawBufferPointer, into output: ByteBuffer
  ) throws(GatewayError) -> Event {
    try take(data, into: output, isRepaired: false)
  }

  private func take(
    _ data: UnsafeRawBufferPointer, into output: ByteBuffer, isRepaired: Bool
  ) throws(GatewayError) -> Event {
    if sawTerminator || data.isEmpty { return .held }
    if let template, let text = template.text(data) {
      deltaBytes += template.deltaBytes(text)
      transcript?.note(text: text)
      template.append(text, to: output)
      hasUsedTemplate = true
      return .chunk
    }
    // An event of several data lines: the line feeds between them are white space in JSON, but would end our line.
    if let base = data.baseAddress, memchr(base, Int32(UInt8(ascii: "\n")), data.count) != nil {
      let line = ByteBuffer(capacity: data.count)
      line.append(data.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 })
      defer { withExtendedLifetime(line) {} }
      return try take(line.bytes, into: output)
    }
    if OpenAIStreamEditor.isTerminator(data) {
      sawTerminator = true
      return .held
    }
    let chunk: OpenAIChunk
    do throws(JSONProblem) {
      chunk = try OpenAIChunk(data)
    } catch {
      throw GatewayError(
        .providerFailed, "The provider sent an event that is not valid JSON", origin: .upstream,
        context: error.description)
    }
    if let error = chunk.error { return .failure(OpenAIErrorBody.streamError(error)) }
    if let usage = chunk.usage { self.usage = usage }
    note(chunk, data)
    let needs = needs(chunk)
    if !needs.isEmpty, !isRepaired, let repaired = repaired(data, needs) {
      let line = ByteBuffer(capacity: repaired.count)
      line.append(repaired)
      defer { withExtendedLifetime(line) {} }
      return try take(line.bytes, into: output, isRepaired: true)
    }
    guard chunk.hasChoices else {
      throw GatewayError(.providerFailed, "The provider sent an event that is no chunk", origin: .upstream)
    }
    if chunk.choiceCount == 0, chunk.usage != nil {
      usageTemplate = edited(chunk, data)
      return .held
    }
    if let splicer, !splicer.isDone, chunk.choiceCount > 0 {
      return splice(splicer, chunk, data, into: output)
    }
    deliver(chunk, data, to: output)
    learn(chunk, data)
    return .chunk
  }

  /// What of a chunk must be set right for the caller.
  private func needs(_ chunk: borrowing OpenAIChunk) -> ChunkRepair.Needs {
    var needs = chunk.needs
    if operation != .chat { needs.subtract([.delta, .frame]) }
    if hidesReasoning, chunk.carries.contains(.reasoning) { needs.insert(.reasoning) }
    return needs
  }

  private func repaired(_ data: UnsafeRawBufferPointer, _ needs: ChunkRepair.Needs) -> [UInt8]? {
    let known = Int64(String(decoding: created, as: UTF8.self))
    return ChunkRepair(
      object: operation.chunkObject.description, created: known ?? Int64(WallClock.seconds()), needs: needs
    ).repaired(data)
  }

  /// How many templates may fit nothing before no more are made: some servers change a member with each chunk.
  private static let vainLimit = 3

  /// Notes how the stream's chunks look, from the second one with text on: a stream of one gains nothing.
  private func learn(_ chunk: borrowing OpenAIChunk, _ data: UnsafeRawBufferPointer) {
    guard vainTemplates < OpenAIStreamEditor.vainLimit, chunk.plainText != nil else { return }
    guard hasText else { return hasText = true }
    vainTemplates = hasUsedTemplate ? 0 : vainTemplates + 1
    hasUsedTemplate = false
    template = ChunkTemplate(chunk, data, identity)
  }

  /// Keeps what the books want to know of the answer.
  private func note(_ chunk: borrowing OpenAIChunk, _ data: UnsafeRawBufferPointer) {
    if created.isEmpty, let span = chunk.created { created = Array(span.bytes(in: data)) }
    if upstreamID == nil, let span = chunk.id { upstreamID = span.recordText(in: data) }
    if let span = chunk.serviceTier, serviceTier == nil { serviceTier = span.recordText(in: data) }
    if let span = chunk.finishReason, finishReason == nil { finishReason = span.recordText(in: data) }
  }

  private func deliver(_ chunk: borrowing OpenAIChunk, _ data: UnsafeRawBufferPointer, to output: ByteBuffer) {
    choices.note(chunk)
    deltaBytes += chunk.deltaBytes
    transcript?.note(chunk, data)
    toolCalls?.note(chunk, data)
    append(chunk, data, to: output)
  }

  /// Passes on what the splicer makes of a chunk.
  private func splice(
    _ splicer: StreamSplicer, _ chunk: borrowing OpenAIChunk, _ data: UnsafeRawBufferPointer, into output: ByteBuffer
  ) -> Event {
    let before = deltaBytes
    defer { skippedBytes = max(0, skippedBytes + chunk.deltaBytes - (deltaBytes - before)) }
    do throws(JSONProblem) {
      switch try splicer.take(chunk, data) {
      case .withhold: return .held
      case .deliver(let chunks):
        for chunk in chunks {
          let line = ByteBuffer(capacity: chunk.count)
          line.append(chunk)
          deliver(try OpenAIChunk(line.bytes), line.bytes, to: output)
        }
        return .chunk
      case .disagree: break
      }
    } catch {
      // Cannot be: the splicer's chunks are this one and earlier ones with pieces taken out.
    }
    return .failure(
      GatewayError(
        .providerFailed, "Another provider's answer does not go on where this one broke off", origin: .upstream))
  }

  /// Appends the final usage chunk. `usage` is the provider's, or an estimate where it reported none. `members` stand
  /// beside it; of a member of the same name in the provider's own usage chunk nothing remains.
  package func appendUsage(
    _ usage: OpenAIUsage, cost: Money?, members: [(key: String, value: JSONValue)] = [], to output: ByteBuffer
  ) {
    output.append("data: ")
    if let usageTemplate {
      output.append(OpenAIStreamEditor.opening(usageTemplate, without: members.map(\.key)))
    } else {
      appendOpening(to: output)
      output.append(#","choices":[]"#)
    }
    output.append(#","usage":"#)
    usage.write(cost: cost, to: output)
    for member in members { member.value.write(asMember: member.key, to: output) }
    output.append("}\n\n")
  }

  /// Appends an error as the stream's last event, with `finish_reason: "error"`; no terminator follows it. `members` stand
  /// beside the error.
  package func appendError(
    _ error: GatewayError, members: [(key: String, value: JSONValue)] = [], to output: ByteBuffer
  ) {
    output.append("data: ")
    appendOpening(to: output)
    output.append(#","error":"#)
    ErrorDocument.inner(error).write(to: output)
    for member in members { member.value.write(asMember: member.key, to: output) }
    output.append(
      operation == .completion
        ? #","choices":[{"index":0,"text":"","finish_reason":"error"}]}"#
        : #","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#)
    output.append("\n\n")
  }

  /// Appends the terminator.
  package static func appendTerminator(to output: ByteBuffer) { output.append("data: [DONE]\n\n") }

  /// Appends a comment that keeps the connection open while nothing else is to be said.
  package static func appendKeepAlive(to output: ByteBuffer) { output.append(": PATCHBAY PROCESSING\n\n") }

  // MARK: Pieces

  /// An object without its closing brace and without the named members.
  private static func opening(_ object: [UInt8], without names: [String]) -> [UInt8] {
    guard !names.isEmpty, let members = try? JSONValue.parse(object).objectValue else { return object.dropLast() }
    return JSONValue.object(members.filter { !names.contains($0.key) }).serialized().dropLast()
  }

  private static func isTerminator(_ data: UnsafeRawBufferPointer) -> Bool {
    data.count >= 6 && data.count < 16 && data.first { $0 != 32 } == UInt8(ascii: "[")
      && String(decoding: data, as: UTF8.self).filter { $0 != " " } == "[DONE]"
  }

  /// `{"id":…,"object":…,"created":…,"model":…,"provider":…`, open at its end.
  private func appendOpening(to output: ByteBuffer) {
    output.append(#"{"id":"#)
    output.append(identity.idJSON)
    output.append(#","object":""#)
    output.append(operation.chunkObject)
    output.append(#"","created":"#)
    if created.isEmpty { output.append(decimal: Int(WallClock.seconds())) } else { output.append(created) }
    output.append(#","model":"#)
    output.append(identity.modelJSON)
    output.append(identity.providerMember)
  }

  private func append(_ chunk: borrowing OpenAIChunk, _ data: UnsafeRawBufferPointer, to output: ByteBuffer) {
    output.append("data: ")
    chunk.write(data, identity: identity, to: output)
    output.append("\n\n")
  }

  private func edited(_ chunk: borrowing OpenAIChunk, _ data: UnsafeRawBufferPointer) -> [UInt8] {
    let buffer = ByteBuffer()
    chunk.write(data, identity: identity, to: buffer)
    return buffer.copyBytes()
  }
}

/// Which choices of a stream have begun and which have a finish reason. The first choice, nearly always the only one,
/// costs two booleans.
private struct ChoiceProgress {
  private var sawFirst = false
  private var finishedFirst = false
  private var open: Set<Int64> = []
  private var finished: Set<Int64> = []

  var isFinished: Bool {
    (sawFirst || !finished.isEmpty) && (!sawFirst || finishedFirst) && open.isEmpty
  }

  mutating func note(_ chunk: borrowing OpenAIChunk) {
    chunk.choices.each { choice in
      if choice.index == 0 {
        sawFirst = true
        if choice.isFinished { finishedFirst = true }
      } else if choice.isFinished {
        finished.insert(choice.index)
        open.remove(choice.index)
      } else if !finished.contains(choice.index) {
        open.insert(choice.index)
      }
    }
  }
}
