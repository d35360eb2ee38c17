"""Every caller's wire format with every provider's, whole and streamed, through the real program. The providers are the
simulator, which reads requests strictly and has nothing in common with the gateway's codecs."""

import json

import httpx
import pytest

from support.callers import CALLERS, PNG, user, tool
from support.configuration import MANAGEMENT, UNHURRIED, USER, endpoint, model, write
from support.processes import Process

AWS = {"access_key_id": "AKIAEXAMPLEEXAMPLE00", "secret_access_key": "canary-aws-7d1f3a5c9e2b4d6f8a0c1e3b5d7f9a2c4e6b8d0f"}

#: How each dialect is reached at the simulator, and the credentials it wants.
DIALECTS = {
    "openai": ("/v1", {"api_key": "k"}),
    "openai-responses": ("/v1", {"api_key": "k"}),
    "anthropic": ("/v1", {"api_key": "k"}),
    "gemini": ("/v1beta", {"api_key": "k"}),
    "vertex": ("/v1/projects/p/locations/l/publishers/google", {"google": {"metadata": True}}),
    "azure": ("", {"api_key": "k"}),
    "bedrock": ("", {"aws": {**AWS, "region": "us-east-1"}}),
    "cohere": ("/v2", {"api_key": "k"}),
    "ollama": ("/api", {}),
}
PARAMETERS = [
    "tools", "tool_choice", "parallel_tool_calls", "temperature", "top_p", "max_tokens", "stop", "seed",
    "response_format", "structured_outputs", "reasoning", "include_reasoning",
]
#: Bedrock takes different things for different models, and is told by the name.
PREFIXES = {"bedrock": "claude-sonnet-4-5/"}
SCHEMA = {
    "type": "object", "properties": {"city": {"type": "string"}, "sunny": {"type": "boolean"}},
    "required": ["city", "sunny"], "additionalProperties": False}
TOOLS = [tool("weather", "city"), tool("time_of", "zone")]


@pytest.fixture(scope="module")
def every_provider(tmp_path_factory):
    process = Process(
        "simulate", "--listen", "127.0.0.1:0", "--ttft-ms", 0, "--tokens-per-second", 0, "--models", "echo,lorem",
        "--aws-access-key", AWS["access_key_id"], "--aws-secret-key", AWS["secret_access_key"],
        folder=tmp_path_factory.mktemp("simulator"))
    yield process
    assert process.stop() == 0


@pytest.fixture(scope="module")
def translator(tmp_path_factory, every_provider):
    folder = tmp_path_factory.mktemp("dialects")
    providers, models = [], []
    for dialect, (path, credentials) in DIALECTS.items():
        credentials = json.loads(json.dumps(credentials))
        if dialect == "vertex":
            credentials["google"]["metadata_url"] = every_provider.url
        providers.append({
            "slug": dialect, "name": dialect.title(), "dialect": dialect, "base_url": every_provider.url + path, **credentials})
        for name, upstream in [("echo", "echo"), ("cut", "echo+cut=3"), ("refused", "echo+status=400"),
                               ("broken", "echo+status=500"), ("limited", "echo+status=429,retry-after=7")]:
            models.append(model(
                f"{dialect}/{name}", endpoint(dialect, PREFIXES.get(dialect, "") + upstream, supported_parameters=PARAMETERS, max_completion_tokens=8000),
                input_modalities=["text", "image", "file"]))
    path = write(folder, {
        "server": {"listen": "127.0.0.1:0", "limits": UNHURRIED}, "providers": providers, "models": models,
        "access": {"management_keys": [MANAGEMENT], "keys": [{"name": "user", "key": USER}]},
        "storage": {"url": f"sqlite:{folder}/books.db"},
        "routing": {"retry": {"attempts_per_endpoint": 1}},
    })
    process = Process("serve", "--config", path, folder=folder)
    process.http = httpx.Client(base_url=process.url, headers={"authorization": f"Bearer {USER}"}, timeout=60)
    process.office = httpx.Client(base_url=process.url, headers={"authorization": f"Bearer {MANAGEMENT}"}, timeout=60)
    yield process
    assert process.stop() == 0
    assert AWS["secret_access_key"] not in process.text


def pairs(*left_out):
    return pytest.mark.parametrize(
        "caller,dialect", [
            pytest.param(caller, dialect, id=f"{caller.name}-{dialect}")
            for caller in CALLERS for dialect in DIALECTS if dialect not in left_out])


either = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


def ask(translator, caller, dialect, stream, name="echo", **request):
    """Asks `echo` of a dialect and expects an answer that is identified and counted."""
    result = caller.send(translator.http, f"{dialect}/{name}", request, stream)
    assert result.status == 200 and result.error is None, f"{result.status} {result.error}"
    assert result.model == f"{dialect}/{name}"
    assert result.headers["x-generation-id"].startswith("gen-")
    assert result.headers["x-patchbay-provider"] == dialect
    prefix = {"anthropic": "msg_", "responses": "resp_"}.get(caller.name, "gen-")
    assert result.id.startswith(prefix)
    assert result.prompt_tokens > 0 and result.completion_tokens > 0
    if caller.name != "gemini":
        assert result.cost > 0
    return result


@either
@pairs()
def test_text_and_its_counts_arrive(translator, caller, dialect, stream):
    result = ask(translator, caller, dialect, stream, system="Be brief.", turns=[user("What a day, is it not?")])
    assert result.text == "What a day, is it not?"
    assert result.finish == caller.ends["stop"]


@either
@pairs()
def test_a_conversation_goes_on(translator, caller, dialect, stream):
    first = ask(translator, caller, dialect, stream, turns=[user("My name is Ada.")])
    second = ask(translator, caller, dialect, stream, turns=[
        user("My name is Ada."), {"role": "assistant", "result": first}, user("And what is yours?")])
    assert second.text == "And what is yours?"
    assert second.prompt_tokens > first.prompt_tokens


