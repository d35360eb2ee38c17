import Catalog
import Core
import HTTPWire
import JSON

/// Models in the format of Google's `models.list` and `models.get`, for its client libraries.
enum GoogleModelDocuments {
  /// Models of a page when the query does not say how many.
  private static let standardCount = 50

  /// `{"models":[…],"nextPageToken":…}`. Throws a 400 for a page that there is not.
  static func list(_ models: [CatalogModel], _ head: RequestHead) throws(GatewayError) -> JSONValue {
    let usable = models.filter { $0.writesText || $0.writesEmbeddings }
    let page = try ModelPage(
      usable, count: try ModelPage.count(head, "pageSize", standard: standardCount),
      after: head.queryValue("pageToken"), names: ("pageToken", "pageToken"))
    var members: [(key: String, value: JSONValue)] = [("models", .array(page.models.map(model)))]
    if page.hasMore, let last = page.models.last { members.append(("nextPageToken", .string(last.id))) }
    return .object(members)
  }

  /// One model. What only Google knows of its own (a version's number, standard settings) is left out or told by the date.
  static func model(_ model: CatalogModel) -> JSONValue {
    let endpoint = model.endpoints.first
    let date = model.created.map { String(Timestamp.iso8601(milliseconds: $0 * 1000).prefix(10)) }
    var members: [(key: String, value: JSONValue)] = [
      ("name", .string("models/" + model.id)), ("baseModelId", .string(model.id)), ("version", .string(date ?? "")),
      ("displayName", .string(model.name)), ("description", .string(model.description ?? "")),
    ]
    if let limit = endpoint?.contextLength ?? model.contextLength {
      members.append(("inputTokenLimit", .integer(limit)))
    }
    if let limit = endpoint?.maxCompletionTokens { members.append(("outputTokenLimit", .integer(limit))) }
    members.append(("supportedGenerationMethods", .array(methods(model).map { .string($0) })))
    if model.writesText { members.append(("thinking", .bool(model.supportedParameters.contains("reasoning")))) }
    return .object(members)
  }

  private static func methods(_ model: CatalogModel) -> [String] {
    (model.writesText ? ["generateContent", "streamGenerateContent", "countTokens"] : [])
      + (model.writesEmbeddings ? ["embedContent", "batchEmbedContents"] : [])
  }
}
