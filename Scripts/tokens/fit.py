"""Fits each tokenizer's weights: tokens of a text are the sum of its counts, each times its weight."""
import shape

# A word of Latin letters is hardly less than a token. Without these bounds the fit lets frequent neighbours pay for words.
LEAST = {"words": 0.9, "gluedWords": 0.6}
# How strongly weights that the texts say little about are drawn to PRIOR.
PULL, PRIOR = 0.05, 0.4


def fit(texts, counts):
    """The weights in the order of FEATURES. Every language weighs the same, the badly met ones more."""
    import numpy
    from scipy.optimize import lsq_linear

    kinds = numpy.array([kind for kind in texts for _ in texts[kind]])
    shapes = numpy.array([list(shape.shape(text).values()) for kind in texts for text in texts[kind]], float)
    real = numpy.array([count for kind in texts for count in counts[kind]], float)
    importance = {kind: 1.0 for kind in texts}
    low = numpy.array([LEAST.get(name, 0.0) for name in shape.FEATURES])
    width = len(shape.FEATURES)
    for _ in range(8):
        weight = numpy.array([importance[kind] / len(texts[kind]) ** 0.5 for kind in kinds])
        rows = numpy.vstack([shapes / real[:, None] * weight[:, None], PULL * numpy.eye(width)])
        wanted = numpy.concatenate([weight, PULL * PRIOR * numpy.ones(width)])
        weights = lsq_linear(rows, wanted, bounds=(low, numpy.full(width, 9.0))).x
        error = shapes @ weights / real - 1
        for kind in texts:
            importance[kind] = (importance[kind] + 1 + 8 * abs(error[kinds == kind].mean())) / 2
    return [round(float(value), 3) for value in weights]


def estimate(weights, text):
    """Tokens of a text."""
    return sum(weight * count for weight, count in zip(weights, shape.shape(text).values()))
