// swift-tools-version: 6.2
// Targets are listed from the top to the bottom: a target may depend on targets below it, never on one above.
// `Scripts/check-imports` holds the sources against this list.
import PackageDescription

let package = Package(
  name: "patchbay",
  products: [.executable(name: "patchbay", targets: ["patchbay"])],
  targets: [
    .executableTarget(
      name: "patchbay",
      dependencies: [
        "Commands", "Gateway", "Administration", "LedgerSQLite", "UpstreamCurl", "Simulator", "HTTPServer", "Catalog",
        "Configuration",
        "Upstream", "Ledger", "Credentials", "JSON", "EventLoop", "Core",
      ]),
    .target(
      name: "Commands",
      dependencies: [
        "Gateway", "Administration", "LedgerSQLite", "Translation", "Planning", "Catalog", "Configuration", "Ledger",
        "JSON", "Core",
      ]),
    .target(
      name: "Gateway",
      dependencies: [
        "Administration", "HTTPServer", "Translation", "Planning", "Catalog", "Configuration", "Ledger", "Upstream",
        "Credentials", "HTTPWire", "JSON", "EventLoop", "Core", "COpenSSL",
      ]),
    .target(name: "Administration", dependencies: ["Ledger", "JSON", "Core"]),
    .target(name: "LedgerSQLite", dependencies: ["Ledger", "Core", "CPosix", "CSQLite"]),
    .target(
      name: "Simulator",
      dependencies: ["HTTPServer", "HTTPWire", "Credentials", "JSON", "EventLoop", "Core", "COpenSSL", "CZlib"]),
    .target(
      name: "UpstreamCurl",
      dependencies: ["Upstream", "HTTPWire", "EventLoop", "Core", "CCurl", "CZlib", "CBrotli", "CZstd"]),
    .target(name: "HTTPServer", dependencies: ["HTTPWire", "EventLoop", "Core", "CZlib"]),
    .target(name: "Translation", dependencies: ["Ledger", "HTTPWire", "Credentials", "JSONSchema", "JSON", "Core"]),
    .target(name: "Planning", dependencies: ["Catalog", "Configuration", "Ledger", "JSON", "Core"]),
    .target(name: "Catalog", dependencies: ["Configuration", "Ledger", "JSON", "Core", "CCatalog"]),
    .target(name: "Configuration", dependencies: ["Ledger", "Upstream", "Credentials", "JSON", "Core", "CYAML"]),
    .target(name: "Ledger", dependencies: ["Core", "CBytes", "CPosix", "COpenSSL", "CZlib"]),
    .target(name: "Upstream", dependencies: ["Core"]),
    .target(name: "HTTPWire", dependencies: ["Core", "CZlib"]),
    .target(name: "Credentials", dependencies: ["JSON", "Core", "COpenSSL"]),
    .target(name: "JSONSchema", dependencies: ["JSON", "Core", "CPCRE2"]),
    .target(name: "JSON", dependencies: ["Core", "CBytes"]),
    .target(name: "EventLoop", dependencies: ["Core", "CPosix"]),
    .target(name: "Core", dependencies: ["CPosix"]),
    .testTarget(
      name: "CommandsTests",
      dependencies: [
        "TestSupport", "Commands", "Gateway", "Catalog", "Configuration", "LedgerSQLite", "Ledger", "JSON", "Core",
      ]),
    .testTarget(
      name: "AdministrationTests",
      dependencies: ["TestSupport", "Administration", "LedgerSQLite", "Ledger", "CSQLite", "JSON", "Core"]),
    .testTarget(name: "CatalogTests", dependencies: ["Catalog", "Configuration", "Ledger", "JSON", "Core"]),
    .testTarget(
      name: "ConfigurationTests",
      dependencies: ["TestSupport", "Configuration", "Ledger", "Upstream", "Credentials", "Core"]),
    .testTarget(name: "LedgerSQLiteTests", dependencies: ["TestSupport", "LedgerSQLite", "Ledger", "CSQLite", "Core"]),
    .testTarget(name: "LedgerTests", dependencies: ["TestSupport", "Ledger", "Core"]),
    .testTarget(name: "CoreTests", dependencies: ["Core"]),
    .target(name: "CBytes"),
    .target(name: "CCatalog"),
    .target(name: "CPosix"),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CBrotli", pkgConfig: "libbrotlidec", providers: [.apt(["libbrotli-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    // What the tests share; no product contains it.
    .target(
      name: "TestSupport", dependencies: ["HTTPServer", "HTTPWire", "EventLoop", "Core", "CPosix", "CZlib"],
      path: "Tests/TestSupport"),
    // What is fuzzed and what must hold; `Scripts/fuzz` and the tests run it.
    .target(
      name: "FuzzTargets",
      dependencies: [
        "TestSupport", "UpstreamCurl", "Translation", "Configuration", "Ledger", "Upstream", "HTTPWire", "JSONSchema",
        "JSON", "Core", "CCurl", "CZlib",
      ],
      path: "Tests/FuzzTargets"),
    .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets", "TestSupport"]),
    .testTarget(
      name: "GatewayTests",
      dependencies: [
        "TestSupport", "Gateway", "Administration", "UpstreamCurl", "HTTPServer", "Translation", "Planning", "Catalog",
        "Configuration", "Ledger", "Upstream", "Credentials", "HTTPWire", "EventLoop", "Core",
      ]),
    .testTarget(
      name: "UpstreamCurlTests",
      dependencies: ["TestSupport", "UpstreamCurl", "Upstream", "EventLoop", "Core", "CBrotli", "CZstd"]),
    .testTarget(
      name: "TranslationTests",
      dependencies: ["TestSupport", "Translation", "Ledger", "HTTPWire", "JSON", "Core"]),
    .testTarget(
      name: "PlanningTests", dependencies: ["Planning", "Catalog", "Configuration", "Ledger", "JSON", "Core"]),
    .testTarget(name: "JSONSchemaTests", dependencies: ["JSONSchema", "JSON"]),
    .testTarget(name: "JSONTests", dependencies: ["JSON", "Core"]),
    .testTarget(name: "CredentialsTests", dependencies: ["TestSupport", "Credentials", "JSON", "Core", "COpenSSL"]),
    .testTarget(name: "UpstreamTests", dependencies: ["Upstream", "Core"]),
    .testTarget(name: "EventLoopTests", dependencies: ["TestSupport", "EventLoop", "Core"]),
    .testTarget(name: "HTTPWireTests", dependencies: ["TestSupport", "HTTPWire", "Core"]),
    .testTarget(
      name: "HTTPServerTests", dependencies: ["TestSupport", "HTTPServer", "HTTPWire", "EventLoop", "Core"]),
    .testTarget(
      name: "SimulatorTests",
      dependencies: ["TestSupport", "Simulator", "HTTPWire", "Credentials", "JSON", "EventLoop", "Core"]),
  ]
)

