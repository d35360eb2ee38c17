import Catalog
import Commands
import Core
import EventLoop
import Glibc

/// What `serve` prints when it listens: the address, what it found, keys made now, and a line to paste.
enum Banner {
  static func print(
    _ settings: LoadedConfiguration, bound: SocketAddress, generated: [FirstStart.GeneratedKey],
    catalog: CatalogSnapshot
  ) {
    var text = "Patchbay \(ProductVersion.current) listening on http://\(bound)\n"
    if case .file(let file) = settings.source {
      text += "Configuration: \(file)\n"
    } else {
      text += "No configuration file; using the environment.\n"
      for note in settings.notes { text += "  " + note + "\n" }
      if settings.notes.isEmpty {
        text += "  No provider keys found. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or another and start again.\n"
      }
      text += "  demo/echo: built in, answers without any key\n"
    }
    text +=
      "\(counted(catalog.models.count, "model")) of \(counted(catalog.providers.count, "provider")). "
      + "GET /v1/models lists them.\n"
    if !generated.isEmpty { text += keys(generated, isLoopback: bound.isLoopback) }
    if let model = catalog.models.first(where: { $0.id == "demo/echo" }) ?? catalog.models.first {
      let key = settings.configuration.access.requireKey ? " \\\n  -H 'Authorization: Bearer YOUR_KEY'" : ""
      text +=
        "\nTry it:\n\ncurl -N http://\(reachable(bound))/v1/chat/completions\(key) \\\n"
        + "  -H 'Content-Type: application/json' \\\n"
        + "  -d '{\"model\": \"\(model.id)\", \"stream\": true, "
        + "\"messages\": [{\"role\": \"user\", \"content\": \"Hello, Patchbay!\"}]}'\n\n"
    }
    Stderr.write(text)
  }

  private static func counted(_ count: Int, _ noun: String) -> String { count == 1 ? "1 \(noun)" : "\(count) \(noun)s" }

  private static func keys(_ generated: [FirstStart.GeneratedKey], isLoopback: Bool) -> String {
    let reason =
      isLoopback ? "The configuration has require_key: true" : "This gateway can be reached from other machines"
    var text = "\n\(reason), so callers need a key. Made now, stored as hashes and\nshown this once:\n"
    for key in generated {
      text += key.role == .user ? "  user key:       \(key.key)\n" : "  management key: \(key.key)\n"
    }
    return text
  }

  /// The address to call from this machine.
  private static func reachable(_ bound: SocketAddress) -> String {
    switch bound.host {
    case "127.0.0.1", "0.0.0.0", "::": "localhost:\(bound.port)"
    default: bound.description
    }
  }
}

/// Plain text for people on the standard error stream.
enum Stderr {
  static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while rest.count > 0 {
        let written = Glibc.write(2, rest.baseAddress, rest.count)
        if written <= 0 { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
    }
  }
}
