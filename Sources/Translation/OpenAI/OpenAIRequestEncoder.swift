import Core
import JSON

/// Writes the body for an OpenAI-compatible provider: the caller's bytes with the gateway's own edits spliced in.
package enum OpenAIRequestEncoder {
  /// Appends the body for one attempt to `buffer`: `model` replaced by `upstreamModel`, the gateway's own members
  /// removed, usage requested on streams. All else stays to the digit. `body` is what `request` was read from.
  package static func encode(
    _ request: OpenAIRequest, body: UnsafeRawBufferPointer, upstreamModel: String, into buffer: ByteBuffer
  ) {
    if let span = request.modelSpan, !request.members.hasRemovals, !request.isStream {
      // Nearly every request: nothing but the model is replaced.
      buffer.append(UnsafeRawBufferPointer(rebasing: body[..<span.start]))
      buffer.append(jsonString: upstreamModel)
      buffer.append(UnsafeRawBufferPointer(rebasing: body[span.end...]))
      return
    }
    var splice = JSONSplice()
    let quoted = ByteBuffer()
    quoted.append(jsonString: upstreamModel)
    request.members.addRemovals(to: &splice)
    if let span = request.modelSpan { splice.replace(span, with: quoted.copyBytes()) }
    if request.isStream { requestUsage(request, &splice) }
    splice.apply(to: body, into: buffer)
    // `models` without `model`: the member goes in front of the first one, which is never removed with its name.
    if request.modelSpan == nil { insertModel(quoted, into: buffer) }
  }

  private static func requestUsage(_ request: OpenAIRequest, _ splice: inout JSONSplice) {
    let wanted = Array(#"{"include_usage":true}"#.utf8)
    guard let options = request.streamOptions else {
      guard let stream = request.streamSpan else { return }
      splice.replace(stream.end, stream.end, with: Array(#","stream_options":"#.utf8) + wanted)
      return
    }
    if options.span.kind != .object || options.isEmpty {
      splice.replace(options.span, with: wanted)
    } else if let include = options.includeUsage {
      splice.replace(include, with: Array("true".utf8))
    } else {
      splice.replace(options.span.start + 1, options.span.start + 1, with: Array(#""include_usage":true,"#.utf8))
    }
  }

  private static func insertModel(_ quoted: ByteBuffer, into buffer: ByteBuffer) {
    let text = buffer.copyBytes()
    guard let brace = text.firstIndex(of: UInt8(ascii: "{")) else { return }
    let isEmpty = text[(brace + 1)...].first { $0 > 32 } == UInt8(ascii: "}")
    buffer.clear()
    buffer.append(Array(text[...brace]))
    buffer.append(#""model":"#)
    buffer.append(quoted.bytes)
    if !isEmpty { buffer.append(",") }
    buffer.append(Array(text[(brace + 1)...]))
  }
}
