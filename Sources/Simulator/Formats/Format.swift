import HTTPWire
import JSON

/// A provider's wire format on the provider's side. Written by the provider's documentation, without what the gateway
/// translates by: what the gateway gets wrong shall not be wrong here too.
protocol Format: Sendable {
  /// Its name in the log; for model providers the word of `dialect` in a configuration.
  var dialect: String { get }

  /// Whether a request is for it.
  func serves(_ head: RequestHead) -> Bool

  /// Looks at the request's key. Throws `Problem`.
  func authorize(_ request: Incoming) throws(Problem)

  /// Reads a request. Throws a `Problem` for everything that the provider would refuse.
  func read(_ request: Incoming) throws(Problem) -> Asked

  /// Whether content is refused by an answer that says so, and not by an error; its turns look for the fault themselves.
  var moderatesInAnswers: Bool { get }

  /// An error in this format.
  func document(of problem: Problem) -> ErrorDocument

  /// An error in the middle of a stream.
  func event(of problem: Problem) -> Answer.Event
}

extension Format {
  /// Whether content is refused by an answer that says so.
  var moderatesInAnswers: Bool { false }
}

/// A request, and what the simulator knows beside it.
struct Incoming {
  /// The head.
  let head: RequestHead
  /// The body.
  let body: [UInt8]
  /// Who has received it.
  let simulator: Simulator

  /// The body as JSON. Throws `Problem`.
  func json() throws(Problem) -> JSONValue {
    do throws(JSONProblem) {
      return try JSONValue.parse(body)
    } catch {
      throw Problem(
        reason: .notJSON, status: 400, message: "We could not parse the JSON body of your request: \(error).")
    }
  }

  /// Whether there is a key and, where the options name one, whether it is that.
  func accepts(key: String?) -> Bool {
    guard let wanted = simulator.options.apiKey else { return true }
    return key == wanted
  }

  /// The token of `Authorization: Bearer`.
  var bearer: String? {
    guard let field = head.first("authorization"), field.lowercased().hasPrefix("bearer ") else { return nil }
    return String(field.dropFirst(7))
  }
}

/// What a format has made of a request.
enum Asked {
  /// An answer of the model.
  case answer(any Turn)
  /// A document that needs no model's answer.
  case document(Document)

  /// A document, ready to be sent.
  struct Document {
    /// What is sent.
    var json: JSONValue
    /// Further header fields.
    var fields: [(name: StaticString, value: String)] = []
    /// The model it is about as the request names it; nil: no model's.
    var model: String?
    /// The faults named behind the model.
    var faults = FaultList()
    /// Whether script and chance of the options have a say in it.
    var takesFaults = false
  }
}

/// A request for a model's answer, with what its format needs to know to write it.
protocol Turn {
  /// What is asked.
  var prompt: Prompt { get set }
  /// How the answer's events are put into bytes.
  var framing: Framing { get }

  /// The whole answer.
  func whole(_ reply: Reply, _ identity: AnswerIdentity) -> JSONValue
  /// The events of a streamed answer in order, made when they are due; nil ends them.
  func events(_ reply: Reply, _ identity: AnswerIdentity) -> () -> Answer.Event?
}

/// What an answer is known by.
struct AnswerIdentity {
  /// Letters and digits of its id.
  let id: String
  /// Seconds since 1970.
  let created: Int64
}

/// An error as a format words it.
struct ErrorDocument {
  /// The status.
  var status: Int
  /// Further header fields.
  var fields: [(name: StaticString, value: String)] = []
  /// The body.
  var json: JSONValue
}
