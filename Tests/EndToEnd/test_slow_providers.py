"""Providers that trickle, never end, or send far too much: a bounded time, a bounded amount of memory, a true end."""

import gzip
import json
import socket
import threading
import time

import pytest

from support.configuration import DEAR_PRICE, USER, configuration, endpoint, model
from support.processes import eventually, memory_is_plain
from support.provider import answer, chunk, events, response
from support.wire import Stream, connection, read_to_end
from test_callers import chat_bytes
from test_faults_in_the_middle import check_truthful_end

SSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
FIRST = events(chunk({"content": "begun"}), done=False).encode()


@pytest.fixture
def document(alpha, beta, exact, tmp_path):
    document = configuration(alpha.url, beta.url, exact.url, tmp_path)
    # What a loop keeps for itself is no part of what a connection costs.
    document["server"]["loops"] = 2
    return document


@pytest.fixture
def patient(document):
    """A configuration in which nothing ends for its slowness."""
    document["routing"]["timeouts"].update({name: 60_000 for name in [
        "first_token_ms", "first_token_fallback_ms", "idle_ms", "idle_fallback_ms"]})
    document["server"]["limits"]["event_bytes"] = 1 << 20
    return document


class Endless:
    """Sends a beginning and then the same piece until the gateway has had enough; says how much that was."""

    def __init__(self, beginning, piece, pause=0.0, most=1 << 30):
        self.beginning, self.piece, self.pause, self.most = beginning, piece, pause, most
        self.sent = 0
        self.ended = threading.Event()

    def __call__(self, raw):
        try:
            raw.sendall(self.beginning)
            while self.sent < self.most:
                raw.sendall(self.piece)
                self.sent += len(self.piece)
                if self.pause:
                    time.sleep(self.pause)
        finally:
            self.ended.set()


@pytest.mark.parametrize("name, line", [
    ("an event", b"data: "), ("a comment", b": "), ("a named field", b"event: "), ("no field", b"")])
def test_a_line_without_end_costs_no_more_than_an_event_may(serve, patient, exact, name, line):
    own = serve(patient)
    own.chat("test/echo")
    before = own.process.resident_bytes
    endless = Endless(SSE + FIRST + line, b"x" * 65536)
    exact.reset(endless)
    received = check_truthful_end(own.chat("test/exact", stream=True), 502)
    assert received.text == "begun"
    assert endless.ended.wait(30), "the provider was never let go"
    growth = own.process.resident_bytes - before
    print(f"{name}: {endless.sent / 2**20:.1f} MiB taken, memory grew by {growth / 2**20:.1f} MiB")
    # What was taken stood in the two sockets' buffers; what counts is what was kept.
    assert endless.sent < 64 << 20
    assert growth < 8 << 20 or not memory_is_plain()


def test_an_event_of_ever_more_lines_is_cut_off(serve, patient, exact):
    own = serve(patient)
    own.chat("test/echo")
    before = own.process.resident_bytes
    endless = Endless(SSE + FIRST, b"data: x\n" * 8192)
    exact.reset(endless)
    check_truthful_end(own.chat("test/exact", stream=True), 502)
    assert endless.ended.wait(30)
    assert own.process.resident_bytes - before < 8 << 20 or not memory_is_plain()


@pytest.mark.parametrize("name, beginning, piece", [
    ("events", SSE, FIRST), ("comments behind an event", SSE + FIRST, b": still here\n\n"),
    ("comments alone", SSE, b": still here\n\n"), ("empty events", SSE + FIRST, b"data: \n\n"),
    ("a whole answer in drops", JSON, b" ")])
def test_an_answer_without_end_is_ended_at_the_deadline(serve, document, exact, name, beginning, piece):
    document["routing"]["timeouts"]["total_ms"] = 2000
    own = serve(document)
    endless = Endless(beginning, piece, pause=0.02)
    exact.reset(endless)
    begin = time.monotonic()
    result = own.chat("test/exact", stream=beginning != JSON)
    if result.status_code == 200:
        check_truthful_end(result, 504)
    else:
        assert result.status_code == 504, result.text
    assert time.monotonic() - begin < 30
    assert endless.ended.wait(30), "the provider was never let go"


