/// A field of a request as every dialect may know it under its own name, to say what was dropped.
package enum RequestField: Hashable, Sendable {
  case temperature, topP, topK, minP, topA, frequencyPenalty, presencePenalty, repetitionPenalty, seed, logitBias
  case logprobs, topLogprobs, stop, maxTokens, choiceCount
  case tools, toolChoice, parallelTools, strictTools
  case responseFormat, reasoning, verbosity
  case user, metadata, serviceTier, prediction, modalities, audioOutput
  /// Marks and keys of prompt caching.
  case cache, cacheKey
  /// Parts of messages.
  case image, imageDetail, file, audio, video, citations, speakerName, toolError
  /// Earlier reasoning that this provider could not read.
  case reasoningHistory
  /// Of requests for embeddings: how long the vectors are, what they are for, what happens to an input that is too long,
  /// titles of inputs.
  case dimensions, inputType, truncation, title
  /// A member or part that the model has no field for, by its own name.
  case other(String)

  /// Its name in OpenAI's chat completions, with OpenRouter's additions.
  package var openAIName: String {
    switch self {
    case .temperature: "temperature"
    case .topP: "top_p"
    case .topK: "top_k"
    case .minP: "min_p"
    case .topA: "top_a"
    case .frequencyPenalty: "frequency_penalty"
    case .presencePenalty: "presence_penalty"
    case .repetitionPenalty: "repetition_penalty"
    case .seed: "seed"
    case .logitBias: "logit_bias"
    case .logprobs: "logprobs"
    case .topLogprobs: "top_logprobs"
    case .stop: "stop"
    case .maxTokens: "max_tokens"
    case .choiceCount: "n"
    case .tools: "tools"
    case .toolChoice: "tool_choice"
    case .parallelTools: "parallel_tool_calls"
    case .strictTools: "strict"
    case .responseFormat: "response_format"
    case .reasoning: "reasoning"
    case .verbosity: "verbosity"
    case .user: "user"
    case .metadata: "metadata"
    case .serviceTier: "service_tier"
    case .prediction: "prediction"
    case .modalities: "modalities"
    case .audioOutput: "audio"
    case .cache: "cache_control"
    case .cacheKey: "prompt_cache_key"
    case .image: "image_url"
    case .imageDetail: "detail"
    case .file: "file"
    case .audio: "input_audio"
    case .video: "video_url"
    case .citations: "annotations"
    case .speakerName: "name"
    case .toolError: "is_error"
    case .reasoningHistory: "reasoning_details"
    case .dimensions: "dimensions"
    case .inputType: "input_type"
    case .truncation: "truncate"
    case .title: "title"
    case .other(let name): name
    }
  }
}
