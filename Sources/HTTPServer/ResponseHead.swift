import Core

/// Writes the status line and header fields of responses.
enum ResponseHead {
  /// Appends a complete head to `target`. `date` is a rendered field line.
  static func write(
    status: Int, plan: ResponsePlan, requestID: String, date: [UInt8], common: ResponseFields, fields: ResponseFields,
    contentType: String, into target: ByteBuffer
  ) {
    writeStatus(status, into: target)
    target.append(date)
    target.append("x-request-id: ")
    target.append(requestID)
    target.append("\r\n")
    target.append(common.bytes)
    target.append(fields.bytes)
    if plan.body != .absent, !contentType.isEmpty {
      target.append("content-type: ")
      target.append(contentType)
      target.append("\r\n")
    }
    writeFraming(plan, into: target)
    target.append("\r\n")
  }

  private static func writeStatus(_ status: Int, into target: ByteBuffer) {
    if status == 200 { return target.append("HTTP/1.1 200 OK\r\n") }
    target.append("HTTP/1.1 ")
    target.append(decimal: status)
    target.append(" ")
    target.append(reason(status))
    target.append("\r\n")
  }

  private static func writeFraming(_ plan: ResponsePlan, into target: ByteBuffer) {
    switch plan.body {
    case .sized(let size):
      target.append("content-length: ")
      target.append(decimal: size)
      target.append("\r\n")
    case .chunked: target.append("transfer-encoding: chunked\r\n")
    case .absent, .untilClose: break
    }
    if plan.closes {
      target.append("connection: close\r\n")
    } else if plan.announcesKeepAlive {
      target.append("connection: keep-alive\r\n")
    }
  }

  private static func reason(_ status: Int) -> StaticString {
    switch status {
    case 100: "Continue"
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 301: "Moved Permanently"
    case 302: "Found"
    case 304: "Not Modified"
    case 307: "Temporary Redirect"
    case 308: "Permanent Redirect"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 402: "Payment Required"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 411: "Length Required"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 415: "Unsupported Media Type"
    case 417: "Expectation Failed"
    case 421: "Misdirected Request"
    case 422: "Unprocessable Content"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    case 529: "Overloaded"
    default: "Status"
    }
  }
}

/// The `date` field, rendered once per second.
struct DateField {
  private var second: Int64 = -1
  private var line: [UInt8] = []

  /// The field line with its CR LF for the current second of the wall clock.
  mutating func current() -> [UInt8] {
    let now = WallClock.seconds()
    if now != second {
      second = now
      line = Array("date: \(Timestamp.imfFixdate(seconds: now))\r\n".utf8)
    }
    return line
  }
}
