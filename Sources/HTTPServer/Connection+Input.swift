import Core
import EventLoop
import HTTPWire

extension Connection {
  /// Reads of one turn, so that one caller's upload does not keep the others waiting.
  private static let readsPerTurn = 4

  /// Whether the next bytes are wanted now. A caller that does not read its responses is not read either.
  var mayRead: Bool { readRoom > 0 }

  private var readRoom: Int {
    switch phase {
    case .idle, .head, .body: output.count > Exchange.highWater ? 0 : EventLoop.scratchSize
    case .exchange: max(0, ServerLimits.readAhead - input.count)
    case .takenOver, .finishing, .lingering: EventLoop.scratchSize
    case .closed: 0
    }
  }

  /// Reads what is there, within the turn's share.
  func receive() {
    for _ in 0..<Connection.readsPerTurn {
      let room = readRoom
      guard room > 0, !hasEnded else { return }
      let target = UnsafeMutableRawBufferPointer(rebasing: loop.scratch[..<room])
      switch socket.read(into: target) {
      case .moved(let count):
        take(UnsafeRawBufferPointer(rebasing: target[..<count]))
        if count < room { return }
      case .wouldBlock: return
      case .finished:
        hasEnded = true
        return callerFinished()
      case .failed: return lose()
      }
    }
  }

  /// The caller has closed its half, or all. While a response is being made it counts as gone.
  func hangUp() {
    sawHangup = true
    if phase == .exchange || phase == .takenOver { lose() }
  }

  /// Goes on with what was read ahead.
  func resumeInput() {
    guard output.count <= Exchange.highWater else { return }
    input.consume(process(input.bytes))
  }

  private func callerFinished() {
    switch phase {
    case .exchange, .takenOver, .body: lose()
    case .idle, .head:
      if output.isEmpty { return close() }
      ending = .close
      enter(.finishing)
    case .finishing: ending = .close
    case .lingering: close()
    case .closed: break
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    switch phase {
    case .idle, .head, .body:
      if input.isEmpty {
        let used = process(bytes)
        if phase != .closed, used < bytes.count { input.append(UnsafeRawBufferPointer(rebasing: bytes[used...])) }
      } else {
        input.append(bytes)
        input.consume(process(input.bytes))
      }
    case .exchange: input.append(bytes)
    case .finishing, .lingering:
      discarded += bytes.count
      if discarded > ServerLimits.lingerBytes { close() }
    case .takenOver, .closed: break
    }
  }

  /// Understands as much as possible; returns how many bytes are done with. A response made on the spot makes room for
  /// the next request in the same bytes.
  private func process(_ bytes: UnsafeRawBufferPointer) -> Int {
    var position = 0
    while position < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
      switch phase {
      case .idle, .head:
        guard output.count <= Exchange.highWater, let length = readHead(rest) else { return kept(position, bytes) }
        position += length
        if phase == .body, position == bytes.count { inviteBody() }
      case .body: position += readBody(rest)
      case .exchange: return position
      case .takenOver, .finishing, .lingering, .closed: return kept(bytes.count, bytes)
      }
    }
    if let refusal, phase == .body { answer(refusal.error, fields: refusal.fields) }
    return kept(position, bytes)
  }

  /// A connection that ends has no use for what it has not understood. (A closed one has given its buffer back.)
  private func kept(_ position: Int, _ bytes: UnsafeRawBufferPointer) -> Int {
    switch phase {
    case .closed: input.isEmpty ? 0 : bytes.count
    case .finishing, .lingering, .takenOver: bytes.count
    case .idle, .head, .body, .exchange: position
    }
  }

  /// Returns the length of the head when it is complete.
  private func readHead(_ bytes: UnsafeRawBufferPointer) -> Int? {
    do throws(GatewayError) {
      guard let (head, length) = try parser.parse(bytes) else {
        if phase == .idle { enter(.head) }
        isUsed = true
        return nil
      }
      isUsed = true
      parser = RequestHeadParser(limits: server.headLimits)
      begin(head)
      return length
    } catch {
      answer(error)
      return nil
    }
  }

  private func begin(_ head: RequestHead) {
    let exchange = Exchange(head: head, connection: self)
    self.exchange = exchange
    enter(.body)
    do throws(GatewayError) {
      let reader = try BodyReader(head, limit: server.limits.bodyBytes, target: exchange.body)
      switch server.handler.headReceived(exchange) {
      case .readBody: bodyReader = reader
      case .skipBody: bodyReader = BodyReader(skipping: head)
      case .refuse(let error, let fields): refuse(error, head, fields)
      }
    } catch {
      refuse(error, head)
    }
    if phase == .body, bodyReader?.isComplete == true { bodyComplete() }
  }

  private func refuse(_ error: GatewayError, _ head: RequestHead, _ fields: ResponseFields = ResponseFields()) {
    refusal = (error, fields)
    bodyReader = BodyReader(skipping: head)
  }

  /// The caller waits for our word before it sends the body.
  private func inviteBody() {
    guard refusal == nil, exchange?.head.expectsContinue == true else { return }
    output.append("HTTP/1.1 100 Continue\r\n\r\n")
    queue()
  }

  private func readBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    do throws(GatewayError) {
      let count = try bodyReader?.read(bytes) ?? 0
      if bodyReader?.isComplete == true { bodyComplete() }
      return count
    } catch {
      if let refusal { answer(refusal.error, fields: refusal.fields) } else { answer(error) }
      return 0
    }
  }

  private func bodyComplete() {
    bodyReader = nil
    guard let exchange else { return }
    enter(.exchange)
    if let refusal {
      self.refusal = nil
      return respond(exchange, error: refusal.error, fields: refusal.fields)
    }
    server.handler.exchangeReady(exchange)
  }
}
