import Core
import JSON

/// One chunk or whole answer of a provider as spans into its bytes: what is edited, and what the relay must know. One
/// pass, nothing built but the rare error and usage. It is large and never copied.
struct OpenAIChunk: ~Copyable {
  /// What is known of a choice.
  struct Choice {
    var index: Int64
    var isFinished: Bool
  }

  private(set) var id: JSONSpan?
  private(set) var model: JSONSpan?
  private(set) var provider: JSONSpan?
  private(set) var created: JSONSpan?
  private(set) var usage: OpenAIUsage?
  private(set) var error: JSONValue?
  /// Whether the member that carries the answer (`choices`, `data`) is there and is an array.
  private(set) var hasChoices = false
  private(set) var choiceCount = 0
  private(set) var choices: Choices = Choices()
  /// Bytes of text in the deltas or messages.
  private(set) var deltaBytes = 0
  /// The text of the only choice's delta (`content`, or `text` of a completion), with its quotes; nil when there is none.
  private(set) var text: JSONSpan?
  /// Reasoning as one text in the only choice's delta; nil when there is none.
  private(set) var reasoning: JSONSpan?
  /// `tool_calls` of the only choice, when not empty.
  private(set) var toolCalls: JSONSpan?
  /// What the deltas carry besides.
  private(set) var carries: ChunkContents = []
  /// The finish reason of the first choice that has one.
  private(set) var finishReason: JSONSpan?
  /// `service_tier`.
  private(set) var serviceTier: JSONSpan?
  /// What must be set right before it can go to a caller; of whole answers no delta is missed.
  private(set) var needs: ChunkRepair.Needs = []
  /// Whether a choice has its finish reason.
  private(set) var isFinished = false

  private var objectStart = 0
  private var objectEnd = 0
  private var memberCount = 0
  /// Where `usage` would be cut out: from behind the member before it, or up to the member behind it.
  private var usageCut: (start: Int, end: Int)?
  private var usageValue: JSONSpan?

