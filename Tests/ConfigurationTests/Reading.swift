import Configuration
import Core
import Glibc

/// Reads texts as configuration files for the tests of this target.
enum Reading {
  static let openai = KnownProvider(
    settings: ProviderSettings(
      slug: "openai", name: "OpenAI", baseURL: "https://api.openai.com/v1", region: "us",
      dataPolicy: DataPolicy(training: false, retentionDays: 30, zdr: false), headquarters: "US"),
    apiKeyVariables: ["OPENAI_API_KEY"])
  static let gemini = KnownProvider(
    settings: ProviderSettings(
      slug: "google-ai-studio", name: "Google AI Studio", dialect: .gemini,
      baseURL: "https://generativelanguage.googleapis.com/v1beta"),
    apiKeyVariables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"])
  static let openrouter = KnownProvider(
    settings: ProviderSettings(slug: "openrouter", name: "OpenRouter", baseURL: "https://openrouter.ai/api/v1"),
    apiKeyVariables: ["OPENROUTER_API_KEY"])
  static let known = [openai, gemini, openrouter]

  static func configuration(
    _ text: String, environment: [String: String] = [:], files: [String: String] = [:], listen: String? = nil,
    inForce: AccessSettings? = nil
  ) throws(ConfigurationError) -> Configuration {
    try ConfigurationLoader.parse(
      Array(text.utf8), file: "test.yaml", environment: environment, known: known, listen: listen,
      inForce: inForce,
      readFile: { (path, _) throws(SystemFailure) in
        guard let content = files[path] else { throw SystemFailure("open", code: ENOENT) }
        return Array(content.utf8)
      })
  }

  /// The problems of a text as `line:column message`, with the remedy behind a bar.
  static func problems(
    _ text: String, environment: [String: String] = [:], files: [String: String] = [:], listen: String? = nil,
    inForce: AccessSettings? = nil
  ) -> [String] {
    do throws(ConfigurationError) {
      _ = try configuration(text, environment: environment, files: files, listen: listen, inForce: inForce)
      return []
    } catch {
      return error.problems.map { "\($0.line):\($0.column) \($0.message) | \($0.remedy)" }
    }
  }
}
