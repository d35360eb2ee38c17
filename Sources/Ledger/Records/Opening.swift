import Core

/// What is known of a request when it is admitted, before anything is sent to a provider. Written first; what follows
/// is its `Ending`. Holds neither prompt nor completion.
package struct Opening: Sendable, Hashable {
  /// The generation id, ours: `gen-…`. What ties the ending to the opening.
  package var id: String
  /// The request id of the response's `x-request-id`.
  package var requestID: String
  /// When it was admitted. Unit: milliseconds since 1970.
  package var createdAt: Int64
  /// The store's number of the key; 0 where no key is needed.
  package var keyID: Int64
  /// The id of the workspace; empty where there is none.
  package var workspace: String
  /// What kind of request it is.
  package var apiType: APIType
  /// Whether the caller asked for a stream.
  package var isStreamed: Bool
  /// Whether the model is a free variant, which its own limits count.
  package var isFree: Bool
  /// The model the caller asked for, as it was written.
  package var requestedModel: String
  /// The router model that chose, such as `openrouter/auto`; nil without one.
  package var router: String?
  /// The preset that was applied; nil without one.
  package var preset: String?
  /// The caller's `session_id`.
  package var session: String?
  /// The caller's `user`.
  package var user: String?
  /// The `HTTP-Referer` of the calling application.
  package var referer: String?
  /// The `X-Title` of the calling application.
  package var title: String?
  /// The `User-Agent` of the caller.
  package var userAgent: String?
  /// Pictures in the prompt.
  package var images: Int64
  /// No more prompt tokens than this can be counted; see `CostBound`.
  package var promptBound: Int64
  /// What was held on the budgets: an upper bound of the cost.
  package var hold: Money
  /// What the request costs when nobody ever learns how it ended: the bound of the prompt tokens at the dearest eligible
  /// endpoint's price, without any completion.
  package var costIfUnknown: Money
  /// The routing decision as compact JSON, for `patchbay explain`: not looked into here.
  package var decision: [UInt8]

  /// An opening; what is left out is not known or zero.
  package init(
    id: String, requestID: String = "", createdAt: Int64, keyID: Int64 = 0, workspace: String = "",
    apiType: APIType = .completions, isStreamed: Bool = false, isFree: Bool = false, requestedModel: String,
    router: String? = nil, preset: String? = nil, session: String? = nil, user: String? = nil, referer: String? = nil,
    title: String? = nil, userAgent: String? = nil, images: Int64 = 0, promptBound: Int64 = 0, hold: Money = .zero,
    costIfUnknown: Money = .zero, decision: [UInt8] = []
  ) {
    self.id = id
    self.requestID = requestID
    self.createdAt = createdAt
    self.keyID = keyID
    self.workspace = workspace
    self.apiType = apiType
    self.isStreamed = isStreamed
    self.isFree = isFree
    self.requestedModel = requestedModel
    self.router = router
    self.preset = preset
    self.session = session
    self.user = user
    self.referer = referer
    self.title = title
    self.userAgent = userAgent
    self.images = images
    self.promptBound = promptBound
    self.hold = hold
    self.costIfUnknown = costIfUnknown
    self.decision = decision
  }
}