  /// Reads the bytes of a JSON object. `answer` is the member that carries the answer.
  init(_ data: UnsafeRawBufferPointer, answer: StaticString = "choices") throws(JSONProblem) {
    var scanner = JSONScanner(data)
    guard try scanner.peek() == .object else { throw scanner.problem("an object should stand here") }
    objectStart = scanner.position
    var previousEnd = -1
    var cutsToNext = false
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      memberCount += 1
      if cutsToNext {
        usageCut?.end = key.span.start
        cutsToNext = false
      }
      if key.isNamed("usage") {
        guard usageCut == nil else { throw OpenAIChunk.repeated(at: key.span.start) }
        let start = scanner.position
        usage = try OpenAIUsage.read(&scanner)
        usageValue = JSONSpan(start: start, end: scanner.position, kind: usage == nil ? .null : .object)
        usageCut = (previousEnd < 0 ? key.span.start : previousEnd, scanner.position)
        cutsToNext = previousEnd < 0
      } else {
        try take(key, answer, &scanner)
      }
      previousEnd = scanner.position
      hasMember = try scanner.nextMember()
    }
    objectEnd = scanner.position
    try scanner.end()
  }

  private mutating func take(
    _ key: JSONKey, _ answer: StaticString, _ scanner: inout JSONScanner
  ) throws(JSONProblem) {
    if key.isNamed(answer), try scanner.peek() == .array {
      guard !hasChoices else { throw OpenAIChunk.repeated(at: key.span.start) }
      hasChoices = true
      var hasElement = try scanner.enterArray()
      while hasElement {
        try takeChoice(choiceCount, &scanner)
        hasElement = try scanner.nextElement()
      }
      return
    }
    if key.isNamed("error") {
      return try takeError(&scanner)
    }
    let span = try scanner.value()
    if key.hasEscapes { return try takeEscaped(key, span) }
    switch key.length {
    case 2: if key.matches("id") { try OpenAIChunk.note(span, in: &id) }
    case 5: if key.matches("model") { try OpenAIChunk.note(span, in: &model) }
    case 6: if span.kind == .string, span.count == 2, key.matches("object") { needs.insert(.frame) }
    case 7:
      guard key.matches("created"), span.kind == .number else { break }
      if span.smallInteger(in: scanner.text) == 0 { needs.insert(.frame) } else { created = span }
    case 8: if key.matches("provider") { try OpenAIChunk.note(span, in: &provider) }
    case 12: if key.matches("service_tier"), span.kind == .string { serviceTier = span }
    default: break
    }
  }

  /// Notes a member that is edited. A second one of its name would reach the caller unedited, so the text is refused.
  private static func note(_ span: JSONSpan, in member: inout JSONSpan?) throws(JSONProblem) {
    guard member == nil else { throw repeated(at: span.start) }
    member = span
  }

  private static func repeated(at offset: Int) -> JSONProblem { JSONProblem("a member is given twice", at: offset) }

  /// A member whose name is written with escapes, which no provider does; it means the same.
  private mutating func takeEscaped(_ key: JSONKey, _ span: JSONSpan) throws(JSONProblem) {
    switch key.string {
    case "id": try OpenAIChunk.note(span, in: &id)
    case "model": try OpenAIChunk.note(span, in: &model)
    case "provider": try OpenAIChunk.note(span, in: &provider)
    case "created" where span.kind == .number: created = span
    default: break
    }
  }

  private mutating func takeChoice(_ position: Int, _ scanner: inout JSONScanner) throws(JSONProblem) {
    choiceCount += 1
    guard try scanner.peek() == .object else {
      try scanner.value()
      return
    }
    var choice = Choice(index: Int64(position), isFinished: false)
    var saysSomething = false
    var reason: JSONSpan?
    var hasNativeReason = false
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let length = key.length
      if key.hasEscapes { carries.insert(.other) }
      if length == 13, key.matches("finish_reason") {
        // Some servers send an empty reason with every chunk; it ends nothing.
        let span = try scanner.value()
        choice.isFinished = span.kind == .string && span.count > 2
        if choice.isFinished, finishReason == nil { finishReason = span }
        if choice.isFinished { reason = span }
      } else if length == 5, key.matches("index") {
        let span = try scanner.value()
        choice.index = span.smallInteger(in: scanner.text) ?? choice.index
      } else if length == 5 && key.matches("delta") || length == 7 && key.matches("message"),
        try scanner.peek() == .object
      {
        saysSomething = true
        try takeDelta(&scanner)
      } else if length == 4, key.matches("text") {
        saysSomething = true
        let span = try scanner.value()
        deltaBytes += textBytes(span)
        takeText(span)
      } else if length == 8, key.matches("logprobs") {
        if textBytes(try scanner.value()) > 0 { carries.insert(.logprobs) }
      } else if length == 5, key.matches("error") {
        try takeError(&scanner)
      } else {
        if length == 20, key.matches("native_finish_reason") { hasNativeReason = true }
        try scanner.value()
      }
      hasMember = try scanner.nextMember()
    }
    if choice.isFinished { isFinished = true }
    if !saysSomething { needs.insert(.delta) }
    if let reason, !hasNativeReason, !OpenAIChunk.isCommon(reason, scanner.text) { needs.insert(.finish) }
    if choice.index != 0 || choiceCount > 1 { carries.insert(.otherChoice) }
    choices.append(choice)
  }

  /// Whether a finish reason is one of the interface's (reference section 2.7).
  private static func isCommon(_ reason: JSONSpan, _ text: UnsafeRawBufferPointer) -> Bool {
    switch reason.count - 2 {
    case 4: reason.isText("stop", in: text)
    case 5: reason.isText("error", in: text)
    case 6: reason.isText("length", in: text)
    case 10: reason.isText("tool_calls", in: text)
    case 14: reason.isText("content_filter", in: text)
    // Of the older interface for functions.
    case 13: reason.isText("function_call", in: text)
    default: false
    }
  }

  private mutating func takeDelta(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      let span = try scanner.value()
      if key.length != 4 || !key.matches("role") {
        let bytes = textBytes(span)
        deltaBytes += bytes
        if bytes > 0 { takeContent(key, span) }
      }
      hasMember = try scanner.nextMember()
    }
  }

  /// Notes where a delta's member that says something stands, or what it is.
  private mutating func takeContent(_ key: JSONKey, _ span: JSONSpan) {
    switch key.length {
    case 7 where key.matches("content"): takeText(span)
    case 10 where key.matches("tool_calls"):
      if toolCalls != nil { carries.insert(.repeatedCalls) }
      if span.kind == .array { toolCalls = span }
      carries.insert(.toolCalls)
    case 9 where key.matches("reasoning"), 17 where key.matches("reasoning_content"):
      carries.insert(.reasoning)
      if reasoning != nil || span.kind != .string { carries.insert(.opaqueReasoning) }
      if span.kind == .string { reasoning = span }
    case 17 where key.matches("reasoning_details"): carries.formUnion([.reasoning, .opaqueReasoning])
    case 13 where key.matches("function_call"): carries.insert(.toolCalls)
    case 7 where key.matches("refusal"): carries.insert(.refusal)
    case 7 where key.matches("channel"), 4 where key.matches("name"): break  // labels of Groq and MiniMax
    default: carries.insert(.other)
    }
  }

  private mutating func takeText(_ span: JSONSpan) {
    if textBytes(span) == 0 { return }
    if span.kind != .string || text != nil { carries.insert(.irregularText) }
    if span.kind == .string { text = span }
  }

  /// Largest error that is built as a document. Unit: bytes.
  private static let errorLimit = 65_536

  private mutating func takeError(_ scanner: inout JSONScanner) throws(JSONProblem) {
    let span = try scanner.value()
    if span.kind == .null { return }
    error = span.count <= OpenAIChunk.errorLimit ? try JSONValue.parse(span.bytes(in: scanner.text)) : .object([])
  }

  /// Bytes of a string, brackets and names of a tool call included; nothing for other kinds.
  private func textBytes(_ span: JSONSpan) -> Int {
    switch span.kind {
    case .string: span.count - 2
    case .array, .object: span.count > 2 ? span.count : 0
    default: 0
    }
  }

  /// Appends the object with the gateway's identity and without `usage`.
  func write(_ data: UnsafeRawBufferPointer, identity: AnswerIdentity, to output: ByteBuffer) {
    writeOpen(data, identity: identity, to: output)
    output.append("}")
  }

  /// Like `write`, but without the closing brace, so that a member can follow.
  func writeOpen(_ data: UnsafeRawBufferPointer, identity: AnswerIdentity, to output: ByteBuffer) {
    edits.apply(to: data, from: 0, upTo: objectEnd - 1, identity, output)
    appendMissing(identity, to: output)
  }

  /// Like `write`, but without a text: `opening` is what stands before it, its first quote included, and `closing` what
  /// stands behind it, from its last quote on.
  func write(
    _ data: UnsafeRawBufferPointer, around text: JSONSpan, identity: AnswerIdentity, _ opening: ByteBuffer,
    _ closing: ByteBuffer
  ) {
    edits.apply(to: data, from: 0, upTo: text.start + 1, identity, opening)
    edits.apply(to: data, from: text.end - 1, upTo: objectEnd - 1, identity, closing)
    appendMissing(identity, to: closing)
    closing.append("}")
  }

  private var edits: InPlaceEdits {
    var edits = InPlaceEdits()
    edits.note(id, .id)
    edits.note(model, .model)
    edits.note(provider, .provider)
    if let usageCut { edits.cut(usageCut.start, usageCut.end) }
    return edits
  }

  private func appendMissing(_ identity: AnswerIdentity, to output: ByteBuffer) {
    let isBare = memberCount == (usageValue == nil ? 0 : 1)
    if id == nil {
      output.append(isBare ? #""id":"# : #","id":"#)
      output.append(identity.idJSON)
    }
    if model == nil {
      output.append(#","model":"#)
      output.append(identity.modelJSON)
    }
    if provider == nil { output.append(identity.providerMember) }
  }

  /// The text, where the chunk says nothing but that: one unfinished choice, the first, and no counts, errors or other
  /// contents.
  var plainText: JSONSpan? {
    let isPlain = carries.isEmpty && !isFinished && choiceCount == 1 && usage == nil && error == nil
    return isPlain ? text : nil
  }

  /// Whether the answer says anything: a choice with text, tool calls or another delta, or embeddings.
  var isEmpty: Bool { choiceCount == 0 }
}

extension OpenAIChunk {
  /// The choices of a chunk; one is held without an allocation.
  struct Choices {
    private var first: Choice?
    private var rest: [Choice] = []

    mutating func append(_ choice: Choice) {
      if first == nil { first = choice } else { rest.append(choice) }
    }

    /// Calls `body` for each choice.
    func each(_ body: (Choice) -> Void) {
      if let first { body(first) }
      for choice in rest { body(choice) }
    }
  }
}

/// At most four replacements in one text, kept in order on the stack: the streaming path edits without allocating and
/// without counting references.
private struct InPlaceEdits {
  /// What takes the place of the bytes.
  enum Replacement {
    case id, model, provider, nothing
  }

  private struct Edit {
    var start: Int
    var end: Int
    var replacement: Replacement
  }

  private var list: (Edit?, Edit?, Edit?, Edit?) = (nil, nil, nil, nil)

  mutating func note(_ span: JSONSpan?, _ replacement: Replacement) {
    if let span { insert(Edit(start: span.start, end: span.end, replacement: replacement)) }
  }

  mutating func cut(_ start: Int, _ end: Int) { insert(Edit(start: start, end: end, replacement: .nothing)) }

  private mutating func insert(_ edit: Edit) {
    var edit = edit
    func place(_ slot: inout Edit?) -> Bool {
      guard let held = slot else {
        slot = edit
        return true
      }
      if edit.start < held.start {
        slot = edit
        edit = held
      }
      return false
    }
    if place(&list.0) || place(&list.1) || place(&list.2) { return }
    _ = place(&list.3)
  }

  /// Appends the edited text from `start` up to `end`, neither of which lies within an edit.
  func apply(
    to text: UnsafeRawBufferPointer, from start: Int, upTo end: Int, _ identity: AnswerIdentity, _ output: ByteBuffer
  ) {
    var position = start
    func write(_ edit: Edit?) {
      guard let edit, edit.start >= start, edit.end <= end else { return }
      output.append(UnsafeRawBufferPointer(rebasing: text[position..<edit.start]))
      switch edit.replacement {
      case .id: output.append(identity.idJSON)
      case .model: output.append(identity.modelJSON)
      case .provider: output.append(identity.providerJSON)
      case .nothing: break
      }
      position = edit.end
    }
    write(list.0)
    write(list.1)
    write(list.2)
    write(list.3)
    output.append(UnsafeRawBufferPointer(rebasing: text[position..<end]))
  }
}
