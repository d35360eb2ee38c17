"""Texts to fit the weights on, by language or kind, in pieces of about 2,000 characters."""
import base64, gettext, html, json, pathlib, random, re, sys

HANDBOOK = {
    "ar": "ar-MA", "ca": "ca-ES", "cs": "cs-CZ", "da": "da-DK", "de": "de-DE", "el": "el-GR", "es": "es-ES",
    "fa": "fa-IR", "fr": "fr-FR", "hr": "hr-HR", "id": "id-ID", "it": "it-IT", "ja": "ja-JP", "ko": "ko-KR",
    "nb": "nb-NO", "nl": "nl-NL", "pl": "pl-PL", "pt": "pt-BR", "ro": "ro-RO", "ru": "ru-RU", "sv": "sv-SE",
    "tr": "tr-TR", "vi": "vi-VN", "zh": "zh-CN", "zh-Hant": "zh-TW",
}
PAGES = {"pt": "pt_BR", "zh": "zh_CN"}
MESSAGES = {"zh": "zh_CN", "zh-Hant": "zh_TW", "pt": "pt_BR"}
LANGUAGES = (
    "ar bn ca cs da de el en es fa fi fr gu he hi hr hu hy id it ja ka kn ko ml mr nb nl pa pl pt ro ru sv ta te th"
    " tr uk vi zh zh-Hant").split()


def tidy(text):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", text))).strip()


def pages(folder, language):
    """Paragraphs of the GNOME guide."""
    root = folder / "gnome-user-docs/usr/share/help" / language / "gnome-help"
    for page in sorted(root.glob("*.page")):
        for found in re.findall(r"<(?:p|title)>(.*?)</(?:p|title)>", page.read_text(), re.S):
            yield tidy(found)


def handbook(folder, language):
    """Paragraphs of the Debian administrator's handbook."""
    root = folder / "debian-handbook/usr/share/doc/debian-handbook/html" / language
    for page in sorted(root.glob("*.html")):
        for found in re.findall(r'<div class="para">(.*?)</div>', page.read_text(), re.S):
            if "<div" not in found: yield tidy(found)


def translated(path):
    """The translations of a catalogue that differ from the original."""
    for original, text in gettext.GNUTranslations(path.open("rb"))._catalog.items():
        if original and text not in original: yield text


def messages(folder, language):
    """Sentences of Evolution's and Django's translations."""
    path = folder / "evolution-common/usr/share/locale" / language / "LC_MESSAGES/evolution.mo"
    if path.exists():
        yield from (text.replace("_", "") for text in translated(path))
    path = folder / "django/django/conf/locale" / language.replace("zh_CN", "zh_Hans").replace("zh_TW", "zh_Hant")
    path = path / "LC_MESSAGES/django.mo"
    if path.exists(): yield from translated(path)


def pieces(chance, parts, size, limit):
    """Paragraphs put together to pieces of that many characters, a choice of them."""
    found, piece = [], ""
    for part in parts:
        piece += part + "\n\n"
        if len(piece) >= size:
            found.append(piece)
            piece = ""
    chance.shuffle(found)
    return found[:limit]


def cuts(chance, paths, size=2000, limit=30):
    """A piece from the middle of each of some files."""
    paths, found = sorted(paths), []
    chance.shuffle(paths)
    for path in paths:
        try: text = path.read_text()
        except (UnicodeDecodeError, OSError): continue
        if len(text) < size: continue
        start = text.find("\n", chance.randrange(max(1, len(text) - size))) + 1
        found.append(text[start:start + size])
        if len(found) == limit: break
    return found


def schemas(value):
    """Objects that look like a tool's parameters."""
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict) and 600 < len(json.dumps(value)) < 6000: yield value
        for inner in value.values(): yield from schemas(inner)
    elif isinstance(value, list):
        for inner in value: yield from schemas(inner)


