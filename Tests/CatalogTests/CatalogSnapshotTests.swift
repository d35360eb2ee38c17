import Catalog
import Configuration
import Core
import Ledger
import Testing

@Suite("CatalogSnapshot")
struct CatalogSnapshotTests {
  @Test("A model is visible when an enabled provider serves it, with the endpoints of such providers only")
  func visibility() {
    let snapshot = Fixture.snapshot(
      providers: [Fixture.provider("p"), Fixture.provider("off", disabled: true)],
      shipped: [
        Fixture.model("a/both", [Fixture.endpoint("off"), Fixture.endpoint("p"), Fixture.endpoint("absent")]),
        Fixture.model("a/hidden", [Fixture.endpoint("off")]), Fixture.model("a/unserved", [Fixture.endpoint("absent")]),
      ])
    #expect(snapshot.models.map(\.id) == ["a/both"])
    #expect(snapshot.models.first?.endpoints.map(\.provider.slug) == ["p"])
    #expect(snapshot.providers.map(\.slug) == ["p"])
  }

  @Test("What disabled providers would serve is known, numbered behind everything else, and found only where asked for")
  func disabled() {
    let snapshot = Fixture.snapshot(
      providers: [Fixture.provider("off", disabled: true), Fixture.provider("p")],
      shipped: [
        Fixture.model("a/hidden", aliases: ["h"], [Fixture.endpoint("off")]),
        Fixture.model("a/both", [Fixture.endpoint("off"), Fixture.endpoint("p")]), Fixture.model("a/last"),
      ])
    #expect(snapshot.models.map(\.id) == ["a/both", "a/last"] && snapshot.models.map(\.index) == [0, 1])
    #expect(snapshot.endpoints.map(\.index) == [0, 1])
    #expect(snapshot.disabledEndpoints.map(\.index) == [2, 3])
    #expect(snapshot.disabledEndpoints.map(\.modelID) == ["a/hidden", "a/both"])
    #expect(snapshot.models.first?.disabledEndpoints.map(\.provider.slug) == ["off"])
    #expect(snapshot.resolve("h") == nil)
    #expect(snapshot.find("h")?.model.endpoints.isEmpty == true)
    #expect(snapshot.find("h:free")?.model.disabledEndpoints.count == 1)
    #expect(snapshot.find("both")?.model === snapshot.models.first)
  }

  @Test("The user's model replaces the shipped one whole, however its id is written")
  func userWins() {
    let snapshot = Fixture.snapshot(
      providers: [Fixture.provider("p"), Fixture.provider("q")],
      user: [Fixture.model("a/claude-4-6", [Fixture.endpoint("q")])],
      shipped: [Fixture.model("a/claude-4.6", aliases: ["c"]), Fixture.model("a/x")],
      discovered: [Fixture.model("A/Claude-4.6")])
    #expect(snapshot.models.map(\.id) == ["a/claude-4-6", "a/x"])
    #expect(snapshot.models.first?.endpoints.map(\.provider.slug) == ["q"])
    #expect(snapshot.resolve("c") == nil)
  }

  @Test(
    "A catalogue file, the shipped catalogue and discovered models add endpoints; the earlier speaks for its providers")
  func merges() {
    let snapshot = Fixture.snapshot(
      providers: [Fixture.provider("p"), Fixture.provider("q"), Fixture.provider("r")],
      catalogue: [Fixture.model("a/x", [Fixture.endpoint("q", price: 1)])],
      shipped: [
        Fixture.model("a/x", aliases: ["x1"], [Fixture.endpoint("p", price: 2), Fixture.endpoint("q", price: 9)])
      ],
      discovered: [Fixture.model("a/x", [Fixture.endpoint("r", price: 3)]), Fixture.model("a/new")])
    #expect(snapshot.models.map(\.id) == ["a/x", "a/new"])
    #expect(snapshot.models.first?.endpoints.map(\.provider.slug) == ["q", "p", "r"])
    #expect(snapshot.models.first?.endpoints.first?.pricing?.prompt == Money(units: 1_000_000))
    #expect(snapshot.resolve("x1")?.model.id == "a/x")
  }

