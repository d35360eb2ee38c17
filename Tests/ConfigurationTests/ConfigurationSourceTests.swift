import Configuration
import Testing

@Suite("ConfigurationSource")
struct ConfigurationSourceTests {
  private func find(_ option: String?, _ environment: [String: String], _ files: Set<String>) -> ConfigurationSource {
    ConfigurationSource.find(option: option, environment: environment, fileExists: files.contains)
  }

  @Test("The option wins over the variable, the variable over the usual places")
  func prefers() {
    let environment = ["PATCHBAY_CONFIG": "/b.yaml", "XDG_CONFIG_HOME": "/x", "HOME": "/h"]
    let files: Set = ["./patchbay.yaml", "/x/patchbay/patchbay.yaml", "/h/.config/patchbay/patchbay.yaml"]
    #expect(find("/a.yaml", environment, files) == .file("/a.yaml"))
    #expect(find(nil, environment, files) == .file("/b.yaml"))
    #expect(find(nil, ["XDG_CONFIG_HOME": "/x"], files) == .file("./patchbay.yaml"))
    #expect(
      find(nil, ["XDG_CONFIG_HOME": "/x", "HOME": "/h"], files.subtracting(["./patchbay.yaml"]))
        == .file("/x/patchbay/patchbay.yaml"))
    #expect(
      find(nil, ["HOME": "/h"], ["/h/.config/patchbay/patchbay.yaml"]) == .file("/h/.config/patchbay/patchbay.yaml"))
  }

  @Test("Without any file there is none; an empty variable and a relative XDG folder count as absent")
  func findsNone() {
    #expect(find(nil, [:], []) == .none)
    #expect(find(nil, ["PATCHBAY_CONFIG": "", "XDG_CONFIG_HOME": "rel"], ["rel/patchbay/patchbay.yaml"]) == .none)
  }

  @Test("A named file that does not exist is taken, so that a typing mistake is an error")
  func takesNamed() {
    #expect(find("/typo.yaml", [:], ["./patchbay.yaml"]) == .file("/typo.yaml"))
  }
}
