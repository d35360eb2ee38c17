import Core
import EventLoop
import HTTPServer

/// Sends one answer over time, and breaks it as its faults say. Lives on one loop; its handler holds it until it ends.
final class AnswerPlayer: ExchangeObserver {
  private let exchange: Exchange
  private let faults: FaultList
  private let sequence: Int
  private let encoder: StreamEncoder
  private let gzip: GzipEncoder?
  private unowned let handler: SimulatorHandler
  private var answer: Answer
  private var timer: LoopTimer?
  private var raw: RawConnection?

  private var due: MonotonicTime
  private var eventsSent = 0
  private var bytesSent = 0
  private var isEnded = false
  private var hasFinishedGzip = false
  /// Bytes that go out one at a time, and what happens after the last of them.
  private var trickle: ArraySlice<UInt8> = []
  private var afterTrickle: (() -> Void)?
  private var endsInCut = false

  /// Time between bytes of a slow answer. Unit: milliseconds.
  private static let slowLorisDelay: Int64 = 100

  /// A player that does nothing until `start`.
  init(_ exchange: Exchange, _ answer: Answer, _ faults: FaultList, sequence: Int, handler: SimulatorHandler) {
    self.exchange = exchange
    self.answer = answer.replaced(by: faults) ?? answer
    self.faults = faults
    self.sequence = sequence
    self.handler = handler
    encoder = StreamEncoder(self.answer.framing, faults)
    gzip = faults.has(.gzip) ? GzipEncoder() : nil
    due = exchange.loop.now
  }

  /// Begins. A `hang` never goes further.
  func start() {
    exchange.observer = self
    timer = LoopTimer(exchange.loop) { [weak self] in self?.proceed() }
    if faults.has(.hang) { return }
    wait(answer.firstDelay)
  }

  /// Notes the abort.
  func callerLeft(_ exchange: Exchange) { end(.aborted) }

  /// Goes on with a stream that had got ahead of its caller.
  func callerDrained(_ exchange: Exchange) { proceed() }

  // MARK: Time

  private func wait(_ milliseconds: Double) {
    guard milliseconds > 0 else { return proceed() }
    due = MonotonicTime(nanoseconds: due.nanoseconds + Int64(milliseconds * 1_000_000))
    timer?.arm(at: due)
  }

  /// Does what is due.
  private func proceed() {
    guard !isEnded else { return }
    if afterTrickle != nil { return drip() }
    guard case .stream(let next) = answer.body else { return playWhole() }
    if !exchange.hasBegun, raw == nil {
      if playRawHead() { return }
      begin()
    }
    playStream(next)
  }

  private func end(_ outcome: RequestLog.Outcome) {
    guard !isEnded else { return }
    isEnded = true
    timer?.invalidate()
    raw = nil
    handler.finished(self, sequence, outcome, status: answer.status, events: eventsSent, usage: answer.usage)
  }

  // MARK: Streams

  private func playStream(_ next: () -> Answer.Event?) {
    while !isEnded, afterTrickle == nil, due <= exchange.loop.now, !exchange.isAboveHighWater {
      if breakAfterEvents() { return }
      guard let event = next() else { return close() }
      send(encoder.bytes(event, isBroken: faults.number(.malformed) == eventsSent + 1))
      eventsSent += 1
      if event.isToken, answer.tokenDelay > 0 {
        let delay = answer.tokenDelay * Double.random(in: 0.8...1.2, using: &answer.generator)
        due = MonotonicTime(nanoseconds: due.nanoseconds + Int64(delay * 1_000_000))
      }
    }
    if !isEnded, afterTrickle == nil, !exchange.isAboveHighWater { timer?.arm(at: due) }
  }

  /// Whether a fault stops the stream after the events sent so far.
  private func breakAfterEvents() -> Bool {
    if faults.number(.stall) == eventsSent { return true }
    if faults.number(.cut) == eventsSent {
      cutOff()
      return true
    }
    if faults.number(.reset) == eventsSent {
      exchange.takeOver().reset()
      end(.failed)
      return true
    }
    guard faults.number(.errorEvent) == eventsSent else { return false }
    send(encoder.bytes(answer.format.event(of: .simulated(status: 500)), isBroken: false))
    finish()
    return true
  }

  /// Ends a stream that has been sent whole.
  private func close() {
    let closing = encoder.closing()
    if !closing.isEmpty { send(closing) }
    finish()
  }

  private func finish() {
    if let gzip, !hasFinishedGzip {
      hasFinishedGzip = true
      write(gzip.encode([], isLast: true))
    }
    guard !isEnded else { return }
    if afterTrickle != nil {
      if !endsInCut { afterTrickle = { [weak self] in self?.finish() } }
      return
    }
    exchange.finish()
    end(.complete)
  }

  // MARK: Whole answers

