"""Callers that leave, read slowly, or send oddly."""

import json
import re
import threading
import time

import pytest

from support.configuration import SLOW_TOKENS, USER
from support.processes import eventually
from support.provider import chunk, events
from support.wire import Stream, close_hard, connection, read_to_end, read_until, request_bytes


def chat_bytes(model, stream=True, content="Hi", **more):
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": content}], "stream": stream, **more})
    return request_bytes("/v1/chat/completions", body, key=USER)


def wait_for_abort(provider, left_at, label):
    """The provider saw its connection end; says how long after the caller left that was noticed here."""
    row = eventually(
        lambda: next((row for row in provider.log() if row["outcome"] == "aborted"), None), "the provider's abort")
    elapsed = time.monotonic() - left_at
    print(f"{label}: noticed {elapsed * 1000:.0f} ms after the caller left; "
          f"{row['milliseconds_to_abort']} ms after the request came")
    return row


def wait_for_arrival(provider):
    eventually(provider.log, what="the request's arrival at the provider")


@pytest.mark.parametrize("leave", ["close", "reset"])
@pytest.mark.parametrize("streaming", [True, False], ids=["streamed", "whole"])
def test_a_caller_that_leaves_before_the_answer_ends_the_providers_work(gateway, alpha, streaming, leave):
    alpha.clear()
    with connection(gateway.port) as raw:
        raw.sendall(chat_bytes("test/late", stream=streaming))
        wait_for_arrival(alpha)
        if leave == "reset":
            close_hard(raw)
    row = wait_for_abort(alpha, time.monotonic(), f"before the answer, {leave}")
    assert row["events_sent"] == 0


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_a_caller_that_leaves_in_the_middle_ends_the_providers_work(gateway, alpha, leave):
    alpha.clear()
    with connection(gateway.port) as raw:
        raw.sendall(chat_bytes("test/slow"))
        read_until(raw, b"data: ")
        read_until(raw, b"data: ")
        if leave == "reset":
            close_hard(raw)
    row = wait_for_abort(alpha, time.monotonic(), f"in the middle, {leave}")
    assert 0 < row["events_sent"] < SLOW_TOKENS


def test_a_caller_that_leaves_stops_further_attempts(gateway, alpha, beta):
    alpha.clear()
    beta.clear()
    with connection(gateway.port) as raw:
        raw.sendall(chat_bytes(gateway.rescued("hang")))
        wait_for_arrival(alpha)
    wait_for_abort(alpha, time.monotonic(), "during the first of two attempts")
    assert beta.log() == []


def test_many_callers_that_leave_at_once_are_all_noticed(gateway, alpha):
    alpha.clear()
    with connection(gateway.port) as probe:
        probe.sendall(request_bytes("/health", method="GET"))
        read_until(probe, b'"ok"')
    before = gateway.process.descriptors
    sockets = [connection(gateway.port) for _ in range(50)]
    opened = [each.__enter__() for each in sockets]
    for raw in opened:
        raw.sendall(chat_bytes("test/slow"))
    for raw in opened:
        read_until(raw, b"data: ")
    for each in sockets:
        each.__exit__(None, None, None)
    left_at = time.monotonic()
    eventually(lambda: sum(row["outcome"] == "aborted" for row in alpha.log()) == 50, "fifty aborts")
    print(f"50 callers left; all noticed within {(time.monotonic() - left_at) * 1000:.0f} ms")
    eventually(lambda: gateway.process.descriptors <= before + 2, "the descriptors' return")


def test_a_slow_reader_holds_the_provider_back_and_not_the_memory(gateway, exact):
    total = 30 << 20
    filler = "x" * 4000
    sent = [0]

    def pour(raw):
        raw.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        while sent[0] < total:
            piece = events(chunk({"content": filler}), done=False).encode()
            raw.sendall(piece)
            sent[0] += len(piece)
        raw.sendall(events(chunk(finish="stop")).encode())

    exact.reset(pour)
    before = gateway.process.resident_bytes
    with connection(gateway.port, receive_buffer=16384) as raw:
        raw.sendall(chat_bytes("test/exact"))
        received = read_until(raw, b"data: ")
        # The provider is held back once every buffer between it and the reader is full.
        held = eventually(lambda: stand_still([sent]), "backpressure")[0][0]
        assert held < 12 << 20, f"{held} bytes were taken from the provider with nobody reading"
        growth = gateway.process.resident_bytes - before
        rest, reads = bytearray(received), 0
        while not rest.endswith(b"0\r\n\r\n") and (piece := raw.recv(1 << 16)):
            rest += piece
            reads += 1
            if reads % 256 == 0:
                growth = max(growth, gateway.process.resident_bytes - before)
    print(f"held back at {held / 2**20:.1f} MiB; memory grew by {growth / 2**20:.1f} MiB for a stream of 30 MiB")
    assert growth < 60 << 20
    assert bytes(rest).count(b'"content": "xxx') * 4000 >= total * 0.9
    assert b"data: [DONE]" in rest


