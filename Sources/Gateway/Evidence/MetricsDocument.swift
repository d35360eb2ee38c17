import Catalog
import Core
import Planning
import Synchronization

/// `/metrics`: what the gateway counts, in Prometheus's text format (version 0.0.4). No secret and nothing of a request is
/// in it: labels are names of the configuration.
struct MetricsDocument {
  /// The media type of the format.
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private var text = ""

  /// The document of a moment. Endpoints that were never used are left out.
  static func text(
    _ counters: GatewayCounters, _ books: GatewayBooks,
    _ endpoints: [(endpoint: CatalogEndpoint, health: EndpointHealthView)]
  ) -> [UInt8] {
    var document = MetricsDocument()
    document.process(counters, books)
    document.attempts(endpoints)
    document.states(endpoints)
    document.measurements(endpoints)
    return Array(document.text.utf8)
  }

  // MARK: Parts

  private mutating func process(_ counters: GatewayCounters, _ books: GatewayBooks) {
    family("patchbay_info", "gauge", "The version that runs.")
    sample("patchbay_info", [("version", ProductVersion.current)], "1")
    family("patchbay_requests_total", "counter", "Inference requests by how they ended.")
    let ends: [(String, Int)] = [
      ("complete", counters.complete.load(ordering: .relaxed)), ("rescued", counters.rescued.load(ordering: .relaxed)),
      ("cancelled", counters.cancelled.load(ordering: .relaxed)),
      ("truncated", counters.truncated.load(ordering: .relaxed)), ("failed", counters.failed.load(ordering: .relaxed)),
    ]
    for (outcome, count) in ends { sample("patchbay_requests_total", [("outcome", outcome)], String(count)) }
    family("patchbay_requests_in_flight", "gauge", "Inference requests under way.")
    sample("patchbay_requests_in_flight", [], String(counters.underWay.load(ordering: .relaxed)))
    family("patchbay_attempts_started_total", "counter", "Calls to providers.")
    sample("patchbay_attempts_started_total", [], String(counters.attempts.load(ordering: .relaxed)))
    family("patchbay_hedges_total", "counter", "Second endpoints asked because the first was slow.")
    sample("patchbay_hedges_total", [], String(counters.hedged.load(ordering: .relaxed)))
    family("patchbay_overruns_total", "counter", "Answers that cost more than was held for them.")
    sample("patchbay_overruns_total", [], String(counters.overruns.load(ordering: .relaxed)))
    family("patchbay_forgotten_holds_total", "counter", "Holds that nobody ended; anything but 0 is a defect.")
    sample("patchbay_forgotten_holds_total", [], String(books.accounts.leakedHolds))
  }

  private mutating func attempts(_ endpoints: [(endpoint: CatalogEndpoint, health: EndpointHealthView)]) {
    family("patchbay_attempts_total", "counter", "Calls to an endpoint by how they ended.")
    for (endpoint, health) in endpoints {
      func count(_ result: String, _ number: UInt64) {
        if number > 0 || result == "success" {
          sample("patchbay_attempts_total", labels(endpoint) + [("result", result)], String(number))
        }
      }
      count("success", health.totals.succeeded)
      count("neutral", health.totals.neutral)
      for failure in FailureClass.allCases { count(failure.word, health.totals[failure]) }
    }
  }

  private mutating func states(_ endpoints: [(endpoint: CatalogEndpoint, health: EndpointHealthView)]) {
    family("patchbay_endpoint_in_flight", "gauge", "Calls to an endpoint under way.")
    each(endpoints) { ("patchbay_endpoint_in_flight", String($0.inFlight)) }
    family("patchbay_endpoint_circuit", "gauge", "0 closed, 1 half open, 2 open.")
    each(endpoints) { health in
      let value =
        switch health.circuit {
        case .closed: "0"
        case .halfOpen: "1"
        case .open: "2"
        }
      return ("patchbay_endpoint_circuit", value)
    }
    family("patchbay_endpoint_outage", "gauge", "1 while the endpoint is tried last because it fails or dawdles.")
    each(endpoints) { ("patchbay_endpoint_outage", $0.isInOutage ? "1" : "0") }
    family("patchbay_endpoint_rate_limited_seconds", "gauge", "How long the provider has asked us to wait.")
    each(endpoints) { health in
      ("patchbay_endpoint_rate_limited_seconds", decimal(Double(health.rateLimitedForMilliseconds ?? 0) / 1000))
    }
    family("patchbay_endpoint_credentials_refused", "gauge", "1 while the provider refuses the gateway's key.")
    each(endpoints) { ("patchbay_endpoint_credentials_refused", $0.refusesCredentials ? "1" : "0") }
    family("patchbay_endpoint_uptime_ratio", "gauge", "Successes of the last 5 minutes; absent without attempts.")
    each(endpoints) { health in health.uptime5m.map { ("patchbay_endpoint_uptime_ratio", decimal($0 / 100)) } }
  }

  private mutating func measurements(_ endpoints: [(endpoint: CatalogEndpoint, health: EndpointHealthView)]) {
    family("patchbay_first_token_seconds", "gauge", "Time to the first token over 5 minutes, by percentile.")
    for (endpoint, health) in endpoints {
      guard let measured = health.firstTokenMilliseconds else { continue }
      quantiles("patchbay_first_token_seconds", endpoint, measured) { $0 / 1000 }
    }
    family(
      "patchbay_tokens_per_second", "gauge",
      "Speed over 5 minutes; the percentile of requests that are at least as fast.")
    for (endpoint, health) in endpoints {
      guard let measured = health.throughput else { continue }
      quantiles("patchbay_tokens_per_second", endpoint, measured) { $0 }
    }
  }

  // MARK: Lines

  private mutating func quantiles(
    _ name: String, _ endpoint: CatalogEndpoint, _ measured: EndpointHealthView.Percentiles,
    _ convert: (Double) -> Double
  ) {
    for (label, value) in [
      ("0.5", measured.p50), ("0.75", measured.p75), ("0.9", measured.p90), ("0.99", measured.p99),
    ] {
      sample(name, labels(endpoint) + [("quantile", label)], decimal(convert(value)))
    }
  }

  private mutating func each(
    _ endpoints: [(endpoint: CatalogEndpoint, health: EndpointHealthView)],
    _ value: (EndpointHealthView) -> (name: String, value: String)?
  ) {
    for (endpoint, health) in endpoints {
      if let line = value(health) { sample(line.name, labels(endpoint), line.value) }
    }
  }

  private mutating func family(_ name: String, _ kind: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
  }

  private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
    text += name
    if !labels.isEmpty {
      text += "{" + labels.map { "\($0)=\"\(MetricsDocument.escaped($1))\"" }.joined(separator: ",") + "}"
    }
    text += " " + value + "\n"
  }

  private func labels(_ endpoint: CatalogEndpoint) -> [(String, String)] {
    [("provider", endpoint.provider.slug), ("endpoint", endpoint.tag), ("model", endpoint.modelID)]
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}

/// A number with at most three decimals, as Prometheus reads it.
private func decimal(_ value: Double) -> String {
  let thousandths = Int64((value * 1000).rounded())
  return thousandths % 1000 == 0 ? String(thousandths / 1000) : String(Double(thousandths) / 1000)
}
