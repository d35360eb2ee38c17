"""What the gateway answers on /chat/completions, /responses and /messages, held against OpenRouter's OpenAPI file: whole
answers and every event of streams, of providers of every dialect, and errors."""

import importlib.machinery
import importlib.util
import json
import re

import pytest

from support.configuration import USER
from support.processes import ROOT
from support.schemas import CHAT, MESSAGES, RESPONSES, ROUTES, deviations, further_members, validate
from support.speakers import (
    BREAKS, CASES, CHAT_CASES, LIMITED, REFUSALS, ROUTE_NAMES, TEXT, WORDS, Speakers, events, request)

GOLDEN = ROOT / "Tests" / "Fixtures" / "golden"
#: The route of each caller in the golden matrix.
CALLERS = {"openai": CHAT, "anthropic": MESSAGES, "openai-responses": RESPONSES}


@pytest.fixture(scope="module")
def speakers(tmp_path_factory):
    running = Speakers(tmp_path_factory.mktemp("speakers"))
    yield running
    running.stop()


def documented_members():
    """The members that Docs/http.md says the gateway adds to OpenRouter's."""
    text = (ROOT / "Docs" / "http.md").read_text()
    table = text.split("<!-- further members -->\n")[1].split("<!-- end of further members -->")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines()[2:]]
    return {row[0].strip(" `"): set(re.findall(r"`([^`]+)`", row[1])) for row in rows}


DOCUMENTED = documented_members()


def check(route, what, document):
    """A document is valid, and has no further members but those that are documented."""
    kind = f"{route} {what}"
    validate(kind, document)
    found = {re.sub(r"^(data\.)?(response\.|message\.)?", "", path) for path in further_members(kind, document)}
    assert found <= DOCUMENTED[route], f"not in Docs/http.md: {sorted(found - DOCUMENTED[route])}"


def check_stream(route, response):
    """Every event of a stream is valid. Returns the events."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    found = events(response.text)
    for event in found:
        check(route, "event", event)
    return found


# MARK: Answers


def is_untouched(route, dialect):
    """Whether an answer goes through as the provider wrote it, but for what the gateway says of itself."""
    return (route, dialect) in {
        (CHAT, "azure"), (MESSAGES, "anthropic"), (RESPONSES, "openai-responses"), (RESPONSES, "azure")}


def routes_and_cases():
    return [(route, case) for route in ROUTES for case in [*CASES, *(CHAT_CASES if route == CHAT else [])]]


def asked(route, case, dialect, **more):
    model = f"{dialect}/{'redacted' if case == 'redacted reasoning' else 'plain'}"
    return {**request(route, case, model), **more}


#: What must stand in an answer, so that a case is the case it is called after.
SIGNS = {
    "tools": "weather", "parallel tools": "clock", "structured output": "days", "length": r"max_tokens|length|max_output",
    "reasoning": "reasoning|thinking", "redacted reasoning": "reasoning|thinking", "logprobs": "top_logprobs",
    "n=2": r'"index": ?1',
}
#: Dialects whose answers show no reasoning.
WITHOUT_REASONING = {"openai", "azure"}


def check_sign(case, dialect, response):
    """The answer is one for the case, unless the dialect has nothing of the kind, which the gateway says."""
    assert response.status_code == 200, response.text
    dropped = response.headers.get("x-patchbay-dropped", "").split(", ")
    if case in ("n=2", "logprobs") and case.split("=")[0] in dropped:
        return
    if "reasoning" in case and dialect in WITHOUT_REASONING:
        return
    assert re.search(SIGNS.get(case, "."), response.text), response.text


@pytest.mark.parametrize("dialect", WORDS)
@pytest.mark.parametrize("route, case", routes_and_cases())
def test_a_whole_answer_is_one_of_openrouters(speakers, route, case, dialect):
    response = speakers.post(route, asked(route, case, dialect))
    check_sign(case, dialect, response)
    if is_untouched(route, dialect):
        return check_like_the_providers(speakers, route, asked(route, case, dialect), [("200", response.json())])
    check(route, "200", response.json())


@pytest.mark.parametrize("dialect", WORDS)
@pytest.mark.parametrize("route, case", routes_and_cases())
def test_every_event_of_a_stream_is_one_of_openrouters(speakers, route, case, dialect):
    body = asked(route, case, dialect, stream=True)
    response = speakers.post(route, body)
    check_sign(case, dialect, response)
    if is_untouched(route, dialect):
        return check_like_the_providers(speakers, route, body, [("event", each) for each in events(response.text)])
    assert len(check_stream(route, response)) >= 2


def check_like_the_providers(speakers, route, body, documents):
    """Bytes that go through are as good as the provider's: what deviates does so in what the provider itself sends."""
    own = speakers.directly(route, body)
    assert own.status_code == 200, own.text
    theirs = [("event", each) for each in events(own.text)] if body.get("stream") else [("200", own.json())]
    excused = set().union(*(deviations(f"{route} {what}", each) for what, each in theirs))
    found = set().union(*(deviations(f"{route} {what}", each) for what, each in documents))
    assert documents and found <= excused, f"not the provider's: {sorted(found - excused)}"


