import Configuration
import Core
import Glibc

extension FuzzTarget {
  /// Configuration files and catalogues: a value or problems, every problem with a message, a remedy and no secret.
  static let configuration = FuzzTarget(
    name: "configuration", seeds: { ConfigurationSeeds.all },
    check: { input in
      let bytes = Array(input)
      if String(decoding: bytes, as: UTF8.self).contains(secret) { return nil }
      var problems: [ConfigurationProblem] = []
      do throws(ConfigurationError) {
        _ = try ConfigurationLoader.parse(
          bytes, file: "fuzz.yaml", environment: ["KEY": secret, "ONE": "1"], known: known,
          readFile: { (path, limit) throws(SystemFailure) in
            guard path.hasSuffix("secret") else { throw SystemFailure("open", code: ENOENT) }
            return Array((secret + "\n").utf8)
          })
      } catch {
        if error.problems.isEmpty { return "refused without a reason" }
        problems = error.problems
      }
      do throws(ConfigurationError) {
        _ = try CatalogueFile.parse(input, file: "catalogue.yaml")
      } catch {
        if error.problems.isEmpty { return "refused without a reason" }
        problems += error.problems
      }
      return problems.lazy.compactMap(objection).first
    })

  private static let secret = "sk-canary-5e1b"

  private static let known = [
    KnownProvider(
      settings: ProviderSettings(slug: "openai", name: "OpenAI", baseURL: "https://api.openai.com/v1", region: "us"),
      apiKeyVariables: ["OPENAI_API_KEY"])
  ]

  private static func objection(_ problem: ConfigurationProblem) -> String? {
    let text = "\(problem.line):\(problem.column) \(problem.message) | \(problem.remedy)"
    if problem.message.isEmpty || problem.remedy.isEmpty { return "a problem says too little: \(text)" }
    if problem.line < 0 || problem.column < 0 { return "a problem is nowhere: \(text)" }
    return text.contains(secret) ? "a problem repeats a secret: \(text)" : nil
  }
}

/// Files to begin with.
private enum ConfigurationSeeds {
  static let all: [[UInt8]] = [
    "server: { listen: 127.0.0.1:4000, limits: { body_bytes: 1048576 } }\n",
    "providers:\n  - slug: openai\n    api_key: ${KEY}\n  - slug: own\n    name: Own\n    dialect: openai\n"
      + "    base_url: http://127.0.0.1:8080/v1\n    api_key: ${file:/secret}\n    headers: { x-a: ${KEY} }\n"
      + "    data_policy: { training: false, retention_days: 0, zdr: true }\n",
    "providers: [{ slug: a, base_url: 'http://a/v1' }]\nmodels:\n  - id: a/b\n    context_length: 128000\n"
      + "    aliases: [b]\n    endpoints:\n      - provider: a\n        upstream_model: b\n"
      + "        pricing: { prompt: 0.15, completion: 0.6, image: 0.001 }\n        supported_parameters: [tools]\n",
    "access:\n  require_key: true\n  management_keys: [${KEY}]\n  keys:\n    - { name: a, key: ${KEY}, "
      + "allowed_models: [a/b], allowed_providers: [openai] }\n",
    "routing: { timeouts: { connect_ms: 1000, first_token_ms: 1500, idle_ms: 1000, total_ms: 20000 } }\n",
    "storage: { url: 'sqlite:patchbay.db' }\nprivacy: {}\ncatalog: secret\n",
    "version: 1\nproviders:\n  - { slug: x, name: X, base_url: 'https://x/v1', api_key_env: [X], headquarters: US }\n"
      + "models: []\n",
    "a: &x 1\nb: *x\nc: !t 1\n", "- a\n- b\n", "a: |\n  text\n  more\nb: >-\n  x\n", "---\na: 1\n...\n---\nb: 2\n",
    "\"a\\u263a\": 'b''c'\n", "? a\n: b\n", "{a: [1, {b: c}], d: ~}\n", "%YAML 1.1\n---\n{}\n", "server: ${ONE}\n",
  ].map { Array($0.utf8) }
}
