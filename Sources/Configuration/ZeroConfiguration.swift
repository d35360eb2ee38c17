import Core

/// The configuration without a file: a provider for every well-known key in the environment.
package enum ZeroConfiguration {
  /// The configuration and, for people, what was found. `listen` is the command line's and wins over
  /// `PATCHBAY_LISTEN`. Keys are needed unless the address is a loopback one. Throws when an environment variable
  /// that the gateway reads has no usable value.
  package static func make(
    environment: [String: String], knownProviders: [KnownProvider], listen: String? = nil
  ) throws(ConfigurationError) -> (configuration: Configuration, notes: [String]) {
    var builder = Builder(environment: environment)
    builder.setListen(option: listen)
    for known in knownProviders { builder.add(known) }
    guard builder.problems.isEmpty else { throw ConfigurationError(problems: builder.problems) }
    return (builder.configuration, builder.notes)
  }

  private struct Builder {
    let environment: [String: String]
    var configuration = Configuration()
    var notes: [String] = []
    var problems: [ConfigurationProblem] = []

    init(environment: [String: String]) { self.environment = environment }

    mutating func setListen(option: String?) {
      if let (name, text) = ConfigurationSource.listen(option: option, environment: environment) {
        configuration.server.listen = text
        do { _ = try ListenAddress(text) } catch { note(name + " " + error.message, error.remedy) }
      }
      let address = try? ListenAddress(configuration.server.listen)
      configuration.access.requireKey = !(address?.isLoopback ?? false)
    }

    mutating func add(_ known: KnownProvider) {
      guard let variable = known.apiKeyVariables.first(where: { value($0) != nil }), let key = value(variable) else {
        return
      }
      guard key.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
        return note(
          "\(variable) contains a space or a character that is not visible ASCII", "check how the variable was set")
      }
      var provider = known.settings
      provider.apiKey = Secret(key)
      override(&provider, variables: known.apiKeyVariables)
      if provider.slug == "openrouter" { addAttribution(&provider) }
      configuration.providers.append(provider)
      notes.append("\(variable): provider \(provider.slug) at \(provider.baseURL)")
    }

    /// `OPENAI_BASE_URL` and its like. Without a path it takes the vendor's. One that leads back to this gateway is
    /// ignored: people set it for their programs, and the gateway would call itself.
    private mutating func override(_ provider: inout ProviderSettings, variables: [String]) {
      let names = variables.compactMap { $0.hasSuffix("_API_KEY") ? String($0.dropLast(8)) + "_BASE_URL" : nil }
      guard let name = names.first(where: { value($0) != nil }), let text = value(name) else { return }
      do throws(BaseURL.Problem) {
        var address = try BaseURL(text)
        if leadsBack(address) {
          notes.append("\(name) is ignored: it leads back to this gateway")
          return
        }
        if address.path.isEmpty, let own = try? BaseURL(provider.baseURL) { address = address.with(path: own.path) }
        if address.text != provider.baseURL { provider.forgetVendor() }
        provider.baseURL = address.text
      } catch {
        note("\(name) \(error.message)", error.remedy)
      }
    }

    private func leadsBack(_ address: BaseURL) -> Bool {
      guard let own = try? ListenAddress(configuration.server.listen), own.port == address.effectivePort else {
        return false
      }
      let host = address.host.filter { $0 != "[" && $0 != "]" }
      if host == own.host.lowercased() { return true }
      return (try? ListenAddress(address.host + ":0"))?.isLoopback ?? false
    }

    private mutating func addAttribution(_ provider: inout ProviderSettings) {
      for (variable, field) in [("OPENROUTER_SITE_URL", "HTTP-Referer"), ("OPENROUTER_SITE_NAME", "X-Title")] {
        guard let text = value(variable) else { continue }
        guard text.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
          note("\(variable) contains a line end or a control character", "remove it")
          continue
        }
        provider.headers.append(HeaderSetting(name: field, value: Secret(text)))
      }
      guard let list = value("OPENROUTER_MODELS") else { return }
      let models = list.split(separator: ",").map { Builder.trimmed($0) }.filter { !$0.isEmpty }
      for model in models where !ModelSettings.isID(model) {
        note("OPENROUTER_MODELS has '\(model.prefix(60))', which is not a model id", "write author/name,author/name")
      }
      provider.onlyModels = models
      notes.append("OPENROUTER_MODELS: \(models.count) models of openrouter")
    }

    private mutating func note(_ message: String, _ remedy: String) {
      problems.append(
        ConfigurationProblem(file: "environment", line: 0, column: 0, message: message, remedy: remedy))
    }

    /// A variable's text without white space around it; nil when nothing is left.
    private func value(_ name: String) -> String? {
      guard let text = environment[name] else { return nil }
      let trimmed = Builder.trimmed(text[...])
      return trimmed.isEmpty ? nil : trimmed
    }

    private static func trimmed(_ text: Substring) -> String {
      let bytes = text.utf8.drop { $0 <= 32 }
      guard let last = bytes.lastIndex(where: { $0 > 32 }) else { return "" }
      return String(Substring(bytes[...last]))
    }
  }
}

extension ProviderSettings {
  /// Drops what is known about the vendor's handling of data, because requests go elsewhere.
  fileprivate mutating func forgetVendor() {
    region = nil
    dataPolicy = nil
    headquarters = nil
    privacyPolicyURL = nil
    termsOfServiceURL = nil
    statusPageURL = nil
  }
}