def stand_still(counters):
    """The counters' values once none of them has moved for 300 ms."""
    values, since = [counter[:] for counter in counters], time.monotonic()
    while values == counters:
        if time.monotonic() - since > 0.3 and [0] not in values:
            return values
        time.sleep(0.01)
    return None


def test_others_are_served_while_one_reads_nothing(gateway, exact):
    stop = threading.Event()

    def endless(raw):
        raw.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        while not stop.is_set():
            raw.sendall(events(chunk({"content": "x" * 4000}), done=False).encode())

    exact.reset(endless)
    with connection(gateway.port, receive_buffer=16384) as raw:
        raw.sendall(chat_bytes("test/exact"))
        read_until(raw, b"data: ")
        for _ in range(20):
            begin = time.monotonic()
            assert gateway.chat("test/echo").status_code == 200
            assert time.monotonic() - begin < 15
    stop.set()


def test_pipelined_requests_are_answered_in_their_order(gateway):
    with connection(gateway.port) as raw:
        raw.sendall(b"".join(chat_bytes("test/echo", stream=False, content=f"turn-{turn}") for turn in range(5))
                    + request_bytes("/health", method="GET", fields=["Connection: close"]))
        text = read_to_end(raw).decode()
    assert text.count("HTTP/1.1 200 OK") == 6
    positions = [text.index(f"turn-{turn}") for turn in range(5)]
    assert positions == sorted(positions)


def test_a_connection_is_kept_and_used_again(gateway):
    with connection(gateway.port) as raw:
        for _ in range(3):
            raw.sendall(chat_bytes("test/echo"))
            head = read_until(raw, b"data: [DONE]\n\n")
            if not head.endswith(b"0\r\n\r\n"):
                read_until(raw, b"0\r\n\r\n")


def test_a_body_may_come_in_chunks_and_in_pieces(gateway):
    body = json.dumps({"model": "test/echo", "messages": [{"role": "user", "content": "in pieces"}]}).encode()
    head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {USER}\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n").encode()
    with connection(gateway.port) as raw:
        for byte in head:
            raw.sendall(bytes([byte]))
        for start in range(0, len(body), 5):
            piece = body[start:start + 5]
            raw.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        raw.sendall(b"0\r\n\r\n")
        assert b"in pieces" in read_to_end(raw)


def test_expect_100_continue_is_answered_before_the_body(gateway):
    body = json.dumps({"model": "test/echo", "messages": [{"role": "user", "content": "x"}]}).encode()
    head = request_bytes("/v1/chat/completions", key=USER, fields=["Expect: 100-continue", "Connection: close"])
    with connection(gateway.port) as raw:
        raw.sendall(head.replace(b"Content-Length: 0", b"Content-Length: %d" % len(body)))
        assert read_until(raw, b"\r\n\r\n").startswith(b"HTTP/1.1 100 Continue\r\n")
        raw.sendall(body)
        assert read_to_end(raw).startswith(b"HTTP/1.1 200 OK\r\n")


def test_expect_100_continue_spares_the_body_of_a_refused_request(gateway):
    head = request_bytes("/v1/chat/completions", key="sk-wrong-000000000000", fields=["Expect: 100-continue"])
    with connection(gateway.port) as raw:
        raw.sendall(head.replace(b"Content-Length: 0", b"Content-Length: 5000"))
        assert read_until(raw, b"\r\n\r\n").startswith(b"HTTP/1.1 401 ")


def test_http_1_0_gets_a_stream_that_ends_with_the_connection(gateway):
    request = chat_bytes("test/echo").replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    with connection(gateway.port) as raw:
        raw.sendall(request)
        head, body = read_to_end(raw).split(b"\r\n\r\n", 1)
    assert b"chunked" not in head.lower()
    assert Stream(body.decode()).is_done


