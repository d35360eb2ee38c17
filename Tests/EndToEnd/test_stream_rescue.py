"""Streams that break and are finished by another endpoint: the caller has one whole answer, or is told."""

import concurrent.futures
import json

import pytest

from support.configuration import DEAR_PRICE, PRICE, TOOL_PARAMETERS, configuration, endpoint, model, write
from support.processes import Process
from support.provider import answer, chunk, events, response, stream
from support.wire import Stream
from test_faults_in_the_middle import check_truthful_end

TEXT = "One two three four five six seven eight nine ten. 漢字 and \"quotes\" and 👩‍👩‍👧 too, to the very end of it."
BREAKS = ["cut", "stall", "reset", "malformed", "error-event"]
#: Events of the unbroken stream: an opening, the tokens, the finish, the usage and the terminator.
LAST = 31

JOINTS = {
    # Prefill: the second endpoint goes on behind what the caller has.
    "prefill": ("echo", {"prefill": True}),
    # It begins anew, and what the caller has is passed over.
    "restart": ("echo", {}),
    # It says that it goes on, and then refuses to: it is asked once more, from the beginning.
    "refused": ("echo+no-prefill", {"prefill": True}),
    # It says that it goes on, and begins anew all the same.
    "ignored": ("echo+ignore-prefill", {"prefill": True}),
}


def names():
    """A model for every place at which a stream can break, every way to break it, and every way to go on."""
    return [
        (f"rescue/{fault}-{place}-{joint}", f"echo+{fault}={place}", second, more)
        for joint, (second, more) in JOINTS.items() for fault in BREAKS
        for place in range(1 if fault == "malformed" else 0, LAST + 1)]


@pytest.fixture(scope="module")
def rescuer(tmp_path_factory, alpha, beta, exact_provider):
    from conftest import Gateway

    folder = tmp_path_factory.mktemp("rescue")
    document = configuration(alpha.url, beta.url, exact_provider.url, folder)
    document["routing"]["timeouts"].update(first_token_fallback_ms=1500, idle_fallback_ms=1500, idle_ms=5000)
    document["models"] += [
        model(name, endpoint("alpha", first), endpoint("beta", second, DEAR_PRICE, **more))
        for name, first, second, more in names()]
    document["models"] += [
        model("rescue/other-words", endpoint("alpha", "echo+cut=6"), endpoint("beta", "lorem+tokens=40", DEAR_PRICE)),
        model("rescue/twice", endpoint("alpha", "echo+cut=4"), endpoint("alpha", "echo+cut=9", tag="alpha/2", price={
            "prompt": 10, "completion": 10000}), endpoint("beta", price={"prompt": 10, "completion": 90000000})),
        model("rescue/in-vain", endpoint("alpha", "echo+cut=4"), endpoint("beta", "echo+cut=9", DEAR_PRICE)),
        model("rescue/tools", endpoint("alpha", "echo+cut=3"), endpoint("beta", price=DEAR_PRICE)),
        *[model(f"rescue/{name}", endpoint("alpha", "echo+cut=9"), endpoint("beta", price=DEAR_PRICE))
          for name in ["n", "logprobs", "billed"]],
        model("rescue/limited", endpoint("alpha", "echo+cut=6"), endpoint("beta", price=DEAR_PRICE, prefill=True)),
        model("rescue/bytes", endpoint("exact"), endpoint("beta", price=DEAR_PRICE)),
        model("rescue/whole", endpoint("alpha", "echo+cut=6"), endpoint("beta", price=DEAR_PRICE)),
    ]
    process = Process("serve", "--config", write(folder, document), folder=folder)
    yield Gateway(process)
    assert process.stop() == 0


def ask(rescuer, name, **more):
    return rescuer.http.post("/v1/chat/completions", headers={"x-openrouter-metadata": "enabled"}, json={
        "model": name, "messages": [{"role": "user", "content": TEXT}], "stream": True, **more})


def check_whole(result, text=TEXT):
    received = Stream(result.text)
    assert result.status_code == 200 and not received.errors, result.text[-2000:]
    assert received.text == text
    assert received.is_done and received.done_count == 1
    assert received.usages == [received.chunks[-1]]
    assert {chunk["id"] for chunk in received.chunks} == {result.headers["x-generation-id"]}
    finishes = [choice["finish_reason"] for chunk in received.chunks for choice in chunk["choices"] if choice["finish_reason"]]
    assert finishes == ["stop"]
    return received


def test_the_tests_know_the_streams_length(rescuer, alpha):
    alpha.clear()
    check_whole(ask(rescuer, "test/echo"))
    assert alpha.log()[-1]["events_sent"] == LAST