@pytest.mark.parametrize("dialect", WORDS)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("route", ROUTES)
def test_the_story_of_the_routing_is_one_of_openrouters(speakers, route, dialect, stream):
    body = asked(route, "text", dialect, stream=stream)
    response = speakers.post(route, body, **{"x-openrouter-metadata": "enabled"})
    documents = [("event", each) for each in events(response.text)] if stream else [("200", response.json())]
    assert "openrouter_metadata" in response.text
    if is_untouched(route, dialect):
        return check_like_the_providers(speakers, route, body, documents)
    for what, document in documents:
        check(route, what, document)


# MARK: Errors


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("dialect", WORDS)
@pytest.mark.parametrize("fault", REFUSALS)
@pytest.mark.parametrize("route", ROUTES)
def test_an_error_of_a_provider_is_one_of_openrouters(speakers, route, dialect, fault, stream):
    name = f"{dialect}/{ROUTE_NAMES[route]}-{fault}".replace("=", "-")
    response = speakers.post(route, {**request(route, "text", name), "stream": stream})
    # The second time the endpoint may be known to fail.
    assert response.status_code in REFUSALS[fault] | ({503} if stream else set()), response.text
    if response.status_code == 200 and stream:
        check_stream(route, response)
    else:
        check(route, response.status_code, response.json())


@pytest.mark.parametrize("dialect", WORDS)
@pytest.mark.parametrize("fault", BREAKS)
@pytest.mark.parametrize("route", ROUTES)
def test_a_stream_that_breaks_ends_with_an_event_of_openrouters(speakers, route, dialect, fault):
    name = f"{dialect}/{ROUTE_NAMES[route]}-{fault}".replace("=", "-")
    response = speakers.post(route, {**request(route, "text", name), "stream": True})
    assert response.status_code == 200, response.text
    found = events(response.text)
    last = found[-1]
    assert len(found) > 2 and "error" in json.dumps(last), response.text
    if is_untouched(route, dialect):
        return check(route, "event", last)
    check_stream(route, response)


