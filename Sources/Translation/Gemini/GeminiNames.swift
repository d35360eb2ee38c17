/// What the fields of a request are called in Google's format.
enum GeminiNames {
  /// The name of a field, as `x-patchbay-dropped` says it.
  static func name(of field: RequestField) -> String {
    switch field {
    case .temperature: "generationConfig.temperature"
    case .topP: "generationConfig.topP"
    case .topK: "generationConfig.topK"
    case .frequencyPenalty: "generationConfig.frequencyPenalty"
    case .presencePenalty: "generationConfig.presencePenalty"
    case .seed: "generationConfig.seed"
    case .logprobs: "generationConfig.responseLogprobs"
    case .topLogprobs: "generationConfig.logprobs"
    case .stop: "generationConfig.stopSequences"
    case .maxTokens: "generationConfig.maxOutputTokens"
    case .choiceCount: "generationConfig.candidateCount"
    case .toolChoice: "toolConfig.functionCallingConfig"
    case .responseFormat: "generationConfig.responseMimeType"
    case .reasoning: "generationConfig.thinkingConfig"
    case .metadata: "labels"
    case .serviceTier: "serviceTier"
    case .modalities: "generationConfig.responseModalities"
    case .audioOutput: "generationConfig.speechConfig"
    case .image: "image"
    case .file: "document"
    case .audio: "audio"
    case .video: "video"
    case .toolError: "functionResponse.response.error"
    case .reasoningHistory: "thoughtSignature"
    case .dimensions: "outputDimensionality"
    case .inputType: "taskType"
    case .truncation: "autoTruncate"
    default: field.openAIName
    }
  }
}
