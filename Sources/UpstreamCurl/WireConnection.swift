import CCurl
import Core
import EventLoop

/// One connection to a provider: it writes a call's request, feeds the bytes of the response to the call, and goes back
/// to its origin's pool or ends.
///
/// Owned by the transport's roster from `open` to `close`.
final class WireConnection {
  /// Reads of one turn, so that one fast provider does not keep the others waiting.
  private static let readsPerTurn = 4
  /// Request bodies below this are copied behind the head, so that one short buffer goes out. Unit: bytes.
  private static let copiedBody = 65_536
  /// Memory of the request that an idle connection may hold. Unit: bytes.
  private static let idleBuffer = 16_384

  /// Whose pool the connection belongs to.
  let origin: WireOrigin
  /// When it became idle.
  private(set) var idleSince = MonotonicTime.distantFuture
  /// Position in the transport's roster.
  var rosterIndex = -1
  private unowned let transport: WireTransport
  private unowned let loop: EventLoop
  private let channel: WireChannel
  private let descriptor: Int32
  private let output = ByteBuffer()
  private var registration: Registration?
  private var transfer: WireTransfer?
  /// Bytes of the body that have been sent, when it does not stand in `output`.
  private var bodySent = 0
  private var hasSeparateBody = false
  private var isReused = false
  private var isWaitingToWrite = false
  private var hasSendFailed = false
  private var isLost = false
  private var isQueued = false
  private var isClosed = false

  /// A connection that has just been made.
  init(_ transport: WireTransport, _ channel: WireChannel, descriptor: Int32, origin: WireOrigin) {
    self.transport = transport
    self.channel = channel
    self.descriptor = descriptor
    self.origin = origin
    loop = transport.loop
  }

  // MARK: Calls

  /// Takes a call and sends its request. False when a kept connection turns out to be gone; it is closed then, and the
  /// call goes elsewhere.
  func begin(_ transfer: WireTransfer) -> Bool {
    if isReused, mayHaveSpoken, hasSpoken {
      close()
      return false
    }
    self.transfer = transfer
    transfer.stage = .exchanging(self)
    transfer.endpoint.appendHead(bodyLength: transfer.body?.count, fields: transfer.fields, to: output)
    bodySent = 0
    hasSeparateBody = false
    if let body = transfer.body {
      hasSeparateBody = body.count >= WireConnection.copiedBody
      if !hasSeparateBody { output.append(body.bytes) }
    }
    watch()
    flush()
    if hasSendFailed || isLost {
      if isReused {
        close()
        return false
      }
      queue()
    }
    return true
  }

  /// Whether the loop may not have come to what stands to be read. What was there when this turn began it has, when the
  /// connection was idle before: asking the kernel again costs each call a system call.
  private var mayHaveSpoken: Bool { !loop.hasDelivered || idleSince >= loop.now }

  /// Whether something stands to be read on a connection of which nothing was asked: the end, or bytes that would pass
  /// for the answer to the next call. The loop may not have come to them yet. Not read into the loop's scratch memory,
  /// where the request lies that is being begun.
  private var hasSpoken: Bool {
    withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { byte in
      if case .wouldBlock = channel.read(into: byte) { return false }
      return true
    }
  }

  /// The call wants bytes again.
  func resumed() {
    watch()
    queue()
  }

  private func conclude(_ transfer: WireTransfer) {
    self.transfer = nil
    guard case .clean = transfer.outcome else {
      let isStale = isReused && !transfer.hasResponse
      close()
      // The provider had closed the idle connection: once more on a fresh one, which is not reused.
      return isStale ? transport.retry(transfer) : transfer.conclude()
    }
    if transfer.keepsConnection, !hasOutput, !hasSendFailed, !isLost, origin.hasRoom {
      becomeIdle()
    } else {
      close()
    }
    transfer.conclude()
  }

  private func becomeIdle() {
    isReused = true
    idleSince = loop.now
    if output.allocated > WireConnection.idleBuffer { output.release() }
    watch()
    transport.keep(self)
  }

  // MARK: Sending

  private var unsentBody: UnsafeRawBufferPointer {
    guard hasSeparateBody, let body = transfer?.body else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(rebasing: body.bytes[bodySent...])
  }

  private var hasOutput: Bool { !output.isEmpty || hasSeparateBody }

