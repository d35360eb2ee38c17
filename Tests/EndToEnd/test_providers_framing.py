"""Providers whose HTTP/1.1 is wrong, late or meant to harm: no answer may reach a caller it was not meant for."""

import threading
import time

import pytest

from support.processes import eventually
from support.provider import answer, chunk, events, stream

EVIL = answer("meant for nobody")


def contents(gateway, exact, count):
    results = [gateway.chat(exact.model) for _ in range(count)]
    return [r.json()["choices"][0]["message"]["content"] if r.status_code == 200 else r.status_code for r in results]


@pytest.mark.parametrize("delay", [0, 0.02, 0.2])
def test_a_second_answer_that_nobody_asked_for_reaches_nobody(gateway, exact, delay):
    """Whatever follows an answer on its connection is not the answer to the next request."""
    sent = threading.Event()

    def twice(raw):
        raw.sendall(answer("asked for") + (EVIL if delay == 0 else b""))
        if delay:
            time.sleep(delay)
            raw.sendall(EVIL)
        sent.set()
        return True

    for _ in range(5):
        sent.clear()
        exact.reset(twice)
        assert contents(gateway, exact, 1) == ["asked for"]
        assert sent.wait(30)
        exact.reset(answer("the next"), answer("the one after"))
        assert contents(gateway, exact, 2) == ["the next", "the one after"]


BODY = answer("framed").split(b"\r\n\r\n", 1)[1]
AMBIGUOUS = {
    "both lengths": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n%s",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nContent-Length: 4\r\n\r\n%s",
    "a signed length": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: +%d\r\n\r\n%s",
    "an unknown coding": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: odd\r\nX: %d\r\n\r\n%s",
    "another version": b"HTTP/3.7 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
    "a status of letters": b"HTTP/1.1 2OO OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_an_ambiguous_answer_does_not_poison_the_next(gateway, exact, name):
    text = AMBIGUOUS[name] % (len(BODY), BODY)
    for _ in range(3):
        exact.reset(lambda raw: raw.sendall(text + EVIL))
        first = contents(gateway, exact, 1)[0]
        assert first in (502, "framed"), first
        exact.reset(answer("the next"))
        assert contents(gateway, exact, 1) == ["the next"]


def test_a_broken_chunk_is_a_failure(gateway, exact):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    for tail in [b"zz\r\n" + BODY, b"-1\r\n\r\n", b"ffffffffffffffffff\r\n" + BODY, b"%x\r\n%sxx0\r\n\r\n" % (len(BODY), BODY)]:
        exact.reset(lambda raw: raw.sendall(head + tail))
        assert contents(gateway, exact, 1) == [502]


def test_an_answer_before_the_whole_request_was_read_counts_and_ends_the_connection(gateway, exact):
    """The provider says no after the head and closes; the caller hears what it said."""
    def refuse(raw):
        raw.sendall(answer("early").replace(b"200 OK", b"413 Too Large"))

    exact.reset(refuse)
    result = gateway.chat(exact.model, content="x" * 3_000_000)
    assert result.status_code == 400, result.text
    exact.reset(answer("the next"))
    assert contents(gateway, exact, 1) == ["the next"]


def test_connections_are_reused_and_idle_ones_do_not_pile_up(gateway, exact):
    ports = set()

    def note(raw):
        ports.add(raw.getpeername()[1])
        raw.sendall(answer("again"))
        return True

    exact.reset(*[note] * 40)
    assert contents(gateway, exact, 40) == ["again"] * 40
    assert len(ports) <= 4, f"{len(ports)} connections for 40 requests in a row"


def test_a_stream_that_is_cancelled_never_lends_its_connection(gateway, exact):
    """The rest of an abandoned stream must not become the start of somebody else's answer."""
    def slow(raw):
        raw.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(50):
            piece = events(chunk({"content": f"old {number}"}), done=False).encode()
            raw.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            time.sleep(0.01)
        raw.sendall(b"0\r\n\r\n")
        return True

    for _ in range(5):
        exact.reset(slow, stream(chunk({"content": "new"}), chunk(finish="stop")))
        with gateway.http.stream("POST", "/v1/chat/completions", json={
                "model": "test/exact", "messages": [{"role": "user", "content": "x"}], "stream": True}) as response:
            lines = response.iter_lines()
            next(lines)
        text = gateway.chat(exact.model, stream=True).text
        assert "old " not in text and '"new"' in text


def test_a_provider_that_closes_every_connection_late_is_not_noticed(gateway, exact):
    """An idle connection that ends between two requests is opened anew, without a failure for the caller."""
    closed = threading.Event()

    def answer_then_close(raw):
        raw.sendall(answer("before I left"))
        time.sleep(0.02)
        raw.close()
        closed.set()

    for _ in range(10):
        closed.clear()
        exact.reset(answer_then_close)
        assert contents(gateway, exact, 1) == ["before I left"]
        eventually(closed.is_set)
        exact.reset(answer("fresh"))
        assert contents(gateway, exact, 1) == ["fresh"]
