/// One turn of a conversation.
package struct Message: Sendable, Equatable {
  /// Who speaks. A tool's result is a part of a user's turn.
  package enum Role: String, Sendable {
    case system, developer, user, assistant
  }

  /// Who speaks.
  package var role: Role
  /// What is said, in order.
  package var parts: [Part]
  /// Tells several speakers of one role apart.
  package var name: String?
  /// Members that have no field here, such as a message's id.
  package var extras: [Member] = []

  /// A turn.
  package init(_ role: Role, _ parts: [Part], name: String? = nil, extras: [Member] = []) {
    self.role = role
    self.parts = parts
    self.name = name
    self.extras = extras
  }

  /// Whether it instructs the model rather than talks to it.
  package var isInstruction: Bool { role == .system || role == .developer }
}
