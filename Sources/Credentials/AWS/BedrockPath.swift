/// Addresses of bedrock-runtime.
package enum BedrockPath {
  /// What is asked of a model; the raw value ends the path.
  package enum Operation: String, Sendable, CaseIterable {
    case converse
    case converseStream = "converse-stream"
    case invoke
    case invokeStream = "invoke-with-response-stream"
    case countTokens = "count-tokens"
  }

  /// The path to send and to sign. A model is an id (`anthropic.claude-3-5-sonnet-20241022-v2:0`), an inference profile
  /// (`us.anthropic…`) or an ARN, whose colons and slashes become part of one segment.
  package static func path(base: String = "", model: String, _ operation: Operation) -> String {
    "\(base)/model/\(PercentEncoding.component(model))/\(operation.rawValue)"
  }

  /// The region in the name of an AWS host: `bedrock-runtime.us-east-1.amazonaws.com`, also with `-fips`, in China, and of
  /// an interface endpoint in a VPC. Nil for any other host, whose region the configuration must name.
  package static func region(host: String) -> String? {
    let labels = host.lowercased().split(separator: ".", omittingEmptySubsequences: false)
    let isAWS = ["amazonaws.com", "amazonaws.com.cn", "api.aws"].contains { host.lowercased().hasSuffix("." + $0) }
    guard isAWS, let service = labels.firstIndex(where: { $0 == "bedrock-runtime" || $0 == "bedrock-runtime-fips" }),
      labels.indices.contains(service + 1)
    else { return nil }
    let region = labels[service + 1]
    return region.contains("-") ? String(region) : nil
  }
}
