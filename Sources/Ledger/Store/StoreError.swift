/// Why the store cannot do what was asked. The description says what to do where that is known.
package enum StoreError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file cannot be opened or made.
  case cannotOpen(path: String, reason: String)
  /// The file is there but may not be written.
  case readOnly(path: String)
  /// The file is no database, or a damaged one.
  case damaged(path: String, reason: String)
  /// A newer version of the program has written the file.
  case newerSchema(path: String, found: Int64, known: Int64)
  /// A key with this hash is already stored.
  case duplicateKey
  /// A workspace with this slug exists.
  case duplicateSlug(String)
  /// There is nothing of that kind.
  case notFound(String)
  /// A change that the rules do not allow.
  case refused(String)
  /// Another process held the store for longer than the busy timeout.
  case busy
  /// The disk is full.
  case full
  /// Anything else, with the store's words.
  case failed(step: String, reason: String)

  /// In plain words, for the user.
  package var description: String {
    switch self {
    case .cannotOpen(let path, let reason):
      "the store '\(path)' cannot be opened: \(reason); check that its folder exists and may be written"
    case .readOnly(let path):
      "the store '\(path)' may not be written; let this user write to the file, its folder and the files beside it"
    case .damaged(let path, let reason):
      "'\(path)' is not a usable store: \(reason); restore it from a backup, or name another file in storage.url"
    case .newerSchema(let path, let found, let known):
      "the store '\(path)' has schema \(found), but this program knows schemas up to \(known); use a newer program"
    case .duplicateKey: "the key is already stored"
    case .duplicateSlug(let slug): "there is a workspace with the slug '\(slug)'; choose another"
    case .notFound(let what): "there is no \(what)"
    case .refused(let reason): reason
    case .busy: "the store is in use by another process for too long; try again"
    case .full: "the disk is full; make room for the store"
    case .failed(let step, let reason): "the store failed to \(step): \(reason)"
    }
  }
}
