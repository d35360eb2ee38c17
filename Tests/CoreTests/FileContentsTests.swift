import Core
import Glibc
import Testing

@Suite("FileContents")
struct FileContentsTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = "/tmp/patchbay-test-" + Identifier.random(12)
    try #require(mkdir(folder, 0o700) == 0)
    defer {
      for name in ["a", "b"] { unlink(folder + "/" + name) }
      #expect(rmdir(folder) == 0, "nothing is left behind")
    }
    try body(folder)
  }

  @Test("What is written is read back, and writing again replaces it whole")
  func replaces() throws {
    try withFolder { folder in
      let path = folder + "/a"
      #expect(!FileContents.exists(path))
      try FileContents.replace(path, with: Array(repeating: 7, count: 200_000))
      #expect(try FileContents.read(path, limit: 200_000).count == 200_000)
      try FileContents.replace(path, with: [1, 2, 3])
      #expect(try FileContents.read(path, limit: 10) == [1, 2, 3])
      #expect(FileContents.exists(path))
      #expect(!FileContents.exists(folder))
    }
  }

  @Test("A file that is too large, missing, or a folder is an error with the system's reason")
  func fails() throws {
    try withFolder { folder in
      try FileContents.replace(folder + "/a", with: [1, 2, 3])
      for (path, code) in [(folder + "/a", EFBIG), (folder + "/b", ENOENT), (folder, EISDIR)] {
        let error = #expect(throws: SystemFailure.self) { try FileContents.read(path, limit: 2) }
        #expect(error?.code == code)
      }
    }
  }

  @Test("A target that cannot be written leaves nothing behind")
  func cleansUp() throws {
    try withFolder { folder in
      try #require(mkdir(folder + "/d", 0o700) == 0)
      #expect(throws: SystemFailure.self) { try FileContents.replace(folder + "/d", with: [1]) }
      #expect(rmdir(folder + "/d") == 0)
    }
  }
}
