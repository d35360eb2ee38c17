import Catalog
import Core
import HTTPWire
import JSON

/// Models in the format of Anthropic's list, for callers who send `anthropic-version`.
enum AnthropicModelDocuments {
  /// Models of a page when the query does not say how many.
  private static let standardCount = 20

  /// Whether a request is one of Anthropic's client libraries.
  static func areWanted(_ head: RequestHead) -> Bool { head.fields.contains("anthropic-version") }

  /// `{"data":[…],"has_more":…,"first_id":…,"last_id":…}`, the newest models first. Throws a 400 for a page that there is
  /// not.
  static func list(_ models: [CatalogModel], _ head: RequestHead) throws(GatewayError) -> JSONValue {
    let newest = models.filter(\.writesText).enumerated().sorted { first, second in
      let (a, b) = (first.element.created ?? 0, second.element.created ?? 0)
      return a == b ? first.offset < second.offset : a > b
    }
    let page = try ModelPage(
      newest.map(\.element), count: try ModelPage.count(head, "limit", standard: standardCount),
      after: head.queryValue("after_id"), before: head.queryValue("before_id"), names: ("after_id", "before_id"))
    func id(_ model: CatalogModel?) -> JSONValue { model.map { .string($0.id) } ?? .null }
    return .object([
      ("data", .array(page.models.map(model))), ("has_more", .bool(page.hasMore)),
      ("first_id", id(page.models.first)), ("last_id", id(page.models.last)),
    ])
  }

  /// One model. When it appeared is the beginning of 1970 where nobody knows, as Anthropic has it.
  static func model(_ model: CatalogModel) -> JSONValue {
    func number(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }
    let endpoint = model.endpoints.first
    return .object([
      ("type", .string("model")), ("id", .string(model.id)), ("display_name", .string(model.name)),
      ("created_at", .string(Timestamp.iso8601(milliseconds: (model.created ?? 0) * 1000))),
      ("max_input_tokens", number(endpoint?.contextLength ?? model.contextLength)),
      ("max_tokens", number(endpoint?.maxCompletionTokens)), ("lifecycle", .string("active")),
      ("deprecated_at", .null), ("retires_at", .null), ("line", .null), ("capabilities", .null),
    ])
  }
}
