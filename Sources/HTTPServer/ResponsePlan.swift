import HTTPWire

/// How one response is framed and whether the connection survives it: decided once from values.
struct ResponsePlan: Equatable {
  /// How the body's end is marked.
  enum Body: Equatable {
    /// No body and no length: 1xx, 204, 304, streams in answer to HEAD.
    case absent
    /// A Content-Length.
    case sized(Int)
    /// Chunks.
    case chunked
    /// The end of the connection (HTTP/1.0).
    case untilClose
  }

  /// How the body's end is marked.
  var body: Body
  /// Whether body bytes are sent; HEAD gets the head of the response only.
  var sendsBody: Bool
  /// Whether the connection ends with this response.
  var closes: Bool
  /// Whether an HTTP/1.0 caller must be told that the connection stays open.
  var announcesKeepAlive: Bool

  /// A response to `head` (nil when the head itself was refused) with `size` bytes, or a stream when that is nil.
  init(head: RequestHead?, status: Int, size: Int?, mustClose: Bool) {
    let isHead = head?.method == "HEAD"
    let isOld = head?.version == .http10
    sendsBody = !isHead
    if status < 200 || status == 204 || status == 304 {
      body = .absent
      sendsBody = false
    } else if let size {
      body = .sized(size)
    } else if isHead {
      body = .absent
    } else {
      body = isOld ? .untilClose : .chunked
    }
    closes = mustClose || body == .untilClose || head?.keepsAlive != true
    announcesKeepAlive = isOld && !closes
  }
}
