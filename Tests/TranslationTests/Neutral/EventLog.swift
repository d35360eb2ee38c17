import Core
import JSON
import Translation

/// Events of a stream as text, to be compared: their own texts are gone after the callback.
struct EventLog: Equatable {
  private(set) var lines: [String] = []

  mutating func note(_ event: AnswerEvent) { lines.append("\(event.choice) " + EventLog.words(event.happening)) }

  /// The texts of neighbouring deltas in one line each: what does not depend on how a provider cut its answer.
  var merged: [String] {
    var merged: [String] = []
    for line in lines {
      if let bar = line.firstIndex(of: "|"), let last = merged.last, last.hasPrefix(line[...bar]) {
        merged[merged.count - 1] += line[line.index(after: bar)...]
      } else {
        merged.append(line)
      }
    }
    return merged
  }

  private static func words(_ happening: AnswerEvent.Happening) -> String {
    switch happening {
    case .start(let start): "start \(start.id ?? "-") \(start.model ?? "-") \(start.serviceTier ?? "-")"
    case .text(let text): "text|\(text.string)"
    case .reasoning(let delta):
      "reasoning \(delta.kind) \(delta.index) \(delta.format.rawValue) \(delta.id ?? "-")|\(delta.text.string)"
    case .refusal(let text): "refusal|\(text.string)"
    case .toolCall(let position, let call): "call \(position) \(call.id) \(call.name) \(call.extras.map(\.name))"
    case .toolArguments(let position, let text): "arguments \(position)|\(text.string)"
    case .partEnd: "part end"
    case .citation(let citation): "citation \(citation.url ?? "-") \(citation.title ?? "-") \(citation.quote ?? "-")"
    case .logprobs(let value): "logprobs \(String(decoding: value.serialized(), as: UTF8.self))"
    case .image(let image): "image \(image.source)"
    case .audio(let audio): "audio \(audio)"
    case .native(let format, let value): "native \(format) \(String(decoding: value.serialized(), as: UTF8.self))"
    case .finish(let reason): "finish \(reason.kind.rawValue) \(reason.native ?? "-") \(reason.stopText ?? "-")"
    case .usage(let usage): "usage \(usage)"
    case .evidence(let value): "evidence \(String(decoding: value.serialized(), as: UTF8.self))"
    case .failure(let error): "failure \(error.kind) \(error.message)"
    case .keepAlive: "keep alive"
    }
  }
}
