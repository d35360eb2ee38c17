import Core
import Ledger

extension StoreError {
  /// The error for the caller. What is wrong with the store itself is a 503, and its path is for the log only.
  var answer: GatewayError {
    switch self {
    case .notFound(let what): .caller(.notFound, "There is no \(what).")
    case .refused(let reason): .caller(.invalidRequest, reason.prefix(1).uppercased() + reason.dropFirst() + ".")
    case .duplicateSlug(let slug):
      .caller(
        .conflict, "There is a workspace with the slug '\(slug)'; choose another.",
        metadata: [MetadataField("field", .text("slug"))])
    case .duplicateKey, .failed: unavailable("it failed")
    case .cannotOpen, .damaged, .newerSchema: unavailable("it cannot be used")
    case .readOnly: unavailable("it may not be written")
    case .busy: unavailable("another process has held it for too long")
    case .full: unavailable("the disk is full")
    }
  }

  private func unavailable(_ reason: String) -> GatewayError {
    GatewayError(
      .unavailable, "The store of keys and books does not answer: \(reason). Nothing was changed; try again.",
      origin: .gateway, retryAfterSeconds: 5, context: description)
  }
}

/// Runs what needs the store, and makes its errors the caller's.
func books<Value>(_ body: () throws(StoreError) -> Value) throws(GatewayError) -> Value {
  do throws(StoreError) { return try body() } catch { throw error.answer }
}