WRONG = {
    "no key": (401, None, {}), "an unknown key": (401, "sk-unknown-0123456789", {}),
    "an unknown model": (404, USER, {"model": "test/nobody"}), "no model": (400, USER, {"model": 7}),
    "a wrong type": (400, USER, {"temperature": "hot"}), "a price that nobody knows": (402, LIMITED, {}),
    "no endpoint": (404, USER, {"provider": {"only": ["nobody"]}}),
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("wrong", WRONG)
def test_an_error_of_the_gateway_is_one_of_openrouters(speakers, route, wrong, stream):
    status, key, more = WRONG[wrong]
    model = "openai/priceless" if key == LIMITED else "openai/plain"
    body = {**request(route, "text", model), "stream": stream, **more}
    response = speakers.post(route, body, key) if key else speakers.http.post(route, json=body)
    assert response.status_code == status, response.text
    check(route, status, response.json())


@pytest.mark.parametrize("route", ROUTES)
def test_an_error_about_a_body_that_is_no_json_is_one_of_openrouters(speakers, route):
    response = speakers.http.post(
        route, content=b"{\"model\":", headers={"authorization": f"Bearer {USER}", "content-type": "application/json"})
    assert response.status_code == 400
    check(route, 400, response.json())


# MARK: The golden matrix


def recordings():
    """What callers read in the golden matrix, unless it is a provider's own, with its route."""
    for path in sorted(GOLDEN.glob("*/recorded/*")):
        pair, kind = path.name.split(".answer." if ".answer." in path.name else ".stream.", 1) if ".request." not in (
            path.name) else ("", "")
        caller = max((name for name in CALLERS if pair.startswith(name + "-")), key=len, default=None)
        if caller and not is_own(caller, pair.removeprefix(caller + "-")):
            yield pytest.param(CALLERS[caller], path, kind == "txt", id=f"{path.parts[-3]} {path.name}")


def is_own(caller, provider):
    """Whether a provider of the matrix speaks the caller's format, so that its own bytes are recorded."""
    return {"anthropic": provider.startswith("anthropic"), "openai-responses": provider in ("openai-responses", "azure")}.get(
        caller, False)


@pytest.mark.parametrize("route, path, is_stream", list(recordings()))
def test_a_recording_of_the_golden_matrix_is_one_of_openrouters(route, path, is_stream):
    # The matrix calls its provider so; OpenRouter's file lists its own.
    text = path.read_text().replace('"Golden"', '"FakeProvider"')
    if is_stream:
        for event in events(text):
            check(route, "event", event)
        return
    document = json.loads(text)
    is_error = "error" in document and "choices" not in document and document.get("object") != "response"
    check(route, 400 if is_error else 200, document)


# MARK: The schemas


def test_the_schemas_reject_what_is_wrong():
    event = {"data": {
        "id": "gen-1", "object": "chat.completion.chunk", "created": 1, "model": "a/b",
        "choices": [{"index": 0, "delta": {"content": TEXT}, "finish_reason": None}]}}
    validate(f"{CHAT} event", event)
    choice = event["data"]["choices"][0]
    for member, wrong, told in [
        ("finish_reason", "ended", "'ended' is not one of"), ("index", "0", "is not of type 'integer'"),
        ("delta", {"content": 7}, "7 is not of type 'string', 'null'"),
    ]:
        changed = {"data": {**event["data"], "choices": [{**choice, member: wrong}]}}
        with pytest.raises(AssertionError, match=told):
            validate(f"{CHAT} event", changed)
    with pytest.raises(AssertionError, match="'delta' is a required property"):
        validate(f"{CHAT} event", {"data": {**event["data"], "choices": [{"index": 0, "finish_reason": None}]}})
    with pytest.raises(AssertionError, match="'message_begin' is not one of"):
        validate(f"{MESSAGES} event", {"event": "message_begin", "data": {"type": "message_begin"}})
    with pytest.raises(AssertionError, match="'index' is a required property"):
        validate(f"{MESSAGES} event", {"event": "content_block_stop", "data": {"type": "content_block_stop"}})


def test_further_members_are_found_below_lists_and_alternatives():
    document = {
        "id": "gen-1", "object": "chat.completion", "created": 1, "model": "a/b", "system_fingerprint": None, "mine": 1,
        "choices": [{"index": 0, "finish_reason": "stop", "message": {
            "role": "assistant", "content": [{"type": "text", "text": TEXT, "own": 2}]}}],
    }
    assert further_members(f"{CHAT} 200", document) == {"mine", "choices.message.content.own"}


def load_extraction():
    loader = importlib.machinery.SourceFileLoader("extraction", str(ROOT / "Scripts" / "extract-schemas"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("extraction", loader))
    loader.exec_module(module)
    return module


def test_what_is_openapis_own_becomes_plain_json_schema():
    extraction = load_extraction()
    word = {"type": "string", "enum": ["a"], "nullable": True, "x-speakeasy-unknown-values": "allow", "example": "a"}
    assert extraction.convert(word) == {"type": ["string", "null"], "enum": ["a", None]}
    # A member may be called as a keyword is.
    assert extraction.convert({"properties": {"description": {"type": "string", "description": "Prose"}}}) == {
        "properties": {"description": {"type": "string"}}}
    chosen = extraction.convert({
        "oneOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}],
        "discriminator": {"propertyName": "type", "mapping": {"a": "#/components/schemas/A"}}})
    assert chosen == {"anyOf": [{"type": "null"}, {
        "type": "object", "required": ["type"], "properties": {"type": {"enum": ["a"]}},
        "allOf": [{
            "if": {"properties": {"type": {"const": "a"}}, "required": ["type"]}, "then": {"$ref": "#/$defs/A"}}]}]}
