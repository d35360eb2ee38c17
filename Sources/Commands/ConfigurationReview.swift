import Catalog
import Configuration

/// Looks for what is allowed in a configuration but most likely not meant.
package enum ConfigurationReview {
  /// The doubts, in plain words.
  package static func warnings(_ loaded: LoadedConfiguration, _ snapshot: CatalogSnapshot) -> [String] {
    let configuration = loaded.configuration
    var warnings: [String] = []
    if case .file = loaded.source, configuration.providers.allSatisfy(\.disabled) {
      warnings.append("no provider is configured and enabled; every request will be refused")
    }
    let serving = Set(snapshot.endpoints.map(\.provider.slug))
    for provider in configuration.providers where !provider.disabled {
      if !serving.contains(provider.slug) {
        warnings.append("provider '\(provider.slug)' serves no known model; describe its models under 'models'")
      }
      let variables = loaded.shipped.providers.first { $0.settings.slug == provider.slug }?.apiKeyVariables ?? []
      if provider.apiKey == nil, let variable = variables.first, provider.headers.isEmpty {
        warnings.append("provider '\(provider.slug)' has no api_key; write api_key: ${\(variable)}")
      }
    }
    return warnings + modelWarnings(configuration, snapshot) + keyWarnings(configuration, snapshot)
  }

  private static func modelWarnings(_ configuration: Configuration, _ snapshot: CatalogSnapshot) -> [String] {
    configuration.models.flatMap { model in
      var warnings = model.fallbacks.filter { snapshot.resolve($0) == nil }.map {
        "model '\(model.id)' falls back to '\($0)', which no configured provider serves"
      }
      if snapshot.resolve(model.id) == nil {
        warnings.append("model '\(model.id)' is not visible: all its providers are disabled")
      }
      return warnings
    }
  }

  private static func keyWarnings(_ configuration: Configuration, _ snapshot: CatalogSnapshot) -> [String] {
    configuration.access.keys.flatMap { key in
      (key.limits.allowedModels ?? []).filter { !$0.hasSuffix("*") && snapshot.resolve($0) == nil }.map {
        "key '\(key.name)' allows the model '\($0)', which no configured provider serves"
      }
    }
  }
}