# Emoji that people send most, by their own accounts, and some of each kind: faces, hands, hearts, animals, food, weather.
COMMON_EMOJI = list("😂❤🤣👍😭🙏😘🥰😍😊🎉😁💕🥺😅🔥🤦🤷🙄😆🤗😉🎂🤔👏🙂😳🥳😎👌💜😔💪✨💖👀😋😏😢👉💗😩💯🌹💞🎈💙😃😡💐😜🙈🤞😄🤤🙌🤪❣😀💋💀👇💔😌💓🤩🙃😬😱😴🤭😐🌞😒😇🌸😈🎶✌🎊🥵😞💚☀🖤💰😚👑🎁💥🙋☹😑🥴👈💩✅👋🤮😤🤢🌟❗😥🌈💛😝😫😲🖕‼🔴🌻🤯💃👊🤬🏃😕👁⚡☕🍀💦⭐🦋🤨🌺😹🤘🌷💝💤🤝🐰😓💘🍻😟😣🧐😠🤠😻🌙😛🤙🐱🐶🐼🚀🍰🍹❌⛅")
FLAGS = ["🇫🇷", "🇯🇵", "🇧🇷", "🇩🇪", "🇺🇸", "🇮🇳", "🇰🇷", "👨‍👩‍👧", "👍🏽", "🙌🏿", "❤️", "☀️", "🤷‍♀️"]


def emoji(chance, sentences):
    """A chat with many emoji."""
    parts = []
    for _ in range(chance.randrange(6, 16)):
        words = chance.choice(sentences).split()[:chance.randrange(0, 9)]
        some = [chance.choice(COMMON_EMOJI) for _ in range(chance.randrange(1, 9))]
        if chance.random() < 0.5: some.append(chance.choice(FLAGS))
        parts.append(" ".join(words) + " " + chance.choice(["", " "]).join(some))
    return "\n".join(parts)


def load(folder, root):
    """Pieces by language and kind."""
    chance = random.Random(6)
    found = {}
    english = set(pages(folder, "C")) | set(handbook(folder, "en-US"))
    for language in LANGUAGES:
        if language == "en": long = sorted(english)
        else:
            long = [*pages(folder, PAGES.get(language, language)), *handbook(folder, HANDBOOK.get(language, "-"))]
            long = [text for text in long if text not in english]
        size = 900 if language in ("ja", "ko", "zh", "zh-Hant") else 2000
        long = [text for text in long if len(text) > 40]
        short = [text for text in messages(folder, MESSAGES.get(language, language)) if len(text) > 45]
        found[language] = pieces(chance, long, size, 40) + pieces(chance, short, size, 40)[:max(8, 40 - len(long) // 10)]
    library = pathlib.Path(json.__file__).parent.parent
    found["swift"] = cuts(chance, (root / "Sources").rglob("*.swift"))
    found["python"] = cuts(chance, library.glob("*.py"))
    found["c"] = cuts(chance, [*pathlib.Path("/usr/include").glob("*.h"), *(root / "Sources").rglob("*.[ch]")])
    found["shell"] = cuts(
        chance, [*(root / "Scripts").iterdir(), *(root / "Benchmarks").iterdir(), *pathlib.Path("/etc").rglob("*.sh"),
                 *pathlib.Path("/usr/share/bash-completion/completions").iterdir()], 1500)
    found["markdown"] = cuts(chance, [*(root / "Docs").glob("*.md"), *pathlib.Path(sys.prefix).rglob("*.md")])
    found["license"] = cuts(
        chance, [*pathlib.Path("/usr/share/common-licenses").iterdir(), *pathlib.Path("/usr/share/doc").glob("*/copyright")])
    api = json.loads((folder / "litellm/litellm/proxy/_lazy_openapi_snapshot.json").read_text())
    tools = list(schemas(api))
    chance.shuffle(tools)
    found["schema"] = [json.dumps(tool, separators=(",", ":"))[:2500] for tool in tools[:60]]
    found["json"] = [json.dumps(tool, indent=2)[:2500] for tool in tools[60:80]]
    prices = json.loads((folder / "litellm/litellm/model_prices_and_context_window_backup.json").read_text())
    names = sorted(prices)
    chance.shuffle(names)
    found["json"] += [json.dumps({name: prices[name] for name in names[at:at + 3]}) for at in range(0, 60, 3)]
    found["emoji"] = [emoji(chance, sorted(english)) for _ in range(20)]
    found["base64"] = [base64.b64encode(chance.randbytes(900)).decode() for _ in range(10)]
    found["hex"] = ["\n".join(chance.randbytes(20).hex() for _ in range(30)) for _ in range(10)]
    found["numbers"] = [
        "\n".join(",".join(str(round(chance.expovariate(0.001), 2)) for _ in range(6)) for _ in range(30)) for _ in range(10)]
    return {name: texts for name, texts in found.items() if texts}