  @Test("Endpoints are ordered by price, unknown ones last, equal ones as written")
  func ordersByPrice() {
    var free = Fixture.endpoint("p", price: 0)
    free.tag = "p/free"
    var first = Fixture.endpoint("p", price: 5)
    first.tag = "p/first"
    let snapshot = Fixture.snapshot(shipped: [
      Fixture.model("a/x", [Fixture.endpoint("p"), first, Fixture.endpoint("p", price: 5), free])
    ])
    #expect(snapshot.models.first?.endpoints.map(\.tag) == ["p/free", "p/first", "p", "p"])
    #expect(snapshot.models.first?.endpoints.last?.pricing == nil)
  }

  @Test("Every endpoint stands at the place of its index")
  func indexes() {
    let snapshot = Fixture.snapshot(shipped: [
      Fixture.model("a/x", [Fixture.endpoint("p"), Fixture.endpoint("p", price: 1)]), Fixture.model("a/y"),
    ])
    #expect(snapshot.endpoints.map(\.index) == [0, 1, 2])
    #expect(snapshot.models.flatMap { $0.endpoints.map(\.index) } == [0, 1, 2])
    #expect(snapshot.endpoints.map(\.modelID) == ["a/x", "a/x", "a/y"])
  }

  @Test("What an endpoint leaves out comes from its provider or model")
  func inherits() throws {
    var own = Fixture.endpoint("p")
    own.zdr = false
    own.region = "us"
    own.contextLength = 5
    own.quantization = "fp8"
    own.supportedParameters = ["tools"]
    var model = Fixture.model("a/x", [Fixture.endpoint("p"), own])
    model.contextLength = 10
    let snapshot = Fixture.snapshot(
      providers: [Fixture.provider("p", region: "eu", dataPolicy: DataPolicy(training: false, zdr: true))],
      shipped: [model])
    let endpoints = try #require(snapshot.models.first).endpoints
    #expect(endpoints.map(\.zdr) == [true, false])
    #expect(endpoints.map(\.trainsOnData) == [false, false])
    #expect(endpoints.map(\.region) == ["eu", "us"])
    #expect(endpoints.map(\.contextLength) == [10, 5])
    #expect(endpoints.map(\.quantization) == ["unknown", "fp8"])
    #expect(endpoints.map(\.supportedParameters) == [nil, ["tools"]])
    #expect(endpoints.map(\.tag) == ["p", "p"])
    #expect(snapshot.models.first?.supportedParameters == ["tools"])
  }

  @Test("A provider of which nothing is known counts as keeping data and as unknown about training")
  func unknownPolicy() {
    let endpoint = Fixture.snapshot(shipped: [Fixture.model("a/x")]).endpoints.first
    #expect(endpoint?.zdr == false)
    #expect(endpoint?.trainsOnData == .some(nil))
  }

  @Test("A restriction leaves a provider the models it names, and makes those that are not known")
  func restricts() {
    let snapshot = Fixture.snapshot(
      providers: [Fixture.provider("p"), Fixture.provider("openrouter", onlyModels: ["a/x", "b/new:free", "a/Z"])],
      shipped: [
        Fixture.model("a/x"), Fixture.model("a/y", [Fixture.endpoint("p"), Fixture.endpoint("openrouter")]),
        Fixture.model("a/z", [Fixture.endpoint("openrouter", price: 1)]),
        Fixture.model("a/w", [Fixture.endpoint("openrouter")]),
      ])
    let served = snapshot.models.map { "\($0.id) " + $0.endpoints.map(\.provider.slug).joined(separator: " ") }
    #expect(served == ["a/x p openrouter", "a/y p", "a/z openrouter", "b/new:free openrouter"])
    #expect(snapshot.resolve("b/new:free")?.model.endpoints.first?.upstreamModel == "b/new:free")
    #expect(snapshot.resolve("a/z")?.model.endpoints.first?.pricing != nil)
  }
}
