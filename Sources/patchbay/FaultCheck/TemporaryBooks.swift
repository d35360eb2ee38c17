import Core
import Gateway
import Glibc
import Ledger

/// Books for a gateway that is only looked at: journals in a folder of their own, which goes with them.
struct TemporaryBooks {
  /// As the loops see them.
  let books: GatewayBooks
  private let folder: String

  /// Makes the folder. Throws `SystemFailure`.
  init() throws {
    let parent = ProcessEnvironment.read()["TMPDIR"] ?? "/tmp"
    folder = parent + "/patchbay-" + Identifier.random(16)
    let time = AdmissionTime.current()
    books = GatewayBooks(
      accounts: Accounts(time: time), run: try JournalRun.begin(folder: folder), survivesPowerCut: false, workspace: "",
      time: time)
  }

  /// Removes the folder.
  func remove() {
    try? books.run.remove()
    rmdir(folder)
  }
}
