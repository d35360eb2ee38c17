import TestSupport

/// One way into the program for hostile bytes, and what must hold whatever they are. `Scripts/fuzz` runs it under
/// libFuzzer; the tests replay its seeds and everything that was ever found.
package struct FuzzTarget: Sendable {
  /// Its name, on the command line and as a folder of findings.
  package let name: String
  /// Inputs to begin with.
  package let seeds: @Sendable () -> [[UInt8]]
  /// Puts an input through; returns what did not hold, or nil.
  package let check: @Sendable (UnsafeRawBufferPointer) -> String?

  /// All of them.
  package static let all =
    [
      head, chunked, sse, eventstream, json, schema, request, stream, rescue, answer, fetch, configuration, embeddings,
      embeddingRequest,
    ] + dialects
    + internals

  /// Those that look into a module, which only builds with its tests enabled allow.
  private static var internals: [FuzzTarget] {
    #if DEBUG || FUZZING
      [response]
    #else
      []
    #endif
  }

  /// The target of that name.
  package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }

  /// What `check` says about an array's bytes.
  package func check(_ bytes: [UInt8]) -> String? { bytes.withUnsafeBytes { check($0) } }
}

/// An input whose first byte says how the rest is cut into pieces, or which variant of the target it is for.
struct CutInput {
  /// The first byte.
  let choice: UInt8
  /// The rest.
  let bytes: [UInt8]

  /// Nil for an empty input.
  init?(_ input: UnsafeRawBufferPointer) {
    guard let first = input.first else { return nil }
    choice = first
    bytes = Array(input.dropFirst())
  }

  /// The bytes cut at places that the first byte chooses: one by one for 0.
  var pieces: [ArraySlice<UInt8>] {
    var generator = SplitMix(state: UInt64(choice))
    let longest = choice == 0 ? 1 : 1 + Int(choice) / 2
    var pieces: [ArraySlice<UInt8>] = []
    var position = 0
    while position < bytes.count {
      let end = min(bytes.count, position + Int.random(in: 1...longest, using: &generator))
      pieces.append(bytes[position..<end])
      position = end
    }
    return pieces
  }

  /// Seeds for such a target: every text byte by byte and in random pieces.
  static func seeds(_ texts: [[UInt8]]) -> [[UInt8]] {
    texts.flatMap { text in [[0] + text, [37] + text] }
  }
}