def test_drops_of_an_event_are_no_progress_and_cost_nothing(serve, document, exact):
    """Sixty providers send an event byte by byte; each is left at the idle deadline, and nothing is kept."""
    count = 60
    own = serve(document)
    own.chat("test/echo")
    scripts = [Endless(SSE + FIRST + b"data: ", b"x", pause=0.02) for _ in range(count)]
    exact.reset(*scripts)
    before, descriptors = own.process.resident_bytes, own.process.descriptors
    callers = [connection(own.port) for _ in range(count)]
    opened = [each.__enter__() for each in callers]
    for raw in opened:
        raw.sendall(chat_bytes("test/exact").replace(b"Host:", b"Connection: close\r\nHost:", 1))
    eventually(lambda: len(exact.requests) == count, what="all requests at the provider")
    growth = own.process.resident_bytes - before
    for raw in opened:
        text = read_to_end(raw)
        assert b'"finish_reason":"error"' in text and b"[DONE]" not in text
    for script in scripts:
        assert script.ended.wait(30)
    growth = max(growth, own.process.resident_bytes - before) / count
    print(f"{count} trickles: {growth / 1024:.0f} KiB each")
    assert growth < 64 * 1024 or not memory_is_plain()
    for each in callers:
        each.__exit__(None, None, None)
    # Idle connections to the provider are kept on purpose; these were none.
    eventually(lambda: own.process.descriptors <= descriptors + 4, "the descriptors' return")


def test_a_failure_without_end_is_answered_from_its_beginning(once, exact):
    endless = Endless(b"HTTP/1.1 500 No\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n", b"x" * 65536)
    exact.reset(endless)
    assert once.chat(exact.model).status_code == 502
    assert endless.ended.wait(30)
    assert endless.sent < 32 << 20


def test_a_compressed_stream_is_bounded_by_its_events(serve, patient, exact):
    own = serve(patient)
    own.chat("test/echo")
    before = own.process.resident_bytes
    bomb = gzip.compress(FIRST + b"data: " + b"x" * (256 << 20), 1)
    exact.reset(response(bomb, "text/event-stream", fields=["Content-Encoding: gzip"]))
    check_truthful_end(own.chat("test/exact", stream=True), 502)
    growth = own.process.resident_bytes - before
    print(f"256 MiB in {len(bomb) / 2**20:.1f} MiB of gzip: memory grew by {growth / 2**20:.1f} MiB")
    assert growth < 8 << 20 or not memory_is_plain()


@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "streamed"])
def test_a_head_followed_by_silence_is_left_for_another_provider(serve, document, exact, streaming):
    document["routing"]["timeouts"].update(first_token_fallback_ms=1000, total_ms=4000)
    document["models"].append(
        model("test/rescued", endpoint("exact", "exact-1"), endpoint("beta", price=DEAR_PRICE)))
    own = serve(document)
    quiet = threading.Event()

    def head_only(raw):
        raw.sendall(SSE if streaming else JSON)
        quiet.wait(60)

    exact.reset(head_only, head_only)
    if streaming:
        received = Stream(own.chat("test/rescued", stream=True).text)
        assert received.is_done and {each["provider"] for each in received.chunks} == {"Beta"}
    result = own.chat("test/exact", stream=streaming)
    assert result.status_code == 504
    quiet.set()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_hears_of_a_provider_that_points_elsewhere(gateway, exact, status):
    """The listener that the provider points at counts whoever comes; nobody does."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        url = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/v1/chat/completions"
        exact.reset(response("{}", status=f"{status} Go", fields=[f"Location: {url}"]))
        assert gateway.chat(exact.model).status_code == 502
        exact.reset(answer("and on"))
        assert gateway.chat(exact.model).status_code == 200
        elsewhere.settimeout(0)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    assert "127.0.0.1:" not in json.dumps(gateway.chat(gateway.alone("redirect")).json()), "the answer names the place"


def test_a_provider_that_resets_every_connection_is_left_for_the_next(serve, document):
    """Accepted by the kernel, reset by the program: before, while and after the request is written."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def run():
            while True:
                try:
                    raw, _ = listener.accept()
                except OSError:
                    return
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                raw.close()

        threading.Thread(target=run, daemon=True).start()
        document["providers"].append({
            "slug": "resetting", "name": "Resetting", "dialect": "openai", "api_key": "sk-nobody-cares-000000",
            "base_url": f"http://127.0.0.1:{listener.getsockname()[1]}/v1"})
        document["models"].append(model("test/reset", endpoint("resetting"), endpoint("beta", price=DEAR_PRICE)))
        own = serve(document, USER)
        for content in ["short", "x" * 3_000_000]:
            result = own.chat("test/reset", content)
            assert result.status_code == 200 and result.json()["provider"] == "Beta"
        listener.shutdown(socket.SHUT_RDWR)