@either
@pairs()
def test_a_limit_ends_the_answer(translator, caller, dialect, stream):
    if caller.name == "responses" and dialect == "openai-responses":
        limit = 16
    else:
        limit = 4
    words = " ".join(f"word{number}" for number in range(40))
    result = ask(translator, caller, dialect, stream, turns=[user(words)], max_tokens=limit)
    assert result.finish == caller.ends["length"]
    assert 0 < len(result.text) < len(words)


@either
@pairs()
def test_a_tool_is_called_and_its_result_read(translator, caller, dialect, stream):
    turns = [user("call weather please")]
    first = ask(translator, caller, dialect, stream, turns=turns, tools=TOOLS)
    assert [call.name for call in first.calls] == ["weather"]
    assert isinstance(first.calls[0].arguments["city"], str)
    assert first.finish == caller.ends["tool_calls"]
    second = ask(translator, caller, dialect, stream, tools=TOOLS, turns=turns + [
        {"role": "assistant", "result": first}, {"role": "tool", "call": first.calls[0], "text": "Rain."}])
    assert "Rain." in second.text and not second.calls


@either
@pairs()
def test_two_tools_are_called_at_once(translator, caller, dialect, stream):
    turns = [user("call weather, time_of now")]
    first = ask(translator, caller, dialect, stream, turns=turns, tools=TOOLS)
    assert [call.name for call in first.calls] == ["weather", "time_of"]
    second = ask(translator, caller, dialect, stream, tools=TOOLS, turns=turns + [
        {"role": "assistant", "result": first}, {"role": "tool", "call": first.calls[0], "text": "Rain."},
        {"role": "tool", "call": first.calls[1], "text": "Noon."}])
    assert "Noon." in second.text


@pairs()
def test_a_choice_of_tools_is_honoured(translator, caller, dialect):
    named = caller.send(translator.http, f"{dialect}/echo", {"turns": [user("hello")], "tools": TOOLS, "choice": "time_of"})
    dropped = named.headers.get("x-patchbay-dropped", "")
    assert named.status == 200
    assert [call.name for call in named.calls] == ["time_of"] or "choice" in dropped.lower() or "toolconfig" in dropped.lower()
    none = caller.send(translator.http, f"{dialect}/echo", {
        "turns": [user("call weather")], "tools": TOOLS, "choice": "none"})
    dropped = none.headers.get("x-patchbay-dropped", "")
    assert none.status == 200 and (not none.calls or "choice" in dropped.lower() or "toolconfig" in dropped.lower())


@either
@pairs()
def test_an_answer_follows_its_schema(translator, caller, dialect, stream):
    result = ask(translator, caller, dialect, stream, turns=[user("What is the weather?")], schema=SCHEMA)
    answer = json.loads(result.text)
    assert set(answer) == {"city", "sunny"} and isinstance(answer["sunny"], bool)
    assert not result.calls


@either
@pairs("openai", "azure")
def test_reasoning_survives_the_next_turn(translator, caller, dialect, stream):
    """The simulator refuses reasoning whose signature is not its own."""
    turns = [user("call weather after some thought")]
    first = ask(translator, caller, dialect, stream, turns=turns, tools=TOOLS, effort="medium")
    assert first.thinking, "the reasoning is shown"
    assert first.calls
    second = ask(translator, caller, dialect, stream, tools=TOOLS, effort="medium", turns=turns + [
        {"role": "assistant", "result": first}, {"role": "tool", "call": first.calls[0], "text": "Rain."}])
    assert "Rain." in second.text


@pairs()
def test_pictures_and_documents_arrive_as_they_were_sent(translator, caller, dialect):
    size = len(__import__("base64").b64decode(PNG))
    picture = caller.send(translator.http, f"{dialect}/echo", {"turns": [user("count attachments", image=True)]})
    assert picture.status == 200, picture.error
    assert f"images: 1 ({size} bytes)" in picture.text, picture.text
    paper = caller.send(translator.http, f"{dialect}/echo", {"turns": [user("count attachments", pdf=True)]})
    assert paper.status == 200, paper.error
    assert "documents: 1" in paper.text or "file" in paper.headers.get("x-patchbay-dropped", "").lower() \
        or "document" in paper.headers.get("x-patchbay-dropped", "").lower()


@either
@pairs()
def test_a_refusal_is_told_in_the_callers_format(translator, caller, dialect, stream):
    result = caller.send(translator.http, f"{dialect}/refused", {"turns": [user("hello")]}, stream)
    assert result.status == 400 and result.error
    broken = caller.send(translator.http, f"{dialect}/broken", {"turns": [user("hello")]}, stream)
    # The later ones find the circuit open.
    assert broken.status in (502, 503) and broken.error
    limited = caller.send(translator.http, f"{dialect}/limited", {"turns": [user("hello")]}, stream)
    assert limited.status == 429 and int(limited.headers["retry-after"]) > 0


@pairs()
def test_a_stream_that_breaks_off_never_looks_complete(translator, caller, dialect):
    result = caller.send(translator.http, f"{dialect}/cut", {"turns": [user("one two three four five six seven eight")]}, True)
    assert result.error, "the caller is told"
    assert "one two three four five six seven eight" != result.text


@pairs()
def test_what_was_dropped_is_recorded(translator, caller, dialect):
    result = ask(translator, caller, dialect, False, turns=[user("hello")])
    record = translator.office.get("/v1/generation", params={"id": result.headers["x-generation-id"]}).json()["data"]
    assert record["dropped_parameters"] == result.headers.get("x-patchbay-dropped")
    assert record["provider_name"] == dialect.title() and record["total_cost"] > 0
