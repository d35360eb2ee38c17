import Catalog
import Configuration
import Core

/// `patchbay models import`: makes a catalogue file of what OpenRouter's interface says about models.
package struct ModelsImportCommand: Sendable {
  /// Fetches what an http or https URL answers. The error's description says what went wrong.
  package typealias Fetch = @Sendable (_ url: String) throws -> [UInt8]

  /// Largest text that is read. Unit: bytes.
  private static let sizeLimit = 64 << 20

  private let options: ModelsImportOptions
  private let terminal: Terminal
  private let now: Int64
  private let fetch: Fetch

  /// An import; `now`, in seconds since 1970, dates the prices.
  package init(_ options: ModelsImportOptions, terminal: Terminal, now: Int64, fetch: @escaping Fetch) {
    self.options = options
    self.terminal = terminal
    self.now = now
    self.fetch = fetch
  }

  /// Reads, converts and writes. `wrong` when the source cannot be read or the target not be written.
  package func run() -> ExitCode {
    do {
      let date = String(Timestamp.iso8601(milliseconds: now * 1000).prefix(10))
      let imported = try OpenRouterImport(try read(), source: PriceSource(url: shownSource, date: date))
      let text = CatalogueWriter.text(
        imported.models, heading: ["Made by 'patchbay models import' from \(shownSource) on \(date)."])
      try check(text, imported.models)
      for note in imported.notes { terminal.note(note) }
      try write(text, imported.models)
      return .success
    } catch {
      terminal.note("patchbay: \(shownSource): \(error)")
      return .wrong
    }
  }

  private var isURL: Bool {
    let source = options.source.lowercased()
    return source.hasPrefix("http://") || source.hasPrefix("https://")
  }

  /// The source without a query, which may hold a key.
  private var shownSource: String { isURL ? String(options.source.prefix { $0 != "?" }) : options.source }

  private func read() throws -> [UInt8] {
    isURL ? try fetch(options.source) : try FileContents.read(options.source, limit: ModelsImportCommand.sizeLimit)
  }

  /// What is written must mean what was read; a difference would be a fault of this program.
  private func check(_ text: String, _ models: [ModelSettings]) throws {
    var text = text
    let read = try text.withUTF8 {
      try CatalogueFile.parse(UnsafeRawBufferPointer($0), file: options.target ?? "output", known: ["openrouter"])
    }
    guard read.models == models else {
      throw OpenRouterImport.Problem("the catalogue would not be read back as it was; nothing was written")
    }
  }

  private func write(_ text: String, _ models: [ModelSettings]) throws {
    guard let target = options.target else { return terminal.write(text) }
    try FileContents.replace(target, with: Array(text.utf8))
    let unpriced = models.count { model in model.endpoints.allSatisfy { $0.pricing == nil } }
    terminal.note("wrote \(models.count) models to \(target), \(unpriced) of them without a price")
    terminal.note("to use it, write 'catalog: \(target)' into the configuration")
  }
}
