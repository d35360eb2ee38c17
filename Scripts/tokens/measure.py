"""Measures the estimate of Sources/Translation/Tokens against real tokenizers; `--fit` fits its weights anew before."""
import json, pathlib, re, statistics, sys
import corpora, fit, report, sources, tokenizers_of, tools

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FIXTURES = ROOT / "Tests/Fixtures/tokens"
WEIGHTS = ROOT / "Sources/Translation/Tokens/TokenWeights.swift"
DOCUMENT = ROOT / "Docs/tokens.md"


def written():
    """The weights as they stand in the source."""
    rows = re.findall(r"\.(\w+): \[\n(.*?)\n    \],", WEIGHTS.read_text(), re.S)
    return {name: [float(value) for value in values.replace("\n", "").split(",") if value.strip()] for name, values in rows}


# What is asked most, in two halves: English and program text, and other languages.
USUAL = [
    ["en", "markdown", "python", "swift", "c", "json", "schema"],
    ["de", "fr", "es", "pt", "it", "nl", "pl", "ru", "tr", "vi", "id", "ar", "hi", "ja", "ko", "zh"],
]


def bytes_per_token(texts, counts):
    """The mean of the halves' medians."""
    def ratio(kind): return sum(len(text.encode()) for text in texts[kind]) / sum(counts[kind])
    return statistics.mean(statistics.median(ratio(kind) for kind in half) for half in USUAL)


def main():
    folder = ROOT / ".build/tokens"
    sources.fetch(folder)
    tokenizers = tokenizers_of.load(folder)
    texts = corpora.load(folder, ROOT)
    measured = {
        name: {kind: [count(text) for text in pieces] for kind, pieces in texts.items()} for name, count in tokenizers.items()}
    fixtures = {path.stem: path.read_text() for path in sorted((FIXTURES / "texts").glob("*.txt"))}
    if "--fit" in sys.argv:
        weights = {name: fit.fit(texts, measured[name]) for name in tokenizers}
        WEIGHTS.write_text(report.swift(weights, {name: bytes_per_token(texts, measured[name]) for name in tokenizers}))
    weights = written()
    (FIXTURES / "counts.json").write_text(report.counts(fixtures, tokenizers))
    found = report.tables(weights, fixtures, tokenizers, texts, measured)
    DOCUMENT.write_text(report.into(DOCUMENT.read_text(), found))
    print(found["held"])
    print("OpenAI tools, formula over JSON:", tools.share(tokenizers["o200k"], fixtures["schema"].splitlines()))


main()
