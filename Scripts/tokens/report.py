"""Writes what was measured: the weights for Swift, the counts for the tests, the tables for Docs/tokens.md."""
import json, statistics
import fit, shape


def swift(weights, bytes_per_token):
    """TokenWeights.swift."""
    lines = [
        "/// What the features of a text weigh, by tokenizer. Written by `Scripts/measure-tokens --fit`; Docs/tokens.md tells",
        "/// from what.",
        "enum TokenWeights {",
        "  /// Tokens for each feature, in the order of `TextFeature`.",
        "  // swift-format-ignore",
        "  static let measured: [TokenFamily: [Double]] = [",
    ]
    for name, values in weights.items():
        lines.append(f"    .{name}: [")
        for start in range(0, len(values), 16):
            lines.append("      " + " ".join(f"{value:g}," for value in values[start:start + 16]))
        lines.append("    ],")
    lines += [
        "  ]", "",
        "  /// Bytes of text per token in what is asked most: English, program text, other frequent languages.",
        "  // swift-format-ignore",
        "  static let bytesPerToken: [TokenFamily: Double] = [",
        "    " + " ".join(f".{name}: {value:.2f}," for name, value in bytes_per_token.items()),
        "  ]", "}", ""]
    return "\n".join(lines)


def counts(texts, tokenizers):
    """What the tests compare with: bytes, features that are not zero and real tokens of each fixture."""
    found = {}
    for name, text in texts.items():
        features = {key: round(value, 6) for key, value in shape.shape(text).items() if value}
        tokens = {key: count(text) for key, count in tokenizers.items()}
        found[name] = {"bytes": len(text.encode()), "features": features, "tokens": tokens}
    rows = (json.dumps(name) + ": " + json.dumps(row) for name, row in sorted(found.items()))
    return "{\n" + ",\n".join(rows) + "\n}\n"


def table(title, names, cell, columns):
    """A table of Markdown."""
    lines = [f"| {title} | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    lines += [f"| {name} | " + " | ".join(cell(name, column) for column in columns) + " |" for name in names]
    return "\n".join(lines)


def tables(weights, texts, tokenizers, corpora, measured):
    """The tables between the marks of Docs/tokens.md."""
    real = {name: {key: count(text) for key, count in tokenizers.items()} for name, text in texts.items()}

    def held(name, column):
        estimate = fit.estimate(weights[column], texts[name])
        return f"{real[name][column]} {estimate / real[name][column] * 100 - 100:+.0f} %"

    def rough(name, column): return f"{len(texts[name].encode()) / real[name][column]:.1f}"

    def fitted(name, column):
        errors = [fit.estimate(weights[column], text) / count - 1 for text, count in zip(corpora[name], measured[column][name])]
        spread = statistics.pstdev(errors) * 100
        return f"{statistics.mean(errors) * 100:+.0f} ± {spread:.0f} %"

    columns = list(tokenizers)
    return {
        "held": table("text", sorted(texts), held, columns),
        "bytes": table("text", sorted(texts), rough, columns),
        "fitted": table("pieces of", corpora, fitted, columns),
    }


def into(document, found):
    """The document with the tables in it anew."""
    for name, text in found.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        head, rest = document.split(begin)
        document = head + begin + "\n" + text + "\n\n" + end + rest.split(end)[1]
    return document
