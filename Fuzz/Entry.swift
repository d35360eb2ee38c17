import Foundation
import FuzzTargets

/// libFuzzer's own main function, for programs that have one already.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafeRawPointer?, Int) -> Int32
) -> Int32

private let target: FuzzTarget = {
  let name = ProcessInfo.processInfo.environment["PATCHBAY_FUZZ_TARGET"] ?? ""
  guard let target = FuzzTarget.named(name) else {
    fatalError("PATCHBAY_FUZZ_TARGET must be one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
  }
  return target
}()

/// The program's entry. Swift Package Manager gives the main function of an executable this name. With a folder in
/// `PATCHBAY_FUZZ_SEEDS` it writes the target's seeds there; else the arguments are libFuzzer's.
@_cdecl("PatchbayFuzz_main")
public func main(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
  if let folder = ProcessInfo.processInfo.environment["PATCHBAY_FUZZ_SEEDS"] {
    for (index, seed) in target.seeds().enumerated() {
      let path = "\(folder)/seed-\(index)"
      guard FileManager.default.createFile(atPath: path, contents: Data(seed)) else { return 1 }
    }
    return 0
  }
  var count = count
  var arguments = arguments
  return runDriver(&count, &arguments) { start, count in
    if let objection = target.check(UnsafeRawBufferPointer(start: start, count: count)) { fatalError(objection) }
    return 0
  }
}