// `Scripts/fuzz` builds this program and nothing else, with coverage counters and AddressSanitizer in every module.
if Context.environment["PATCHBAY_FUZZ"] == "1" {
  let sanitizers = ["-sanitize=fuzzer,address", "-enable-testing", "-D", "FUZZING"]
  for target in package.targets
  where target.type == .regular && !["CBytes", "CCatalog", "CPosix"].contains(target.name) {
    target.swiftSettings = [.unsafeFlags(sanitizers)]
  }
  package.targets.append(
    .executableTarget(
      name: "PatchbayFuzz", dependencies: ["FuzzTargets"], path: "Fuzz", exclude: ["dictionaries"],
      swiftSettings: [.unsafeFlags(sanitizers + ["-parse-as-library"])],
      // gold cannot give libFuzzer's program a main function of ours; lld can.
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]))
}

// `Benchmarks/fold/main.swift` says how it is run.
if Context.environment["PATCHBAY_BENCHMARK"] == "1" {
  package.targets.append(
    .executableTarget(
      name: "PatchbayFoldBenchmark", dependencies: ["LedgerSQLite", "Ledger", "Core"], path: "Benchmarks/fold"))
}

// The program carries the Swift runtime: a call into it costs no jump through a table (2 % of a request's time, measured
// in Docs/measurements.md), and the program runs where Swift is not installed.
package.targets.first { $0.name == "patchbay" }?.linkerSettings = [
  .unsafeFlags(["-static-stdlib"], .when(configuration: .release))
]

// Release builds look through module borders when they inline, and leave out the run-time checks for exclusive access
// that every test run (debug) makes. Both are measured in Docs/measurements.md.
for target in package.targets
where [.regular, .executable].contains(target.type) && target.swiftSettings == nil
  && !["CBytes", "CCatalog", "CPosix"].contains(target.name)
{
  target.swiftSettings = [
    .unsafeFlags(["-cross-module-optimization", "-enforce-exclusivity=unchecked"], .when(configuration: .release))
  ]
}

// One test target and what stands below it, for quick turns while working on it:
// `PATCHBAY_ONLY=TranslationTests swift test --scratch-path .build/only`.
if let only = Context.environment["PATCHBAY_ONLY"] {
  var wanted: Set<String> = []
  var next = [only]
  while let name = next.popLast() {
    guard wanted.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else { continue }
    for dependency in target.dependencies {
      if case .byNameItem(let name, _) = dependency { next.append(name) }
    }
  }
  package.targets.removeAll { !wanted.contains($0.name) }
  package.products = []
}
