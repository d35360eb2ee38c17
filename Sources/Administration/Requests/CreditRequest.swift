import Core
import JSON

/// `POST /credits`: credits to add or, with a negative amount, to take back.
struct CreditRequest {
  /// How much. Not zero.
  let amount: Money
  /// Why, for whoever reads the books.
  let note: String

  /// Reads a body. Throws a 400 that names the member.
  init(_ body: JSONValue) throws(GatewayError) {
    let members = try RequestMembers(body)
    amount = try members.required("amount", members.signedAmount("amount"), "how many USD to add, or to take back")
    note = try members.required("note", members.text("note"), "why, for whoever reads the books")
  }
}