HOSTILE = {
    "a bare line feed": b"GET /health HTTP/1.1\nHost: x\n\n",
    "both lengths": b"POST /v1/models HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST /v1/models HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "a length twice": b"POST /v1/models HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "a signed length": b"POST /v1/models HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc",
    "a folded line": b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n 2\r\n\r\n",
    "white space before the colon": b"GET /health HTTP/1.1\r\nHost : x\r\n\r\n",
    "a line without a colon": b"GET /health HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
    "no host": b"GET /health HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "HTTP/0.9": b"GET /health\r\n\r\n",
    "two keys": b"GET /v1/models/user HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
    "an unknown coding": b"POST /v1/models HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
    "a null in the target": b"GET /hea\x00lth HTTP/1.1\r\nHost: x\r\n\r\n",
    "a bad chunk size": b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + USER.encode()
                        + b"\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_ambiguous_request_gets_one_refusal_and_no_second_answer(gateway, name):
    follower = request_bytes("/health", method="GET")
    with connection(gateway.port) as raw:
        raw.sendall(HOSTILE[name] + follower)
        text = read_to_end(raw)
    assert text.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 ", b"HTTP/1.1 505 ")), text[:200]
    assert len(re.findall(rb"HTTP/1\.1 \d{3} ", text)) == 1
    assert b'"error"' in text


@pytest.mark.parametrize("length, status", [(5_000_000, 413), (10**15, 413)])
def test_a_body_beyond_the_limit_is_refused_readably(gateway, length, status):
    request = request_bytes("/v1/chat/completions", key=USER).replace(b"Content-Length: 0", b"Content-Length: %d" % length)
    with connection(gateway.port) as raw:
        raw.sendall(request + b"x" * 100_000)
        assert read_until(raw, b"\r\n\r\n").startswith(b"HTTP/1.1 %d " % status)


def test_a_head_and_a_target_beyond_their_limits_are_refused_readably(gateway):
    with connection(gateway.port) as raw:
        raw.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n")
        assert read_until(raw, b"\r\n\r\n").startswith(b"HTTP/1.1 431 ")
    with connection(gateway.port) as raw:
        raw.sendall(b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert read_until(raw, b"\r\n\r\n").startswith((b"HTTP/1.1 414 ", b"HTTP/1.1 431 "))


def test_a_compressed_bomb_stays_under_the_limit(gateway):
    import gzip

    bomb = gzip.compress(b'{"model":"test/echo","messages":"' + b"x" * (64 << 20))
    before = gateway.process.resident_bytes
    result = gateway.http.post("/v1/chat/completions", content=bomb, headers={
        "content-type": "application/json", "content-encoding": "gzip"})
    assert result.status_code in (413, 415)
    assert gateway.process.resident_bytes - before < 32 << 20


@pytest.mark.parametrize("body", [
    "[" * 100_000, '{"a":' * 100_000, '{"model":' + "1" * 100_000 + "}", '{"model":"a","model":"b","messages":[]}',
    '{"model":"test/echo","messages":[{"role":"user","content":"\udc80"}]}', "", "null", '"x"', '{"model":"test/echo"}',
    '{"model":"test/echo","messages":[]}', '{"model":"test/echo","messages":{}}', '{"messages":[{"role":"user"}]}',
    '{"model":"","messages":[{"role":"user","content":"x"}]}', '{"model":7,"messages":[{"role":"user","content":"x"}]}',
    '{"model":"test/echo","messages":[{"role":"pirate","content":"x"}]}',
    '{"model":"test/echo","messages":[{"role":"user","content":"x"}],"stream":"yes"}',
    '{"model":"test/echo","messages":[{"role":"user","content":"x"}],"n":0}',
    '{"model":"test/echo","messages":[{"role":"user","content":"x"}]} trailing',
])
def test_a_malformed_body_is_a_400_that_says_what_to_change(gateway, body):
    result = gateway.http.post(
        "/v1/chat/completions", content=body.encode("utf-8", "surrogateescape"),
        headers={"content-type": "application/json"})
    assert result.status_code == 400, result.text
    assert len(result.json()["error"]["message"]) > 15


def test_too_many_models_and_foreign_features_are_refused(gateway):
    assert gateway.chat("test/echo", models=[f"a/{number}" for number in range(10)]).status_code == 400
    for refused in [{"plugins": [{"id": "web"}]}, {"preset": "mine"}, {"provider": "alpha"}]:
        assert gateway.chat("test/echo", **refused).status_code == 400