@pytest.mark.parametrize("joint", JOINTS)
@pytest.mark.parametrize("fault", BREAKS)
def test_a_stream_that_breaks_at_any_event_is_finished_elsewhere(rescuer, fault, joint):
    finish = LAST - 2  # the number of the event with the finish reason
    places = range(1 if fault == "malformed" else 0, LAST + 1)
    # Those that stall are waited for together.
    with concurrent.futures.ThreadPoolExecutor(16 if fault == "stall" else 1) as pool:
        results = list(pool.map(lambda place: ask(rescuer, f"rescue/{fault}-{place}-{joint}"), places))
    for place, result in zip(places, results):
        sent = place - 1 if fault == "malformed" else place
        if sent >= finish:
            # Text and finish reason are out: there is nothing to rescue, and the end is whatever is true.
            received = Stream(result.text)
            assert received.text == TEXT
            assert received.is_done != bool(received.errors)
            continue
        if joint == "ignored" and sent > 1:
            # Who repeats what it was given cannot always be told from who goes on: then the caller is told.
            received = Stream(result.text)
            if received.errors:
                assert TEXT.startswith(received.text), (place, received.text)
                continue
        received = check_whole(result)
        usage = received.usages[0]
        evidence = usage["openrouter_metadata"]
        assert received.chunks[-1]["provider"] == "Beta", place
        if sent <= 1:
            # The role alone is no answer yet: the next endpoint simply answers.
            assert "rescued" not in usage and "rescue" not in evidence
            assert [row["provider"] for row in evidence["attempts"]] == ["Alpha", "Beta"]
            continue
        assert usage["rescued"] is True
        parts = evidence["rescue"]["attempts"]
        assert [part["provider"] for part in parts] == ["Alpha", "Beta"], place
        assert parts[0]["failure"] and parts[1]["failure"] is None
        wanted = "prefill" if joint in ("prefill", "ignored") else "restart"
        assert parts[1]["joint"] == wanted, place


def test_a_rescued_answer_is_billed_for_what_each_attempt_delivered(rescuer):
    received = check_whole(ask(rescuer, "rescue/billed"))
    rescued = received.usages[0]["usage"]
    first, second = received.usages[0]["openrouter_metadata"]["rescue"]["attempts"]
    whole = check_whole(ask(rescuer, "test/beta")).usages[0]["usage"]
    # The first one said nothing of its usage; the second one's completion is billed as far as it was delivered.
    assert rescued["is_estimated"]
    written = len(json.dumps(TEXT, ensure_ascii=False)[1:-1].encode())
    assert first["delivered_bytes"] + second["delivered_bytes"] == written
    assert rescued["completion_tokens"] < whole["completion_tokens"] + first["delivered_bytes"]
    share = second["delivered_bytes"] / written
    token = whole["cost"] / whole["completion_tokens"]
    assert abs(rescued["cost"] - whole["cost"] * share) < 2 * token


def test_other_words_are_never_joined(rescuer, beta):
    beta.clear()
    received = check_truthful_end(ask(rescuer, "rescue/other-words"), 502)
    assert TEXT.startswith(received.text) and received.text
    assert len(beta.log()) == 1


def test_a_rescue_that_breaks_is_rescued(rescuer):
    received = check_whole(ask(rescuer, "rescue/twice"))
    assert [part["provider"] for part in received.usages[0]["openrouter_metadata"]["rescue"]["attempts"]] == [
        "Alpha", "Alpha", "Beta"]


def test_a_rescue_in_vain_is_no_success(rescuer):
    received = Stream(ask(rescuer, "rescue/in-vain").text)
    assert received.done_count == 0 and received.errors == [received.chunks[-1]] and not received.usages
    assert received.errors[0]["error"]["code"] == 502
    assert TEXT.startswith(received.text) and len(received.text) > len("One two three")


def test_a_tool_call_that_has_begun_is_not_continued(rescuer, beta):
    beta.clear()
    tool = {"type": "function", "function": {"name": "weather", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}
    result = rescuer.http.post("/v1/chat/completions", json={
        "model": "rescue/tools", "messages": [{"role": "user", "content": "call weather"}], "tools": [tool], "stream": True})
    received = check_truthful_end(result, 502)
    assert any(choice["delta"].get("tool_calls") for each in received.chunks for choice in each["choices"])
    assert beta.log() == []


@pytest.mark.parametrize("name, value", [("n", 2), ("logprobs", True)])
def test_what_cannot_be_joined_is_told(rescuer, beta, name, value):
    beta.clear()
    received = Stream(ask(rescuer, f"rescue/{name}", **{name: value}).text)
    assert received.errors and not received.is_done and beta.log() == []


def test_the_request_of_a_rescue_holds_the_delivered_text_and_a_lower_limit(rescuer, beta):
    beta.clear()
    check_whole(ask(rescuer, "rescue/limited", max_tokens=500))
    body = json.loads(beta.log()[-1]["body"])
    delivered = body["messages"][-1]
    assert delivered["role"] == "assistant" and delivered["content"] and TEXT.startswith(delivered["content"])
    assert 400 < body["max_tokens"] < 500


def test_a_whole_answer_is_not_rescued_but_tried_elsewhere(rescuer):
    result = ask(rescuer, "rescue/whole", stream=False).json()
    assert result["provider"] == "Beta" and result["choices"][0]["message"]["content"] == TEXT
    assert "rescued" not in result


def test_a_rescue_of_unusual_text_is_exact(rescuer, exact):
    """Escapes and surrogate pairs, in another spelling than the one that the second endpoint uses."""
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    parts = ["One \\u0074wo", " three\\u0020four five", " six seven eight nine ten. \\u6f22", "\\u5b57 and \\u0022quotes\\u0022"]
    lines = "".join(
        'data: {"choices":[{"index":0,"delta":{"content":"%s"},"finish_reason":null}]}\n\n' % part for part in parts)
    exact.reset((head + lines).encode())
    check_whole(ask(rescuer, "rescue/bytes"))


def test_without_the_header_the_mark_alone_remains(rescuer):
    result = rescuer.http.post("/v1/chat/completions", json={
        "model": "rescue/cut-7-prefill", "messages": [{"role": "user", "content": TEXT}], "stream": True})
    received = Stream(result.text)
    assert received.text == TEXT
    if received.chunks[0]["provider"] == "Alpha":
        assert received.usages[0]["rescued"] is True
    assert all("openrouter_metadata" not in each for each in received.chunks)
