import Catalog
import Core
import HTTPWire

/// Which part of a list of models is asked for, by the id of the model before or behind it.
struct ModelPage {
  /// The models of the page.
  let models: ArraySlice<CatalogModel>
  /// Whether there are more in the direction that was asked for.
  let hasMore: Bool

  /// The page of at most `count` models behind the one called `after`, or directly before the one called `before`. Throws a
  /// 400 for a model that is not in the list; `names` are those of the query's items.
  init(
    _ models: [CatalogModel], count: Int, after: String?, before: String? = nil, names: (after: String, before: String)
  ) throws(GatewayError) {
    func place(_ id: String, _ name: String) throws(GatewayError) -> Int {
      guard let place = models.firstIndex(where: { $0.id == id }) else {
        throw .field(name, "'\(name)' must be the id of a model of the list; '\(id.prefix(200))' is none.")
      }
      return place
    }
    if let before, !before.isEmpty {
      let end = try place(before, names.before)
      let start = max(0, end - count)
      self.models = models[start..<end]
      hasMore = start > 0
      return
    }
    var start = 0
    if let after, !after.isEmpty { start = try place(after, names.after) + 1 }
    let end = min(models.count, start + count)
    self.models = models[start..<end]
    hasMore = end < models.count
  }

  /// How many models a page holds: a whole number of the query, `standard` when it says nothing. Throws a 400 for what is
  /// no whole number above 0; more than 1,000 is taken as that many.
  static func count(_ head: RequestHead, _ name: String, standard: Int) throws(GatewayError) -> Int {
    guard let text = head.queryValue(name), !text.isEmpty else { return standard }
    guard let count = Int(text), count >= 0 else { throw .field(name, "'\(name)' must be a whole number above 0.") }
    return count == 0 ? standard : min(count, 1000)
  }
}
