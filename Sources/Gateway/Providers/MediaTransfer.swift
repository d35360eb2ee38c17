import Core
import Translation
import Upstream

/// The fetch of one URL, redirects included.
final class MediaTransfer: UpstreamObserver {
  /// Formats that every provider of the kind reads come first, for servers that choose by it.
  private static let accept = "image/png, image/jpeg, image/webp, image/gif, application/pdf, */*;q=0.5"
  /// How long connecting may take at most. Unit: milliseconds.
  private static let connectMilliseconds: Int64 = 5000

  private unowned let job: MediaJob
  private let url: String
  private var target: FetchTarget
  private var hops = 0
  private var transfer: (any UpstreamTransfer)?
  private var type = ""
  private var first: [UInt8] = []
  private var content = Base64Text()
  private var isOver = false

  /// A fetch that has not begun.
  init(_ job: MediaJob, url: String, target: FetchTarget) {
    self.job = job
    self.url = url
    self.target = target
  }

  /// Asks for the target.
  func start() {
    guard !isOver else { return }
    let route = UpstreamRoute(
      provider: target.host, url: target.url, headers: [UpstreamRoute.Header("Accept", Secret(MediaTransfer.accept))],
      connectMilliseconds: Int(min(job.rule.milliseconds, MediaTransfer.connectMilliseconds)),
      addresses: target.addresses, isKept: false)
    transfer = job.fetcher.transport.start(route, body: nil, observer: self)
  }

  /// Ends the fetch; the job hears nothing more.
  func cancel() {
    isOver = true
    transfer?.cancel()
    transfer = nil
  }

  /// Judges the head: content, another place, or neither.
  func upstream(_ transfer: any UpstreamTransfer, head: UpstreamHead) {
    guard !isOver else { return }
    switch head.status {
    case 200:
      type = head.contentType
      if job.announce(head.contentLength), let length = head.contentLength { content.reserve(length) }
    case 301, 302, 303, 307, 308:
      if let location = head.location { return follow(location) }
      job.refuse(.status(target.host, head.status))
    default: job.refuse(.status(target.host, head.status))
    }
  }

  private func follow(_ location: String) {
    transfer?.cancel()
    hops += 1
    do throws(FetchRefusal) {
      target = try job.rule.redirect(from: target, location: location, hop: hops)
      start()
    } catch {
      job.refuse(error)
    }
  }

  /// Takes content.
  func upstream(_ transfer: any UpstreamTransfer, bytes: UnsafeRawBufferPointer) {
    guard !isOver, job.add(bytes.count) else { return }
    if first.count < MediaType.looksAt { first += bytes.prefix(MediaType.looksAt - first.count) }
    content.append(bytes)
  }

  /// Hands over the content, or the reason why there is none. The reasons of the network stay here: they would say what is
  /// reachable from the gateway and what not.
  func upstream(_ transfer: any UpstreamTransfer, ended failure: GatewayError?) {
    guard !isOver else { return }
    isOver = true
    if let failure {
      job.refuse(failure.kind == .forbidden ? .address(target.host) : .unanswered(target.host))
    } else if let type = MediaType.judge(type, first) {
      job.finished(url, .data(type: type, base64: content.finish()))
    } else {
      job.refuse(.unknownType(target.host))
    }
  }
}

/// Base64 made of bytes as they come, so that a large picture does not hold up the loop at its end.
struct Base64Text {
  private var text = ""
  /// At most two bytes.
  private var rest: [UInt8] = []

  /// Makes room for `count` bytes.
  mutating func reserve(_ count: Int) { text.reserveCapacity((count + 2) / 3 * 4) }

  /// Adds bytes.
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    rest += bytes
    let whole = rest.count - rest.count % 3
    text += Base64.encode(Array(rest[..<whole]))
    rest.removeFirst(whole)
  }

  /// The text of all bytes.
  mutating func finish() -> String {
    text += Base64.encode(rest)
    rest = []
    return text
  }
}
