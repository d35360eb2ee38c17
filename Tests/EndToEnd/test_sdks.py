"""The SDKs and frameworks that people use, with nothing but their base URL and key changed, through the real program: each with
the provider it was made for and with providers of other dialects."""

import itertools

import pytest

from support.configuration import USER
from support.frameworks import FRAMEWORKS
from support.front import BASES, Front
from support.sdks import MORE, RESULT, THOUGHTFUL, VENDORS, Trip

#: How an endpoint fails, and what its caller gets.
FAULTS = {"refused": ("status=400", 400), "limited": ("status=429,retry-after=7", 429), "broken": ("status=500", 502)}
LATE_FAULTS = {"cut": "cut=7", "told": "error-event=7"}
SDKS = [*VENDORS, *FRAMEWORKS]
#: Models by the names that their vendors gave them, as some frameworks ask only such for what these can, and who serves them
#: here.
NAMES = {
    "openai": {"openai": "gpt-5", "openai-responses": "gpt-5-mini", "anthropic": "gpt-5.1", "gemini": "gpt-5-nano"},
    "anthropic": {
        "openai": "claude-opus-4-1", "openai-responses": "claude-haiku-4-5", "anthropic": "claude-sonnet-4-5",
        "gemini": "claude-opus-4-5"},
    "gemini": {
        "openai": "gemini-2.5-flash-lite", "openai-responses": "gemini-2.5-flash", "anthropic": "gemini-3-flash-preview",
        "gemini": "gemini-2.5-pro"},
}
NAMES["openai-responses"] = NAMES["openai"]
NAMES["openrouter"] = {
    dialect: f"{vendor}/{NAMES[vendor][dialect]}"
    for dialect, vendor in {"openai": "openai", "openai-responses": "openai", "anthropic": "anthropic", "gemini": "gemini"}.items()}
TEXT = "One two three four five six seven eight nine ten."


def served():
    """Every model's id, its dialect, its upstream name. Every SDK has failing models of its own, since a gateway remembers
    who failed."""
    for vendor in ("openai", "anthropic", "gemini"):
        for dialect, name in NAMES[vendor].items():
            yield f"{vendor}/{name}", dialect, "echo"
    for sdk, dialect in itertools.product(SDKS, BASES):
        for name, fault in {name: fault for name, (fault, _) in FAULTS.items()}.items() | LATE_FAULTS.items():
            yield f"{dialect}/{name}.{sdk.word}", dialect, f"echo+{fault}"


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    with Front(tmp_path_factory.mktemp("sdks"), served()) as front:
        yield front


@pytest.fixture(scope="module")
def sdks(front):
    return {kind.word: kind(front.url, USER) for kind in SDKS}


def pairs(*, reasoning=False):
    return pytest.mark.parametrize("word,dialect", [
        pytest.param(kind.word, dialect, id=f"{kind.word}-{dialect}") for kind in SDKS for dialect in BASES
        # The simulator does not reason in OpenAI's chat, as OpenAI itself does not show it there.
        if not reasoning or (kind.reasons and dialect != "openai")])


def name(sdk, dialect):
    """A model of the SDK's vendor that a provider of a dialect serves."""
    return NAMES[sdk.names or sdk.own][dialect]


each = pytest.mark.parametrize("kind", SDKS, ids=lambda kind: kind.word)
either = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


@pairs()
def test_a_text_and_its_counts_arrive(sdks, word, dialect):
    said = sdks[word].ask(name(sdks[word], dialect), TEXT)
    assert said.text == TEXT
    assert said.prompt >= 10 and said.completion >= 10


@pairs()
def test_a_stream_arrives_in_pieces_with_its_counts(sdks, word, dialect):
    said = sdks[word].stream(name(sdks[word], dialect), TEXT)
    assert said.text == TEXT and said.pieces > 5
    assert said.prompt >= 10 and said.completion >= 10


@either
@pairs()
def test_a_tool_is_called_and_its_result_read(sdks, word, dialect, stream):
    first, second = sdks[word].call(name(sdks[word], dialect), stream)
    [(called, arguments)] = first.calls
    assert called == "weather" and isinstance(arguments["city"], str)
    assert RESULT in second.text and not second.calls


@pairs()
def test_an_answer_fills_a_model(sdks, word, dialect):
    assert isinstance(sdks[word].fill(name(sdks[word], dialect)), Trip)


@pairs(reasoning=True)
def test_reasoning_is_shown_and_taken_back(sdks, word, dialect):
    """The simulator refuses reasoning whose signature is not its own."""
    first, second = sdks[word].think(name(sdks[word], dialect))
    assert "lighthouses" in first.thinking and first.text == THOUGHTFUL
    assert second.text == MORE


@pairs()
def test_failures_are_its_own_exceptions(sdks, word, dialect):
    sdk = sdks[word]
    for fault, (_, status) in FAULTS.items():
        with pytest.raises(sdk.refusals[status]) as caught:
            sdk.ask(f"{dialect}/{fault}.{word}", "Hello.")
        assert str(status) in f"{caught.value} {vars(caught.value)}"


@each
def test_a_wrong_key_and_an_unknown_model_are_its_own_exceptions(front, sdks, kind):
    with pytest.raises(kind.refusals[401]):
        kind(front.url, "sk-wrong-000000000000").ask("openai/gpt-5", "Hello.")
    with pytest.raises(kind.refusals[404], match="openai/gpt-55"):
        sdks[kind.word].ask("openai/gpt-55", "Hello.")


@pytest.mark.parametrize("fault", LATE_FAULTS)
@pairs()
def test_a_stream_that_breaks_off_raises(sdks, word, dialect, fault):
    with pytest.raises(sdks[word].broken):
        sdks[word].stream(f"{dialect}/{fault}.{word}", TEXT)
