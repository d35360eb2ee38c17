/// What a vector is for: models that tell a question from its answer embed them differently.
package enum EmbeddingPurpose: Sendable, Equatable {
  /// A question that is looked up among documents.
  case query
  /// A document that is looked for.
  case document
  case classification, clustering, similarity
  /// Questions of particular kinds.
  case question, claim, codeQuery
  /// A word that is not known here.
  case other(String)

  /// Reads OpenRouter's, Cohere's and Google's words, in any case; nil for the one that says nothing.
  package init?(_ word: String) {
    switch word.lowercased() {
    case "search_query", "query", "retrieval_query": self = .query
    case "search_document", "document", "passage", "retrieval_document": self = .document
    case "classification": self = .classification
    case "clustering": self = .clustering
    case "semantic_similarity": self = .similarity
    case "question_answering": self = .question
    case "fact_verification": self = .claim
    case "code_retrieval_query": self = .codeQuery
    case "", "task_type_unspecified", "unspecified": return nil
    default: self = .other(word)
    }
  }

  /// The word of OpenRouter's `input_type`.
  package var openRouterWord: String {
    switch self {
    case .query: "search_query"
    case .document: "search_document"
    case .classification: "classification"
    case .clustering: "clustering"
    case .similarity: "semantic_similarity"
    case .question: "question_answering"
    case .claim: "fact_verification"
    case .codeQuery: "code_retrieval_query"
    case .other(let word): word
    }
  }

  /// Google's `taskType`; nil for what it does not know.
  var googleWord: String? {
    switch self {
    case .query: "RETRIEVAL_QUERY"
    case .document: "RETRIEVAL_DOCUMENT"
    case .other: nil
    default: openRouterWord.uppercased()
    }
  }

  /// Cohere's `input_type`, which its models demand, and whether it says all that was asked for.
  static func cohereWord(_ purpose: EmbeddingPurpose?) -> (word: String, isExact: Bool) {
    switch purpose {
    case nil: ("search_document", true)
    case .query, .document, .classification, .clustering: (purpose?.openRouterWord ?? "", true)
    case .question, .claim, .codeQuery: ("search_query", false)
    case .similarity, .other: ("search_document", false)
    }
  }
}
