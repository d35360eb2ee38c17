import Catalog
import Configuration
import Core
import Ledger
import Testing

@Suite("Importing models")
struct ImportTests {
  static let source = PriceSource(url: "https://openrouter.ai/api/v1/models", date: "2026-11-20")

  static let list = #"""
    {"data": [
      {"id": "meta-llama/llama-3.3-70b-instruct", "canonical_slug": "x", "name": "Meta: Llama 3.3 \"70B\"",
       "created": 1733506137, "description": "Open-weight\nchat: model # with {odd} \\ signs \u2028 \u0007é 🦙.",
       "context_length": 131072,
       "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
       "pricing": {"prompt": "0.00000013", "completion": "0.0000004", "request": "0.001", "image": "0",
                   "input_cache_read": "0.00000002", "input_cache_write": "0", "internal_reasoning": "0"},
       "top_provider": {"context_length": 131072, "max_completion_tokens": 16384, "is_moderated": false},
       "supported_parameters": ["tools", "temperature"]},
      {"id": "openrouter/auto", "name": "Auto", "context_length": 2000000,
       "pricing": {"prompt": "-1", "completion": "-1"}, "supported_parameters": []},
      {"id": "tiny/model:free", "name": "", "created": 0, "context_length": null,
       "pricing": {"prompt": "0", "completion": "0"}, "top_provider": {"max_completion_tokens": null}},
      {"id": "tiny/model:free", "name": "again"},
      {"id": "no-author"}, {"name": "no id"}, 7,
      {"id": "fine/grained", "pricing": {"prompt": "0.0000000000001", "completion": "0"}}
    ]}
    """#

  @Test("OpenRouter's list becomes models with exact prices")
  func readsList() throws {
    let models = try OpenRouterImport(Array(ImportTests.list.utf8), source: ImportTests.source).models
    #expect(
      models.map(\.id) == ["meta-llama/llama-3.3-70b-instruct", "openrouter/auto", "tiny/model:free", "fine/grained"])
    let llama = try #require(models.first)
    #expect(llama.name == "Meta: Llama 3.3 \"70B\"")
    #expect(llama.created == 1_733_506_137)
    #expect(llama.inputModalities == ["text", "image"])
    #expect(
      llama.endpoints == [
        EndpointSettings(
          provider: "openrouter", upstreamModel: "meta-llama/llama-3.3-70b-instruct",
          pricing: PriceList(
            prompt: Money(units: 130_000), completion: Money(units: 400_000), cacheRead: Money(units: 20_000),
            request: Money(units: 1_000_000_000)), priceSource: ImportTests.source, maxCompletionTokens: 16_384,
          supportedParameters: ["tools", "temperature"])
      ])
  }

  @Test("A price that is not fixed or too fine is left out and noted, never guessed; free is free")
  func leavesOut() throws {
    let imported = try OpenRouterImport(Array(ImportTests.list.utf8), source: ImportTests.source)
    #expect(imported.models.map { $0.endpoints.first?.pricing == nil } == [false, true, false, true])
    #expect(imported.models[1].endpoints.first?.priceSource == nil)
    #expect(imported.models[2].endpoints.first?.pricing?.isFree == true)
    #expect(imported.notes.count == 5)
  }

  static let endpoints = #"""
    {"data": {"id": "a/b", "name": "B", "created": 5, "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
      "endpoints": [
        {"name": "X | a/b", "context_length": 1000, "pricing": {"prompt": "0.000001", "completion": "0.000002"},
         "provider_name": "X", "tag": "x/fp8", "quantization": "fp8", "max_completion_tokens": 100,
         "supported_parameters": ["tools"]},
        {"name": "Y | a/b", "context_length": 2000, "pricing": {"prompt": "0.000003", "completion": "0.000004"},
         "provider_name": "Y", "tag": "y", "quantization": "new8", "max_completion_tokens": null, "supported_parameters": []}
      ]}}
    """#

  @Test(
    "A model's endpoints are read, alone or in a list",
    arguments: [endpoints, "[\(endpoints)]", "{\"data\": [\(endpoints)]}"])
  func readsEndpoints(text: String) throws {
    let model = try #require(OpenRouterImport(Array(text.utf8)).models.first)
    #expect(model.endpoints.map(\.tag) == ["x/fp8", "y"])
    #expect(model.endpoints.map(\.quantization) == ["fp8", nil])
    #expect(model.endpoints.map(\.contextLength) == [1000, 2000])
    #expect(model.endpoints.map(\.maxCompletionTokens) == [100, nil])
    #expect(model.endpoints.map(\.supportedParameters) == [["tools"], []])
  }

  @Test("What was imported is written so that it is read back as it was", arguments: [list, endpoints])
  func roundTrip(text: String) throws {
    let models = try OpenRouterImport(Array(text.utf8), source: ImportTests.source).models
    var written = CatalogueWriter.text(models, heading: ["Made for a test.\nreally: [x"])
    let read = try written.withUTF8 {
      try CatalogueFile.parse(UnsafeRawBufferPointer($0), file: "catalog.yaml", known: ["openrouter"])
    }
    #expect(read.models == models)
  }

  @Test("The shipped catalogue survives being written and read")
  func roundTripShipped() throws {
    let shipped = try ShippedCatalog.load()
    var written = CatalogueWriter.text(shipped.models)
    let read = try written.withUTF8 {
      try CatalogueFile.parse(
        UnsafeRawBufferPointer($0), file: "catalog.yaml", known: shipped.providers.map(\.settings.slug))
    }
    #expect(read.models == shipped.models)
  }

  @Test(
    "What is no list of models is refused in plain words",
    arguments: ["", "{", "[]", "{\"data\": []}", "\"x\"", "{\"error\": {}}"])
  func refuses(text: String) {
    #expect(throws: OpenRouterImport.Problem.self) { try OpenRouterImport(Array(text.utf8)) }
  }

  @Test("A local server's models become free models named after it")
  func readsLocalList() throws {
    let text = #"""
      {"object": "list", "data": [
        {"id": "llama3.2:latest", "object": "model", "created": 1731000000, "owned_by": "library"},
        {"id": "Qwen/Qwen3-8B", "object": "model", "max_model_len": 32768},
        {"id": "nomic-embed-text:latest"}, {"id": "has space"}, {"object": "model"}
      ]}
      """#
    let models = try ModelListImport.models(in: Array(text.utf8), provider: "ollama")
    #expect(models.map(\.id) == ["ollama/llama3.2:latest", "ollama/Qwen/Qwen3-8B", "ollama/nomic-embed-text:latest"])
    #expect(models.map(\.outputModalities) == [["text"], ["text"], ["embeddings"]])
    #expect(models.map(\.contextLength) == [nil, 32_768, nil])
    #expect(
      models[1].endpoints == [EndpointSettings(provider: "ollama", upstreamModel: "Qwen/Qwen3-8B", pricing: .free)])
    #expect(throws: OpenRouterImport.Problem.self) { try ModelListImport.models(in: Array("{}".utf8), provider: "x") }
  }
}