  private func flush() {
    while hasOutput {
      switch channel.write(output.bytes, then: unsentBody) {
      case .moved(let count): sent(count)
      case .wouldBlock: return waitToWrite(true)
      case .finished, .failed:
        hasSendFailed = true
        output.clear()
        hasSeparateBody = false
      }
    }
    waitToWrite(false)
  }

  private func sent(_ count: Int) {
    let fromOutput = min(count, output.count)
    output.consume(fromOutput)
    bodySent += count - fromOutput
    if hasSeparateBody, bodySent == transfer?.body?.count ?? 0 { hasSeparateBody = false }
  }

  private func waitToWrite(_ isWaiting: Bool) {
    guard isWaitingToWrite != isWaiting else { return }
    isWaitingToWrite = isWaiting
    if let registration { loop.update(registration, interest) }
  }

  // MARK: Receiving

  private func receive(_ transfer: WireTransfer) {
    for _ in 0..<WireConnection.readsPerTurn {
      switch channel.read(into: loop.scratch) {
      case .moved(let count):
        transfer.receive(UnsafeRawBufferPointer(rebasing: loop.scratch[..<count]))
        guard self.transfer === transfer else { return }
        guard transfer.mayReceive else { return proceed(transfer) }
        if count < loop.scratch.count, !channel.isSecure { return }
      case .wouldBlock:
        guard hasSendFailed else { return }
        transfer.connectionEnded(CURLE_SEND_ERROR)
        return proceed(transfer)
      case .finished:
        transfer.connectionEnded(CURLE_OK)
        return proceed(transfer)
      case .failed:
        transfer.connectionEnded(CURLE_RECV_ERROR)
        return proceed(transfer)
      }
    }
    // Decrypted bytes may wait where epoll does not see them.
    if channel.isSecure { queue() }
  }

  private func proceed(_ transfer: WireTransfer) {
    guard self.transfer === transfer else { return }
    if transfer.isSettled {
      conclude(transfer)
    } else if transfer.holds, !transfer.isPaused {
      queue()
    }
  }

  /// An idle connection has something to read: nothing that was asked for. TLS may have spoken for itself.
  private func idleReady() {
    if channel.isSecure, case .wouldBlock = channel.read(into: loop.scratch) { return }
    close()
  }

  // MARK: Watching and closing

  private var interest: Readiness { isWaitingToWrite ? [.readable, .writable] : .readable }

  private func watch() {
    guard registration == nil, !isClosed, !isLost else { return }
    registration = try? loop.register(descriptor, interest, handler: self)
    if registration == nil {
      isLost = true
      queue()
    }
  }

  private func unwatch() {
    if let registration { loop.deregister(registration) }
    registration = nil
  }

  private func queue() {
    guard !isQueued else { return }
    isQueued = true
    loop.atEndOfTurn(self)
  }

  /// Ends the connection at once. A call that was on it hears nothing of that.
  func close() {
    guard !isClosed else { return }
    end()
    transport.forget(self)
  }

  /// Ends the connection and the call on it, silently and without the transport, which is being destroyed.
  func tearDown() {
    transfer?.abandon()
    end()
  }

  private func end() {
    isClosed = true
    transfer = nil
    unwatch()
    channel.close()
  }
}

extension WireConnection: ReadinessHandler {
  /// Writes and reads what the kernel has room and bytes for.
  func ready(_ readiness: Readiness) {
    guard let transfer else { return idleReady() }
    if hasOutput { flush() }
    guard readiness.overlaps(.readable) || readiness.overlaps(.hangup) || readiness.overlaps(.failed) || hasSendFailed
    else { return }
    if transfer.mayReceive {
      receive(transfer)
    } else if transfer.isPaused {
      // A hangup cannot be masked: a connection that is not read is not watched.
      unwatch()
    }
  }
}

extension WireConnection: EndOfTurnHandler {
  /// Goes on with what could not be done at once.
  func endOfTurn() {
    isQueued = false
    guard !isClosed else { return }
    guard let transfer else { return isLost ? close() : () }
    if isLost { transfer.connectionEnded(CURLE_RECV_ERROR) }
    transfer.deliverHeld()
    guard self.transfer === transfer else { return }
    if transfer.mayReceive, channel.isSecure || hasSendFailed {
      receive(transfer)
    } else {
      proceed(transfer)
    }
  }
}

extension WireConnection: CurlDescriptor {
  /// Libcurl closes the descriptor on its own account. Called inside libcurl.
  func forget() {
    guard !isClosed else { return }
    unwatch()
    isLost = true
    queue()
  }
}
