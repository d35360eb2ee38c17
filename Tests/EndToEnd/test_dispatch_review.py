"""Faults in a row, and faults that hide behind a first sign of life."""

import json
import time

import pytest

from support.configuration import configuration, endpoint, model
from support.provider import answer, chunk, events, response, stream
from support.wire import Stream


def silent(connection):
    """Takes the request and says nothing until the other end closes."""
    connection.recv(1)


def head_only(status, *fields):
    def play(connection):
        lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", "Content-Length: 500", *fields, "", ""]
        connection.sendall("\r\n".join(lines).encode() + b'{"error":')
        connection.recv(1)

    return play


def begin(*data):
    def play(connection):
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
            + events(*data, done=False).encode())

    return play


def begin_and_stay(*data):
    def play(connection):
        begin(*data)(connection)
        connection.recv(1)

    return play


@pytest.fixture
def own(serve, alpha, beta, exact, tmp_path):
    """A gateway with one endpoint of the exact provider, and with that one before a simulated one."""
    document = configuration(alpha.url, beta.url, exact.url, tmp_path)
    document["models"] += [
        model("own/alone", endpoint("exact", "exact-1")),
        model("own/pair", endpoint("exact", "exact-1"), endpoint("beta", price={"prompt": 3000, "completion": 9000})),
    ]
    return serve(document)


FIRST = {"order": ["exact"]}


def test_a_repeat_that_meets_silence_has_a_deadline(own, exact):
    exact.reset(response("{}", status="500 Oops"), silent, silent)
    begun = time.monotonic()
    result = own.chat("own/alone", stream=True)
    assert result.status_code == 504, result.text
    assert time.monotonic() - begun < 30


def test_a_stream_that_began_with_opaque_reasoning_is_rescued_or_told(own, exact):
    details = [{"type": "reasoning.encrypted", "data": "x"}]
    exact.reset(begin(
        chunk({"role": "assistant", "content": "", "reasoning_details": details}), chunk({"content": "One"})))
    received = Stream(own.chat("own/pair", stream=True, provider=FIRST).text)
    assert received.is_done or received.errors
    assert own.chat("test/echo").status_code == 200


@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "streamed"])
def test_a_failing_status_whose_words_never_come_is_taken_at_its_word(own, exact, streaming):
    exact.reset(head_only("429 Slow Down", "Retry-After: 9"))
    begun = time.monotonic()
    result = own.chat("own/alone", stream=streaming)
    assert result.status_code == 429 and int(result.headers["retry-after"]) <= 9
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "streamed"])
def test_a_refusal_inside_a_success_is_the_requests_fault(own, exact, streaming):
    refusal = {"error": {"code": 400, "message": "No such parameter."}}
    for _ in range(6):
        exact.reset(stream(refusal, done=False) if streaming else response(refusal))
        result = own.chat("own/pair", stream=streaming, provider=FIRST)
        assert result.status_code == 400, result.text
    exact.reset(answer("Hello."))
    assert own.chat("own/pair", provider=FIRST).json()["provider"] == "Exact"


@pytest.mark.parametrize("ending", [begin, begin_and_stay], ids=["cut", "silent"])
def test_a_role_alone_is_no_answer(own, exact, ending):
    exact.reset(ending(chunk({"role": "assistant", "content": ""})))
    received = Stream(own.chat("own/pair", stream=True, provider=FIRST).text)
    assert {each["provider"] for each in received.chunks} == {"Beta"}
    assert received.is_done and not received.errors
    assert sum("role" in each["choices"][0]["delta"] for each in received.chunks if each["choices"]) == 1


def test_an_error_behind_the_role_still_has_its_status(own, exact):
    exact.reset(begin(chunk({"role": "assistant"}), {"error": {"code": 400, "message": "Too hot."}}))
    result = own.chat("own/alone", stream=True)
    assert result.status_code == 400 and "Too hot" in result.json()["error"]["message"]


def test_an_empty_answer_is_an_answer(own, exact):
    exact.reset(stream(chunk({"role": "assistant", "content": ""}), chunk(finish="stop")))
    received = Stream(own.chat("own/alone", stream=True).text)
    assert received.is_done and received.text == "" and len(received.usages) == 1
