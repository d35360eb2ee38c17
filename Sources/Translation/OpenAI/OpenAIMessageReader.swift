import Core
import JSON

/// Walks the messages of a request without building them: checks roles and contents, and notes which modalities occur.
struct OpenAIMessageReader {
  /// Messages seen.
  private(set) var count = 0
  /// Modalities of parts besides text: `image`, `audio`, `file`, `video`.
  private(set) var modalities: Set<String> = []
  /// Image parts seen.
  private(set) var imageCount: Int64 = 0
  /// Bytes of the parts that are no text.
  private(set) var mediaBytes = 0
  /// Whether no message is more than a role and a text: nothing in them can be given twice without having been seen.
  private(set) var isPlain = true
  /// The first thing that is wrong.
  private(set) var refusal: GatewayError?

  private static let roles: Set<String> = ["system", "developer", "user", "assistant", "tool", "function"]

  mutating func read(_ index: Int, _ scanner: inout JSONScanner) throws(JSONProblem) {
    count += 1
    let kind = try scanner.peek()
    guard kind == .object else {
      try scanner.value()
      return refuse("messages[\(index)]", "messages[\(index)] must be an object with 'role' and 'content'.")
    }
    var hasRole = false
    var hasContent = false
    var hasMember = try scanner.enterObject()
    while hasMember {
      let key = try scanner.key()
      if key.isNamed("role") {
        if hasRole { refuseRepeated(index, "role") }
        hasRole = true
        try readRole(index, &scanner)
      } else if key.isNamed("content") {
        if hasContent { refuseRepeated(index, "content") }
        hasContent = true
        try readContent(index, &scanner)
      } else {
        isPlain = false
        try scanner.value()
      }
      hasMember = try scanner.nextMember()
    }
    if !hasRole {
      refuse("messages[\(index)].role", "messages[\(index)] has no 'role'; use system, user, assistant or tool.")
    }
  }

  private mutating func refuse(_ field: String, _ message: String) {
    if refusal == nil { refusal = .field(field, message) }
  }

  private mutating func refuseRepeated(_ index: Int, _ name: String) {
    refuse("messages[\(index)].\(name)", "messages[\(index)].\(name) is given twice; send it once.")
  }

  private mutating func readRole(_ index: Int, _ scanner: inout JSONScanner) throws(JSONProblem) {
    let span = try scanner.value()
    let text = scanner.text
    if span.isText("user", in: text) || span.isText("assistant", in: text) || span.isText("system", in: text) { return }
    guard span.kind == .string, OpenAIMessageReader.roles.contains(JSONString.decode(span, in: scanner.text)) else {
      return refuse(
        "messages[\(index)].role",
        "messages[\(index)].role must be one of system, developer, user, assistant, tool.")
    }
  }

  private mutating func readContent(_ index: Int, _ scanner: inout JSONScanner) throws(JSONProblem) {
    switch try scanner.peek() {
    case .string, .null: try scanner.value()
    case .array:
      isPlain = false
      try scanner.array { (part, scanner) throws(JSONProblem) in
        guard try scanner.peek() == .object else {
          try scanner.value()
          return refuse(
            "messages[\(index)].content[\(part)]",
            "messages[\(index)].content[\(part)] must be an object with a 'type' such as \"text\".")
        }
        try readPart(&scanner)
      }
    default:
      try scanner.value()
      refuse("messages[\(index)].content", "messages[\(index)].content must be a string or an array of parts.")
    }
  }

  private mutating func readPart(_ scanner: inout JSONScanner) throws(JSONProblem) {
    let start = scanner.position
    var isText = true
    try scanner.object { (key, scanner) throws(JSONProblem) in
      let span = try scanner.value()
      guard key.isNamed("type"), span.kind == .string else { return }
      isText = false
      switch JSONString.decode(span, in: scanner.text) {
      case "image_url":
        modalities.insert("image")
        imageCount += 1
      case "input_audio": modalities.insert("audio")
      case "file": modalities.insert("file")
      case "video_url", "input_video": modalities.insert("video")
      default: isText = true
      }
    }
    if !isText { mediaBytes += scanner.position - start }
  }
}
