import Core
import EventLoop
import HTTPWire

extension Connection {
  /// Digits of a chunk's size on the wire; written before the size is known.
  private static let chunkDigits = 4
  private static let largestChunk = 0xffff

  // MARK: Responses

  /// Sends a whole response to the current exchange and finishes it.
  func respond(
    _ exchange: Exchange, status: Int, fields: ResponseFields, contentType: String, body: UnsafeRawBufferPointer
  ) {
    let plan = writeHead(
      exchange.head, status: status, size: body.count, requestID: exchange.requestID, fields: fields,
      contentType: contentType)
    if plan.sendsBody { output.append(body) }
    responseFinished(plan)
  }

  /// Sends an error as the handler renders it and finishes the exchange.
  func respond(_ exchange: Exchange, error: GatewayError, fields: ResponseFields) {
    writeError(error, requestID: exchange.requestID, head: exchange.head, fields: fields)
  }

  /// Answers in the handler's place and ends the connection: the request cannot be read any further.
  func answer(_ error: GatewayError, fields: ResponseFields = ResponseFields()) {
    let abandoned = refusal == nil ? exchange : nil
    let observer = abandoned?.observer
    refusal = nil
    bodyReader = nil
    let exchange = exchange
    writeError(
      error, requestID: exchange?.requestID ?? Identifier.request(), head: exchange?.head, fields: fields)
    if let abandoned { observer?.callerLeft(abandoned) }
  }

  /// Begins a streamed response.
  func begin(_ exchange: Exchange, status: Int, fields: ResponseFields, contentType: String) {
    plan = writeHead(
      exchange.head, status: status, size: nil, requestID: exchange.requestID, fields: fields, contentType: contentType)
  }

  /// Appends to a streamed response.
  func write(_ bytes: UnsafeRawBufferPointer) {
    guard let plan, plan.sendsBody, !bytes.isEmpty else { return }
    if plan.body == .chunked { appendChunked(bytes) } else { output.append(bytes) }
    noteHighWater()
    queue()
  }

  /// Ends a streamed response.
  func finish() {
    guard let plan else { return }
    closeChunk()
    if plan.body == .chunked, plan.sendsBody { output.append("0\r\n\r\n") }
    responseFinished(plan)
    queue()
  }

  /// Ends the response before its end, visibly.
  func abort() {
    end(plan?.body == .untilClose ? .reset : .linger)
  }

  /// Stops framing.
  func takeOver() {
    closeChunk()
    enter(.takenOver)
  }

  /// Appends bytes as they are.
  func writeRaw(_ bytes: UnsafeRawBufferPointer) {
    output.append(bytes)
    noteHighWater()
    queue()
  }

  /// Ends the exchange and, after everything has been sent, the connection.
  func end(_ ending: Ending) {
    closeChunk()
    releaseExchange()
    self.ending = ending
    enter(.finishing)
    queue()
  }

  private func writeError(_ error: GatewayError, requestID: String, head: RequestHead?, fields: ResponseFields) {
    let rendered = server.handler.renderError(error, requestID: requestID, head: head)
    var fields = fields
    if let seconds = error.retryAfterSeconds { fields.add("retry-after", String(seconds)) }
    let plan = writeHead(
      head, status: error.kind.status, size: rendered.body.count, requestID: requestID, fields: fields,
      contentType: rendered.contentType)
    if plan.sendsBody { output.append(rendered.body) }
    responseFinished(plan)
  }

  private func writeHead(
    _ head: RequestHead?, status: Int, size: Int?, requestID: String, fields: ResponseFields, contentType: String
  ) -> ResponsePlan {
    let mustClose = phase != .exchange || server.isDraining || hasEnded || sawHangup
    let plan = ResponsePlan(head: head, status: status, size: size, mustClose: mustClose)
    ResponseHead.write(
      status: status, plan: plan, requestID: requestID, date: server.date.current(),
      common: server.handler.commonFields(for: head), fields: fields, contentType: contentType, into: output)
    queue()
    return plan
  }

  private func responseFinished(_ plan: ResponsePlan) {
    let isClean = phase == .exchange && input.isEmpty && exchange?.head.keepsAlive == false
    releaseExchange()
    guard plan.closes else { return enter(.idle) }
    ending = isClean || hasEnded ? .close : .linger
    enter(.finishing)
    queue()
  }

  // MARK: Chunks

  /// All writes of a turn share a chunk, whose size is filled in when it is closed.
  private func appendChunked(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while !rest.isEmpty {
      let start = chunkStart ?? openChunk()
      let room = Connection.largestChunk - (output.count - start - Connection.chunkDigits - 2)
      let count = min(room, rest.count)
      output.append(UnsafeRawBufferPointer(rebasing: rest[..<count]))
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      if count == room { closeChunk() }
    }
  }

  private func openChunk() -> Int {
    let start = output.count
    chunkStart = start
    output.append("0000\r\n")
    return start
  }

  private func closeChunk() {
    guard let start = chunkStart else { return }
    chunkStart = nil
    let size = output.count - start - Connection.chunkDigits - 2
    output.overwrite(at: start, hexadecimal: size, digits: Connection.chunkDigits)
    output.append("\r\n")
  }

  // MARK: Sending

  /// Sends as much as the turn's share and the socket allow. What remains waits for the next turn or for room.
  func flush() {
    if keptBack > 0 { return }
    closeChunk()
    if !hasBacklog { lastProgress = loop.now }
    var share = ServerLimits.writePerTurn
    while share > 0, !isSocketFull, !output.isEmpty {
      let bytes = UnsafeRawBufferPointer(rebasing: output.bytes.prefix(share))
      switch socket.write(bytes) {
      case .moved(let count):
        output.consume(count)
        share -= count
        lastProgress = loop.now
        if count < bytes.count { isSocketFull = true }
      case .wouldBlock: isSocketFull = true
      case .finished, .failed: return lose()
      }
    }
    hasBacklog = !output.isEmpty
    if hasBacklog, !isSocketFull { queue() }
    tellDrained()
    if output.isEmpty, phase == .finishing { allSent() }
  }

  private func noteHighWater() {
    if output.count > Exchange.highWater { wasAboveHighWater = true }
  }

  private func tellDrained() {
    guard wasAboveHighWater, output.count <= Exchange.lowWater else { return }
    wasAboveHighWater = false
    if let exchange { exchange.observer?.callerDrained(exchange) }
  }

  private func allSent() {
    switch ending {
    case .close: close()
    case .reset: close(withReset: true)
    case .linger where hasEnded: close()
    case .linger:
      socket.finishSending()
      enter(.lingering)
    }
  }
}
