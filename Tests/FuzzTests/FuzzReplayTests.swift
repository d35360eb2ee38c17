import Foundation
import FuzzTargets
import TestSupport
import Testing

@Suite("Inputs of the fuzz targets")
struct FuzzReplayTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/fuzz")

  @Test("everything holds for the seeds and for some damage to them", arguments: FuzzTarget.all.map(\.name))
  func seeds(_ name: String) throws {
    let target = try #require(FuzzTarget.named(name))
    let seeds = target.seeds()
    #expect(seeds.count >= 9)
    var generator = SplitMix(state: 7)
    for seed in seeds + [[]] {
      for input in [seed] + (0..<10).map({ _ in Mutation.of(seed, &generator) }) {
        let objection = target.check(input)
        #expect(objection == nil, "\(String(decoding: input, as: UTF8.self).debugDescription)")
      }
    }
  }

  @Test("everything holds for what was found once", arguments: FuzzTarget.all.map(\.name))
  func findings(_ name: String) throws {
    let target = try #require(FuzzTarget.named(name))
    let folder = FuzzReplayTests.folder.appending(path: name)
    for file in (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? [] {
      let objection = try target.check(Array(Data(contentsOf: file)))
      #expect(objection == nil, "\(file.lastPathComponent)")
    }
  }

  @Test("every folder of findings belongs to a target")
  func folders() throws {
    let names = Set(FuzzTarget.all.map(\.name))
    for entry in try FileManager.default.contentsOfDirectory(atPath: FuzzReplayTests.folder.path)
    where !entry.hasSuffix(".md") {
      #expect(names.contains(entry))
    }
  }
}
