import JSON
import Ledger

/// What the caller got for one request of `doctor --faults`.
package struct FaultObservation: Sendable, Hashable {
  /// An error, in the response's body or in its stream.
  package struct Told: Sendable, Hashable {
    /// Its code.
    package let code: Int
    /// In words.
    package let message: String
  }

  /// The HTTP status; 0 when none came.
  package var status = 0
  /// All text of the answer.
  package var text = ""
  /// How often the stream said `[DONE]`.
  package var terminators = 0
  /// Why the answer ended, as the provider said.
  package var finishReason: String?
  /// The error.
  package var told: Told?
  /// `Retry-After` as sent.
  package var retryAfter: String?
  /// Who answered, by display name.
  package var provider: String?
  /// What was counted.
  package var usage: Usage?
  /// What it cost, in USD as written.
  package var cost: String?
  /// Why nothing came, or not all; nil when the response ended in order.
  package var problem: String?
  /// Whether the body could be read at all.
  package var isReadable = true

  /// Nothing came; why.
  package init(problem: String) { self.problem = problem }

  /// Reads a response.
  package init(status: Int, contentType: String, retryAfter: String?, body: [UInt8], problem: String? = nil) {
    self.status = status
    self.retryAfter = retryAfter
    self.problem = problem
    if contentType == "text/event-stream" {
      for event in FaultObservation.events(String(decoding: body, as: UTF8.self)) { take(event: event) }
    } else {
      take(document: body)
    }
  }

  /// The data of the gateway's own events: one line each.
  private static func events(_ text: String) -> [String] {
    text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
  }

  private mutating func take(event: String) {
    if event == "[DONE]" {
      terminators += 1
    } else {
      take(document: Array(event.utf8))
    }
  }

  private mutating func take(document: [UInt8]) {
    guard let value = try? JSONValue.parse(document) else {
      isReadable = false
      return
    }
    if let error = value["error"], !error.isNull {
      told = Told(
        code: Int(clamping: error["code"]?.integerValue ?? 0), message: error["message"]?.stringValue ?? "")
    }
    provider = value["provider"]?.stringValue ?? provider
    if let choice = value["choices"]?[0] {
      text += (choice["delta"] ?? choice["message"])?["content"]?.stringValue ?? ""
      finishReason = choice["finish_reason"]?.stringValue ?? finishReason
    }
    if let usage = value["usage"], !usage.isNull { take(usage: usage) }
  }

  private mutating func take(usage: JSONValue) {
    self.usage = Usage(
      promptTokens: usage["prompt_tokens"]?.integerValue ?? 0,
      completionTokens: usage["completion_tokens"]?.integerValue ?? 0)
    cost = usage["cost"]?.numberText
  }
}
