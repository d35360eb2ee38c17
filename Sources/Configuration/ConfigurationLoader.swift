import Core

/// Reads a user's file into a validated configuration. Every problem is collected before the reading fails.
package enum ConfigurationLoader {
  /// Largest file that is read. Unit: bytes.
  static let fileLimit = 16 << 20
  /// Largest file that `${file:…}` may name. Unit: bytes.
  static let referenceLimit = 64 << 10

  /// Reads the file at `path`. `known` are the providers a file may name by their slug alone; `listen`, when given, is
  /// what the command line says and wins over `PATCHBAY_LISTEN` and the file. `inForce` is what a reload would replace: then
  /// a file that would let callers in without keys by what it leaves out is a problem. Throws every problem at once.
  package static func load(
    path: String, environment: [String: String], known: [KnownProvider], listen: String? = nil,
    inForce: AccessSettings? = nil
  ) throws(ConfigurationError) -> Configuration {
    let bytes: [UInt8]
    do {
      bytes = try FileContents.read(path, limit: fileLimit)
    } catch {
      throw ConfigurationError(problems: [
        ConfigurationProblem(
          file: path, line: 0, column: 0, message: "the file cannot be read: \(SystemFailure.text(error.code))",
          remedy: "check its path and permissions")
      ])
    }
    return try parse(
      bytes, file: path, environment: environment, known: known, listen: listen, inForce: inForce,
      readFile: FileContents.read)
  }

  /// Reads the text of a file that is called `file` in problems; `readFile` is given a path and the most bytes that
  /// are wanted, and serves `${file:…}` and `catalog`.
  package static func parse(
    _ bytes: [UInt8], file: String, environment: [String: String], known: [KnownProvider], listen: String? = nil,
    inForce: AccessSettings? = nil,
    readFile: @escaping (_ path: String, _ limit: Int) throws(SystemFailure) -> [UInt8]
  ) throws(ConfigurationError) -> Configuration {
    let interpolation = Interpolation(environment: environment) { (path) throws(SystemFailure) in
      String(decoding: try readFile(path, referenceLimit), as: UTF8.self)
    }
    let context = ReadingContext(file: file, origin: .user, interpolation: interpolation)
    let node = bytes.withUnsafeBytes { context.parse($0) }
    let root = Section(
      node, path: "", keys: Configuration.keys, unsupported: Configuration.unsupportedKeys, context: context)
    var configuration = Configuration(reading: root, known: known)
    configuration.server.listen = listenAddress(
      option: listen, environment: environment, file: configuration.server.listen, context: context)
    if node?.member("access")?.member("require_key") == nil {
      configuration.access.requireKey = needsKeys(configuration)
    }
    checkKeyless(configuration, node: node, context: context)
    if let inForce { checkReload(configuration, node: node, inForce: inForce, context: context) }
    let slugs = known.map(\.settings.slug) + configuration.providers.map(\.slug)
    let catalogue = readCatalogue(root, known: slugs, readFile: readFile)
    configuration.catalogueModels = catalogue.models
    let problems = context.problems + catalogue.problems
    guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    return configuration
  }

  private static func readCatalogue(
    _ root: Section, known: [String], readFile: (String, Int) throws(SystemFailure) -> [UInt8]
  ) -> (models: [ModelSettings], problems: [ConfigurationProblem]) {
    guard let named = root.text("catalog") else { return ([], []) }
    let folder = root.context.file.lastIndex(of: "/").map { root.context.file[...$0] } ?? ""
    let path = named.hasPrefix("/") ? named : folder + named
    let bytes: [UInt8]
    do throws(SystemFailure) {
      bytes = try readFile(path, fileLimit)
    } catch {
      root.report("catalog", "cannot be read: \(SystemFailure.text(error.code))", "check its path and permissions")
      return ([], [])
    }
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(ConfigurationError) in try CatalogueFile.parse(bytes, file: path, known: known) }
    }
    switch result {
    case .success(let catalogue): return (catalogue.models, [])
    case .failure(let error): return ([], error.problems)
    }
  }

  private static func listenAddress(
    option: String?, environment: [String: String], file: String, context: ReadingContext
  ) -> String {
    guard let (name, text) = ConfigurationSource.listen(option: option, environment: environment) else { return file }
    do {
      _ = try ListenAddress(text)
      return text
    } catch {
      context.report(SourcePosition(line: 0, column: 0), "\(name) \(error.message)", error.remedy)
      return file
    }
  }

  /// The default of `access.require_key`: a laptop's gateway without keys needs none; one with keys, or one that other
  /// machines reach, does.
  private static func needsKeys(_ configuration: Configuration) -> Bool {
    let access = configuration.access
    if !access.keys.isEmpty || !access.managementKeys.isEmpty { return true }
    return !((try? ListenAddress(configuration.server.listen))?.isLoopback ?? false)
  }

  /// A file is written in steps, and a reload may come between two: one that has lost its end must not open the gateway.
  private static func checkReload(
    _ configuration: Configuration, node: YAMLNode?, inForce: AccessSettings, context: ReadingContext
  ) {
    guard let node, !node.isNull else {
      guard context.problems.isEmpty else { return }
      return context.report(
        SourcePosition(line: 0, column: 0), "the file is empty, which takes back everything that is in force",
        "write the configuration into it; to run without one, stop the gateway and start it without a file")
    }
    guard inForce.requireKey, !configuration.access.requireKey,
      node.member("access")?.member("require_key") == nil
    else { return }
    context.report(
      node.member("access")?.position ?? SourcePosition(line: 0, column: 0),
      "the file has no keys any more, and callers would need none",
      "write require_key: true into 'access' to go on asking for keys, or require_key: false to stop it")
  }

  private static func checkKeyless(_ configuration: Configuration, node: YAMLNode?, context: ReadingContext) {
    guard !configuration.access.requireKey, let address = try? ListenAddress(configuration.server.listen),
      !address.isLoopback
    else { return }
    context.report(
      node?.member("access")?.member("require_key")?.position ?? SourcePosition(line: 0, column: 0),
      "'access.require_key' is false, but '\(configuration.server.listen)' can be reached from other machines",
      "set it to true, or listen on 127.0.0.1")
  }
}
