import Catalog
import Configuration
import Core
import JSON

/// `patchbay models list`: the models that the configuration makes visible, with their cheapest price.
package struct ModelsListCommand: Sendable {
  private let options: ModelsListOptions
  private let environment: [String: String]
  private let terminal: Terminal

  /// A list for the configuration that `options` name.
  package init(_ options: ModelsListOptions, environment: [String: String], terminal: Terminal) {
    self.options = options
    self.environment = environment
    self.terminal = terminal
  }

  /// Lists. `wrong` when the configuration is not valid.
  package func run() -> ExitCode {
    do throws(ConfigurationError) {
      let loaded = try LoadedConfiguration.load(config: options.config, environment: environment)
      let models = loaded.served.models
      if options.json {
        terminal.write(JSONValue.array(models.map(ModelsListCommand.json)).line)
      } else if models.isEmpty {
        terminal.note("no model is visible: set a key such as OPENAI_API_KEY, or configure a provider")
      } else {
        terminal.write(ModelsListCommand.table(models).text())
      }
      return .success
    } catch {
      terminal.writeError("\(error)\n")
      return .wrong
    }
  }

  private static func table(_ models: [CatalogModel]) -> Table {
    var table = Table([
      ("MODEL", .left), ("CONTEXT", .right), ("USD/M IN", .right), ("USD/M OUT", .right), ("PROVIDERS", .left),
    ])
    for model in models {
      let price = model.endpoints.first?.pricing
      table.add([
        model.id, model.contextLength.map(String.init) ?? "-", price?.prompt.dollarsPerMillion ?? "-",
        price?.completion.dollarsPerMillion ?? "-", slugs(model).joined(separator: " "),
      ])
    }
    return table
  }

  private static func json(_ model: CatalogModel) -> JSONValue {
    let price = model.endpoints.first?.pricing
    return .object([
      ("id", .string(model.id)), ("name", .string(model.name)),
      ("context_length", model.contextLength.map { .integer($0) } ?? .null),
      (
        "pricing_per_million",
        price.map {
          .object([
            ("prompt", .number($0.prompt.dollarsPerMillion)), ("completion", .number($0.completion.dollarsPerMillion)),
          ])
        } ?? .null
      ),
      ("input_modalities", .array(model.inputModalities.map(JSONValue.string))),
      ("output_modalities", .array(model.outputModalities.map(JSONValue.string))),
      ("providers", .array(slugs(model).map(JSONValue.string))),
    ])
  }

  private static func slugs(_ model: CatalogModel) -> [String] {
    model.endpoints.reduce(into: []) { slugs, endpoint in
      if !slugs.contains(endpoint.provider.slug) { slugs.append(endpoint.provider.slug) }
    }
  }
}
