import CPCRE2
import Core

/// A `pattern` of a schema: a regular expression in ECMA 262's sense, through PCRE2 with its options for that. Not
/// anchored. A match may cost only so much, whatever the pattern: see `Cost`.
final class ValuePattern: @unchecked Sendable {  // PCRE2's compiled code is never changed and may be shared
  /// What a match may cost. Unit: PCRE2's own steps, of about 20 ns.
  enum Cost {
    /// For the first try: ample for a pattern without nested repetition.
    static func first(_ bytes: Int) -> Int { 100 + 4 * bytes }
    /// For the second and last.
    static let second = 50_000
    /// Longest text a pattern is tried on. Unit: bytes.
    static let textLimit = 65_536
  }

  /// Longest pattern. Unit: bytes.
  private static let lengthLimit = 4096
  /// Deepest nesting of parentheses in a pattern.
  private static let nestingLimit: UInt32 = 64
  /// Most memory for a match's frames. Unit: KiB.
  private static let heapLimit: UInt32 = 1024

  private let code: OpaquePointer

  /// Compiles a pattern; nil when PCRE2 does not take it.
  init?(_ pattern: String) {
    guard pattern.utf8.count <= ValuePattern.lengthLimit, let context = pcre2_compile_context_create_8(nil) else {
      return nil
    }
    defer { pcre2_compile_context_free_8(context) }
    pcre2_set_parens_nest_limit_8(context, ValuePattern.nestingLimit)
    pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_ANYCRLF))
    pcre2_set_compile_extra_options_8(context, PCRE2_EXTRA_ALT_BSUX)
    let options =
      PCRE2_UTF | PCRE2_ANCHORED | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS
      | PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C
    // PCRE2 counts its steps anew from every place where it begins to look. Looking from the first place only, with the
    // search inside the pattern, makes the limit one for the whole match.
    var text = "(?s:.*?)(?:\(pattern))"
    var error: Int32 = 0
    var offset = 0
    let compiled = text.withUTF8 { pcre2_compile_8($0.baseAddress, $0.count, options, &error, &offset, context) }
    guard let compiled else { return nil }
    code = compiled
  }

  deinit { pcre2_code_free_8(code) }

  /// Whether the text holds a match, at a cost of at most `limit`; open when it was reached.
  func matches(_ text: String, limit: Int) -> Verdict {
    guard let context = pcre2_match_context_create_8(nil) else { return .open }
    defer { pcre2_match_context_free_8(context) }
    guard let data = pcre2_match_data_create_8(1, nil) else { return .open }
    defer { pcre2_match_data_free_8(data) }
    pcre2_set_match_limit_8(context, UInt32(limit))
    pcre2_set_depth_limit_8(context, UInt32(limit))
    pcre2_set_heap_limit_8(context, ValuePattern.heapLimit)
    var text = text
    let result = text.withUTF8 { bytes in
      withUnsafeBytes(of: UInt8(0)) { empty in
        let base = bytes.baseAddress ?? empty.baseAddress?.assumingMemoryBound(to: UInt8.self)
        return pcre2_match_8(code, base, bytes.count, 0, PCRE2_NO_UTF_CHECK, data, context)
      }
    }
    if result >= 0 { return .yes }
    return result == PCRE2_ERROR_NOMATCH ? .no : .open
  }
}
