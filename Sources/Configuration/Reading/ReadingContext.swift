import Core
import Glibc

/// What the readers of one file share: its name, the interpolation, and the problems found so far.
/// Lives on one thread, for one reading.
final class ReadingContext {
  /// How much a reader trusts the file.
  enum Origin {
    /// Written by a person for this gateway: every oddity is a problem, references are replaced.
    case user
    /// Made for the catalogue: new words of the vendors are accepted, `$` has no meaning.
    case catalogue
  }

  /// The file, as the user named it.
  let file: String
  /// Who wrote it.
  let origin: Origin
  /// What has been found so far.
  private(set) var problems: [ConfigurationProblem] = []
  private let interpolation: Interpolation?
  /// What references gave so far. Any of it may be a secret, whatever the key it was written for.
  private var hidden: [String] = []

  /// Shortest value that is kept out of messages. Unit: bytes. Shorter ones are ports and flags; a key has at least 16.
  private static let hiddenLength = 4

  /// A context for a file; `interpolation` is nil where `$` has no meaning.
  init(file: String, origin: Origin, interpolation: Interpolation?) {
    self.file = file
    self.origin = origin
    self.interpolation = interpolation
  }

  /// Notes a problem.
  func report(_ position: SourcePosition, _ message: String, _ remedy: String) {
    problems.append(
      ConfigurationProblem(
        file: file, line: position.line, column: position.column, message: withoutValues(message),
        remedy: withoutValues(remedy)))
  }

  /// `text` without anything that a reference gave; longer values go first, since one may hold another.
  private func withoutValues(_ text: String) -> String {
    var text = text
    for value in hidden.sorted(by: { $0.utf8.count > $1.utf8.count })
    where value.utf8.count >= ReadingContext.hiddenLength {
      text = text.split(separator: value, omittingEmptySubsequences: false).joined(separator: "[from a reference]")
    }
    return text
  }

  /// Reads a YAML text and notes what is wrong with it as YAML.
  func parse(_ bytes: UnsafeRawBufferPointer) -> YAMLNode? {
    let document = YAMLDocument.parse(bytes)
    for problem in document.problems { report(problem.position, problem.message, problem.remedy) }
    return document.root
  }

  /// The text of a file that the configuration names outside of references, as large as references allow. A relative path
  /// starts at the configuration's folder. Throws the system's reason.
  func readFile(_ path: String) throws(SystemFailure) -> String {
    guard let interpolation else { throw SystemFailure("open", code: ENOENT) }
    let folder = file.lastIndex(of: "/").map { file[...$0] } ?? ""
    return try interpolation.readFile(path.hasPrefix("/") ? path : folder + path)
  }

  /// The text of a scalar with its references replaced; nil, with a problem noted, when `node` is no scalar, has no
  /// value, or refers to something missing.
  func scalar(_ node: YAMLNode, path: @autoclosure () -> String) -> Scalar? {
    guard case .scalar(let text, let isQuoted) = node.content else {
      report(node.position, "'\(path())' must be a single value", "write it as '\(path().lastName): value'")
      return nil
    }
    if node.isNull {
      report(node.position, "'\(path())' has no value", "give it one, or remove the key to use its default")
      return nil
    }
    guard let interpolation, text.utf8.contains(UInt8(ascii: "$")) else {
      return Scalar(text: text, isQuoted: isQuoted, isInterpolated: false, position: node.position)
    }
    do {
      let replaced = try interpolation.apply(to: text, values: &hidden)
      // Messages quote the beginning of a long text, which may end within a value.
      if text.utf8.contains(UInt8(ascii: "{")) { hidden.append(String(replaced.prefix(60))) }
      return Scalar(
        text: replaced, isQuoted: isQuoted, isInterpolated: text.contains("${"), position: node.position)
    } catch {
      report(node.position, "'\(path())': \(error.message)", error.remedy)
      return nil
    }
  }
}

/// The text of a scalar, ready to be understood.
struct Scalar {
  /// With references replaced.
  let text: String
  /// Whether it stood in quotes.
  let isQuoted: Bool
  /// Whether a part of it came from a reference, so that it must not be shown.
  let isInterpolated: Bool
  /// Where it stands.
  let position: SourcePosition

  /// Whether it may be read as a number or a flag.
  var isPlain: Bool { !isQuoted || isInterpolated }

  /// The text for a message, unless it came from a reference and may be a secret.
  var shown: String { isInterpolated ? "what its reference gives" : "'\(text.prefix(60))'" }
}

extension String {
  /// What stands behind the last point of a dotted path.
  fileprivate var lastName: Substring {
    guard let point = lastIndex(of: ".") else { return self[...] }
    return self[index(after: point)...]
  }
}