  private func playWhole() {
    guard case .whole(var body) = answer.body, raw == nil else { return }
    if playRawHead() { return }
    if faults.number(.malformed) != nil { body.removeLast(min(body.count, max(1, body.count / 2))) }
    if let gzip {
      body = gzip.encode(body, isLast: true)
      hasFinishedGzip = true
    }
    if isTrickling {
      begin()
      write(body)
      return finish()
    }
    if let length = cutLength(body.count) { return breakOff(body, at: length) }
    exchange.respond(status: answer.status, fields: fields, contentType: answer.contentType, body: body)
    end(.complete)
  }

  /// Where a fault ends a whole body.
  private func cutLength(_ count: Int) -> Int? {
    if let bytes = faults.number(.cutBytes) { return min(bytes, count) }
    let breaks = [Fault.cut, .stall, .reset].contains { faults.has($0) }
    return breaks ? count / 2 : nil
  }

  private func breakOff(_ body: [UInt8], at length: Int) {
    let raw = takeOver()
    write(raw, RawHead.bytes(answer, fields: fieldList, length: body.count))
    write(raw, Array(body[..<length]))
    if faults.has(.stall) { return }
    faults.has(.reset) ? raw.reset() : raw.close()
    end(.failed)
  }

  // MARK: Raw bytes

  /// Answers that no HTTP server would send, and a reset in place of one; whether that is all.
  private func playRawHead() -> Bool {
    if faults.number(.reset) == 0 {
      takeOver().reset()
      end(.failed)
      return true
    }
    if faults.has(.garbage) {
      finishRaw([0x00, 0xff, 0x13, 0x37] + Array("this is not HTTP\r\n\r\n".utf8))
      return true
    }
    guard faults.has(.wrongLength) || faults.has(.headerFlood) else { return false }
    let body = wholeBody()
    let length = max(0, body.count + (faults.number(.wrongLength) ?? 0))
    let flood = faults.has(.headerFlood) ? 20_000 : 0
    finishRaw(RawHead.bytes(answer, fields: fieldList, length: length, flood: flood) + body)
    return true
  }

  private func finishRaw(_ bytes: [UInt8]) {
    let raw = takeOver()
    write(raw, bytes)
    raw.close()
    end(.failed)
  }

  private func wholeBody() -> [UInt8] {
    switch answer.body {
    case .whole(let body): return body
    case .stream(let next):
      var body: [UInt8] = []
      while let event = next() { body += encoder.bytes(event, isBroken: false) }
      return body + encoder.closing()
    }
  }

  private func takeOver() -> RawConnection {
    let raw = exchange.takeOver()
    self.raw = raw
    return raw
  }

  private func write(_ raw: RawConnection, _ bytes: [UInt8]) { bytes.withUnsafeBytes { raw.write($0) } }

  // MARK: Framed bytes

  private func begin() {
    exchange.begin(status: answer.status, fields: fields, contentType: answer.contentType)
  }

  private var fieldList: [(name: StaticString, value: String)] {
    answer.fields + (gzip == nil ? [] : [("content-encoding", "gzip")])
  }

  private var fields: ResponseFields {
    var rendered = ResponseFields()
    for (name, value) in fieldList { rendered.add(name, value) }
    return rendered
  }

  private func send(_ bytes: [UInt8]) { write(gzip?.encode(bytes, isLast: false) ?? bytes) }

  /// Writes body bytes, at once or one at a time, up to where `cut-bytes` ends them.
  private func write(_ bytes: [UInt8]) {
    var bytes = bytes
    let limit = faults.number(.cutBytes)
    if let limit, bytesSent + bytes.count > limit { bytes.removeLast(bytesSent + bytes.count - limit) }
    bytesSent += bytes.count
    let isLast = limit.map { bytesSent >= $0 } ?? false
    if isTrickling, !bytes.isEmpty {
      trickle += bytes
      let isRunning = afterTrickle != nil
      endsInCut = isLast
      afterTrickle = { [weak self] in isLast ? self?.cutOff() : self?.proceed() }
      if !isRunning { drip() }
    } else {
      bytes.withUnsafeBytes { exchange.write($0) }
      if isLast { cutOff() }
    }
  }

  private var isTrickling: Bool { faults.has(.split) || faults.has(.slowLoris) }

  private func cutOff() {
    exchange.abort()
    end(.failed)
  }

  /// Sends one byte of those that wait; a turn each, so that none share a packet.
  private func drip() {
    guard let byte = trickle.popFirst() else {
      let next = afterTrickle
      afterTrickle = nil
      trickle = []
      due = exchange.loop.now
      next?()
      return
    }
    withUnsafeBytes(of: byte) { exchange.write($0) }
    // A nanosecond later is the next turn: what is written in one turn leaves together.
    let next = MonotonicTime(nanoseconds: exchange.loop.now.nanoseconds + 1)
    timer?.arm(at: faults.has(.slowLoris) ? next.adding(milliseconds: AnswerPlayer.slowLorisDelay) : next)
  }
}
