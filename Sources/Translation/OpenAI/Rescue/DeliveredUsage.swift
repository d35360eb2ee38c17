import Ledger

/// What an attempt used of which only a part reached the caller: arithmetic for its bill.
package enum DeliveredUsage {
  /// Bytes of text per token where a provider reports no usage: the usual average of English text.
  private static let bytesPerToken = 4

  /// An estimate for an attempt that broke off without a report. `requestBytes` is the text it was sent, `deliveredBytes`
  /// the text of it that reached the caller. Both round up.
  package static func estimate(requestBytes: Int, deliveredBytes: Int) -> Usage {
    Usage(promptTokens: tokens(requestBytes), completionTokens: tokens(deliveredBytes)).clamped
  }

  /// The part of a reported usage that reached the caller: the prompt as a whole, the answer by its bytes, rounded up.
  /// `skippedBytes` are those which the caller had already from another attempt.
  package static func share(_ usage: Usage, deliveredBytes: Int, skippedBytes: Int) -> Usage {
    let produced = deliveredBytes + skippedBytes
    guard skippedBytes > 0, produced > 0 else { return usage }
    var share = usage.clamped
    share.completionTokens = part(share.completionTokens, deliveredBytes, of: produced)
    share.reasoningTokens = part(share.reasoningTokens, deliveredBytes, of: produced)
    return share.clamped
  }

  private static func tokens(_ bytes: Int) -> Int64 { Int64((bytes + bytesPerToken - 1) / bytesPerToken) }

  /// `count · delivered / produced`, rounded up, through the double width of the product.
  private static func part(_ count: Int64, _ delivered: Int, of produced: Int) -> Int64 {
    let product = count.magnitude.multipliedFullWidth(by: UInt64(delivered))
    let (quotient, remainder) = UInt64(produced).dividingFullWidth(product)
    return Int64(quotient) + (remainder > 0 ? 1 : 0)
  }
}
