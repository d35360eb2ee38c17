"""What a text is made of, counted as Sources/Translation/Tokens/TextShape.swift counts it. A test holds the two together."""

# Letters of scripts other than Latin: words of them and letters of them are counted.
SCRIPTS = [
    "cyrillic", "greek", "arabic", "hebrew", "devanagari", "bengali", "gujarati", "tamil", "telugu", "malayalam",
    "thai", "georgian", "armenian", "hangul", "kana", "han", "otherScript",
]
# What has no words: each is counted by its characters.
SINGLES = ["digits", "marks", "controls", "typography", "fullWidth", "symbols", "emoji", "joiners"]
FEATURES = (
    ["words", "gluedWords", "shortGlued", "shortCapitals", "capitalWords", "capitalLetters", "lettersOver4", "lettersOver8", "lettersOver12"]
    + ["accents", "farAccents", "northernAccents", "vowelEnds", "foreignWords", "foreignOver4"]
    + ["digitRuns", "digitGroups", "markRuns", "lines", "spaceRuns", "spaces", "rareCyrillic", "rareArabic"]
    + SINGLES + [part for script in SCRIPTS for part in (script + "Words", script + "Letters")]
)
# Frequent words that no English text is without, but other languages are.
FUNCTION_WORDS = (
    "the of to and is it for that with this are be you can as on or not by if your from an have was will which at we my"
    " has but they its what when their one out all there how").split()
# One word in so many is such a word in English prose.
WORDS_PER_FUNCTION_WORD = 4
# Å, Æ, Ø and their small letters.
NORTHERN = {0xC5, 0xC6, 0xD8, 0xE5, 0xE6, 0xF8}
# Where each kind of character begins, from U+00A0 on.
RANGES = [
    (0xA0, "typography"), (0xC0, "latin"), (0x100, "farLatin"), (0x250, "otherScript"), (0x300, "joiners"),
    (0x370, "greek"), (0x400, "cyrillic"), (0x530, "armenian"), (0x590, "hebrew"), (0x600, "arabic"),
    (0x780, "otherScript"), (0x900, "devanagari"), (0x980, "bengali"), (0xA00, "gujarati"), (0xB00, "otherScript"),
    (0xB80, "tamil"), (0xC00, "telugu"), (0xD00, "malayalam"), (0xD80, "otherScript"), (0xE00, "thai"),
    (0xE80, "otherScript"), (0x10A0, "georgian"), (0x1100, "hangul"), (0x1200, "otherScript"), (0x1E00, "farLatin"),
    (0x1F00, "greek"), (0x2000, "joiners"), (0x2010, "typography"), (0x2070, "symbols"), (0x2600, "emoji"),
    (0x2800, "symbols"), (0x2E80, "han"), (0x3000, "fullWidth"), (0x3040, "kana"), (0x3100, "han"), (0x3130, "hangul"),
    (0x3190, "fullWidth"), (0x3400, "han"), (0xA000, "otherScript"), (0xAC00, "hangul"), (0xD800, "symbols"),
    (0xF900, "han"), (0xFB00, "otherScript"), (0xFB1D, "hebrew"), (0xFB50, "arabic"), (0xFE00, "joiners"),
    (0xFE10, "fullWidth"), (0xFE70, "arabic"), (0xFEFF, "joiners"), (0xFF00, "fullWidth"), (0xFF66, "kana"),
    (0xFFA0, "fullWidth"), (0x10000, "symbols"), (0x1F000, "emoji"), (0x1F3FB, "joiners"), (0x1F400, "emoji"),
    (0x1FB00, "symbols"), (0x20000, "han"), (0x32000, "joiners"),
]


def kind_of(code):
    """What a character is."""
    if code >= 0xA0:
        found = "typography"
        for start, kind in RANGES:
            if start > code: break
            found = kind
        return found
    character = chr(code)
    if code < 128 and character.isalpha(): return "latin"
    if code < 128 and character.isdigit(): return "digits"
    if character in " \t": return "spaces"
    if character == "\n": return "lines"
    return "marks" if 32 < code < 127 else "controls"


def is_rare_cyrillic(code): return code > 0x451 or code in range(0x402, 0x410) or code == 0x400
def is_rare_arabic(code): return 0x66E <= code < 0x6F0


def shape(text):
    """The counts by name."""
    counts = dict.fromkeys(FEATURES, 0)
    functions = over4 = 0
    run, length, upper, spaced, word = "lines", 0, 0, True, ""

    def close():
        nonlocal functions, over4
        if run == "latin":
            if upper == length > 1:
                counts["capitalWords"] += 1
                counts["capitalLetters"] += length
                return
            counts["words" if spaced else "gluedWords"] += 1
            if not spaced and length < 3: counts["shortCapitals" if upper else "shortGlued"] += 1
            for bound in (4, 8, 12): counts[f"lettersOver{bound}"] += max(0, length - bound)
            if spaced:
                over4 += max(0, length - 4)
                if length > 1 and word[-1] in "aiou": counts["vowelEnds"] += 1
                if word in FUNCTION_WORDS: functions += 1
        elif run == "digits":
            counts["digitRuns"] += 1
            counts["digitGroups"] += (length + 2) // 3
        elif run == "spaces" and length > 1:
            counts["spaceRuns"] += 1
            counts["spaces"] += length

    for character in text:
        code = ord(character)
        exact = kind_of(code)
        kind = "latin" if exact == "farLatin" else exact
        is_upper = 65 <= code <= 90
        if kind != run or (is_upper and upper < length):
            close()
            spaced = run in ("spaces", "lines")
            run, length, upper, word = kind, 0, 0, ""
            if kind == "marks": counts["markRuns"] += 1
            if kind in SCRIPTS: counts[kind + "Words"] += 1
        length += 1
        if kind == "latin":
            word += character
            if is_upper: upper += 1
            if code >= 128: counts["accents"] += 1
            if code in NORTHERN: counts["northernAccents"] += 1
            if exact == "farLatin": counts["farAccents"] += 1
        elif kind in SCRIPTS:
            counts[kind + "Letters"] += 1
            if kind == "cyrillic" and is_rare_cyrillic(code): counts["rareCyrillic"] += 1
            if kind == "arabic" and is_rare_arabic(code): counts["rareArabic"] += 1
        elif kind == "lines": counts["lines"] += 1
        elif kind != "spaces": counts[kind] += 1
    close()
    foreign = max(0, counts["words"] - WORDS_PER_FUNCTION_WORD * functions) / max(1, counts["words"])
    counts["foreignWords"] = counts["words"] * foreign
    counts["foreignOver4"] = over4 * foreign
    return counts
