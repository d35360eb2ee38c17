import Catalog
import Configuration
import Core
import Ledger

/// Everything `doctor --faults` is going to do, decided beforehand: the checks, and the configuration in which the
/// simulator stands in for every provider. Every check has copies of its models, so that no check sees what another one
/// did to an endpoint's health.
package struct FaultStage: Sendable {
  /// One fault on one subject.
  package struct Check: Sendable {
    /// Its number, from 0.
    package let index: Int
    /// What fails.
    package let fault: FaultCase
    /// What it is tried on.
    package let subject: FaultSubject

    /// What the request asks for: the copies of the models, all of a chain that no configuration holds, else the first.
    package var requestedModels: [String] {
      subject.models.indices.prefix(subject.isNamedByRequest ? subject.models.count : 1).map(copyID)
    }

    /// The id of the copy of model number `model` of the subject.
    func copyID(_ model: Int) -> String { "fault-\(index)/" + subject.models[model].model.id }

    /// Whether every endpoint of the first model fails: where other models follow, it is them that the check is about.
    var failsWholeModel: Bool { fault.reach == .model || subject.kind == .chain }
  }

  /// Where a request has arrived: an endpoint of a check.
  package struct Place: Sendable, Hashable {
    /// The check's number.
    package let check: Int
    /// The model's place in the subject.
    package let model: Int
    /// The endpoint's place in the model.
    package let endpoint: Int

    /// The place that stands in an upstream model's name; nil when it is none of a stage.
    package init?(upstreamModel: String) {
      let numbers = upstreamModel.split(separator: ".").map { Int($0) }
      guard numbers.count == 3, let check = numbers[0], let model = numbers[1], let endpoint = numbers[2] else {
        return nil
      }
      (self.check, self.model, self.endpoint) = (check, model, endpoint)
    }

    /// A place.
    package init(check: Int, model: Int, endpoint: Int) {
      (self.check, self.model, self.endpoint) = (check, model, endpoint)
    }

    /// The name that stands for it.
    package var upstreamModel: String { "\(check).\(model).\(endpoint)" }
  }

  /// What is said, and said again by the simulator.
  package static let prompt = "Please say these words again: one two three four five six seven eight nine ten."

  /// All checks, in the order of the scorecard.
  package let checks: [Check]
  /// The subjects.
  package let subjects: [FaultSubject]
  /// The waits of the user's configuration.
  package let pace: FaultPace
  private let base: Configuration

  /// The stage for a configuration. Without a model that can be tried it has no checks.
  package init(_ configuration: Configuration, _ catalog: CatalogSnapshot) {
    base = configuration
    pace = FaultPace(configuration.routing.timeouts)
    let chosen = FaultSubject.choose(catalog, privacy: configuration.privacy)
    subjects = chosen
    var checks: [Check] = []
    for fault in FaultCase.catalogue(pace.timeouts(configuration.routing.timeouts)) {
      for subject in chosen where !fault.needsSeveral || subject.kind == .several {
        checks.append(Check(index: checks.count, fault: fault, subject: subject))
      }
    }
    self.checks = checks
  }

  /// Every endpoint of every check.
  package var places: [Place] {
    checks.flatMap { check in
      check.subject.models.indices.flatMap { model in
        check.subject.models[model].endpoints.indices.map { Place(check: check.index, model: model, endpoint: $0) }
      }
    }
  }

  /// The endpoint of the user's at a place.
  package func endpoint(_ place: Place) -> CatalogEndpoint? {
    guard checks.indices.contains(place.check) else { return nil }
    let models = checks[place.check].subject.models
    guard models.indices.contains(place.model), models[place.model].endpoints.indices.contains(place.endpoint) else {
      return nil
    }
    return models[place.model].endpoints[place.endpoint]
  }

  /// What an endpoint does to a request, in the simulator's words. `first` is the endpoint of the check that was asked
  /// before any other.
  package func faults(at place: Place, first: Place) -> String {
    guard checks.indices.contains(place.check) else { return "" }
    let check = checks[place.check]
    if check.failsWholeModel { return place.model == 0 ? check.fault.faults : check.fault.othersFaults }
    return place == first ? check.fault.faults : check.fault.othersFaults
  }

  // MARK: Configuration

  /// The user's configuration with the copies for models and the simulator at `address`, HOST:PORT, for providers. Nothing
  /// secret is in it: keys are replaced, further headers and proxies are left out. No key is asked of the caller, who
  /// comes over a loopback address.
  package func configuration(simulator address: String) -> Configuration {
    var configuration = base
    // A machine that is busy with something else is none of the faults that are tried.
    configuration.server = ServerSettings(
      listen: "127.0.0.1:0", loops: 1, limits: LimitSettings(lagMilliseconds: 600_000))
    configuration.access = AccessSettings(requireKey: false)
    configuration.storage = StorageSettings()
    configuration.routing.timeouts = pace.timeouts(base.routing.timeouts)
    configuration.routing.retry = pace.retry(base.routing.retry)
    let used = Set(places.compactMap { endpoint($0)?.provider.slug })
    configuration.providers = base.providers.filter { used.contains($0.slug) }.map {
      FaultStage.standIn($0, at: address)
    }
    configuration.models = checks.flatMap(copies)
    configuration.catalogueModels = []
    return configuration
  }

  private static func standIn(_ provider: ProviderSettings, at address: String) -> ProviderSettings {
    ProviderSettings(
      slug: provider.slug, name: provider.name, baseURL: "http://\(address)/\(provider.slug)/v1",
      apiKey: Secret("simulated"), region: provider.region, dataPolicy: provider.dataPolicy)
  }

  private func copies(_ check: Check) -> [ModelSettings] {
    check.subject.models.indices.map { model in
      let (original, endpoints) = check.subject.models[model]
      // In a chain only the first model names the others.
      let followers =
        model == 0 && !check.subject.isNamedByRequest ? Array(check.subject.models.indices.dropFirst()) : []
      return ModelSettings(
        id: check.copyID(model), name: original.name, contextLength: original.contextLength,
        fallbacks: followers.map(check.copyID), hedge: original.hedge, inputModalities: original.inputModalities,
        outputModalities: original.outputModalities,
        endpoints: endpoints.indices.map {
          FaultStage.copy(endpoints[$0], at: Place(check: check.index, model: model, endpoint: $0))
        })
    }
  }

  private static func copy(_ endpoint: CatalogEndpoint, at place: Place) -> EndpointSettings {
    EndpointSettings(
      provider: endpoint.provider.slug, upstreamModel: place.upstreamModel, pricing: endpoint.pricing,
      contextLength: endpoint.contextLength, maxCompletionTokens: endpoint.maxCompletionTokens,
      quantization: endpoint.quantization, supportedParameters: endpoint.supportedParameters.map { $0.sorted() },
      prefill: endpoint.prefill, distillable: endpoint.distillable, quality: endpoint.quality, zdr: endpoint.zdr,
      region: endpoint.region, tag: endpoint.tag)
  }
}
