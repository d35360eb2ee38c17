"""Deadlines, limits and scarce resources."""

import gzip
import resource
import signal
import socket
import subprocess
import threading
import time

import httpx
import pytest

from support.configuration import USER, configuration, endpoint, model, provider, write
from support.processes import environment, eventually, find_binary
from support.provider import answer, chunk, events, response
from support.wire import Stream, connection, read_to_end, read_until, request_bytes


@pytest.fixture
def document(alpha, beta, exact, tmp_path):
    return configuration(alpha.url, beta.url, exact.url, tmp_path)


def ended_within(raw, seconds):
    """What still came before the connection's end."""
    begin = time.monotonic()
    raw.settimeout(seconds + 3)
    received = read_to_end(raw)
    assert time.monotonic() - begin < seconds + 2
    return received


def test_slow_heads_and_bodies_are_ended_at_their_deadlines(serve, document):
    document["server"]["limits"].update(header_seconds=1, body_seconds=1, idle_seconds=1)
    own = serve(document)
    with connection(own.port) as head, connection(own.port) as body, connection(own.port) as idle, connection(own.port) as fresh:
        head.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        body.sendall(request_bytes("/v1/chat/completions", key=USER).replace(b"Content-Length: 0", b"Content-Length: 9") + b"{")
        idle.sendall(request_bytes("/health", method="GET"))
        read_until(idle, b'"ok"')
        begin = time.monotonic()
        assert own.chat("test/echo").status_code == 200
        assert time.monotonic() - begin < 0.5
        assert ended_within(head, 1).startswith(b"HTTP/1.1 408 ")
        assert ended_within(body, 1).startswith(b"HTTP/1.1 408 ")
        assert b"HTTP/1.1" not in ended_within(idle, 1)
        ended_within(fresh, 1)


def test_running_out_of_descriptors_pauses_accepting_and_passes(document, tmp_path):
    process = subprocess.Popen(
        [find_binary(), "serve", "--config", write(tmp_path, document)], env=environment(tmp_path), cwd=tmp_path,
        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
    try:
        port = int(next(line for line in process.stderr if "listening on" in line).rsplit(":", 1)[1])
        threading.Thread(target=process.stderr.read, daemon=True).start()
        crowd = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
        ticks = processor_ticks(process.pid)
        time.sleep(0.5)
        assert processor_ticks(process.pid) - ticks < 25, "the loops spin while nothing can be accepted"
        for raw in crowd:
            raw.close()

        def is_served():
            try:
                return httpx.get(f"http://127.0.0.1:{port}/health", timeout=1).status_code == 200
            except httpx.HTTPError:
                return False

        eventually(is_served, 5, "service after the crowd")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0


def processor_ticks(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_reloads_under_load_lose_nothing(serve, document):
    own = serve(document)
    stop, failures = threading.Event(), []

    def use():
        with httpx.Client(base_url=own.url, headers={"authorization": f"Bearer {USER}"}) as http:
            body = {"model": "test/echo", "messages": [{"role": "user", "content": "x"}], "stream": True}
            while not stop.is_set():
                received = Stream(http.post("/v1/chat/completions", json=body).text)
                if not received.is_done:
                    failures.append(received.data)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    counts = []
    for round_number in range(30):
        mark = len(own.process.lines)
        own.process.signal(signal.SIGHUP)
        own.process.wait_for("configuration reloaded", after=mark)
        counts.append(own.process.descriptors)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    eventually(lambda: own.process.descriptors <= min(counts) + 4, 5, f"steady descriptors after {counts}")


def test_a_provider_that_does_not_accept_is_left_at_the_connect_deadline(serve, document):
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    fillers = [socket.socket() for _ in range(3)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(full.getsockname())
    document["providers"].append(provider("full", f"http://127.0.0.1:{full.getsockname()[1]}"))
    document["models"].append(model("test/full", endpoint("full"), endpoint("beta", price={"prompt": 9, "completion": 9})))
    document["models"].append(model("test/full-alone", endpoint("full")))
    own = serve(document)
    begin = time.monotonic()
    assert own.chat("test/full").json()["provider"] == "Beta"
    assert 0.5 < time.monotonic() - begin < 3
    assert own.chat("test/full-alone").status_code == 504
    full.close()


@pytest.mark.parametrize("value, expected", [
    ("7", "7"), ("0", "0"), ("-5", "5"), ("soon", "5"), ("99999999999999999999", "86400"), ("1.2", "2"),
    ("Fri, 01 Jan 1999 00:00:00 GMT", "0"), ("Fri, 01 Jan 2100 00:00:00 GMT", "86400")])
def test_a_providers_patience_is_bounded(gateway, exact, value, expected):
    exact.reset(response('{"error":{"message":"slow down"}}', status="429 Too Many Requests", fields=[f"Retry-After: {value}"]))
    result = gateway.chat("test/exact")
    assert result.status_code == 429
    assert result.headers["retry-after"] == expected
    assert "slow down" in result.json()["error"]["message"]


def test_a_compressed_answer_is_bounded(gateway, exact):
    bomb = gzip.compress(b'{"choices":[{"index":0,"message":{"content":"' + b"x" * (256 << 20), 1)
    exact.reset(response(bomb, fields=["Content-Encoding: gzip"]))
    before = gateway.process.resident_bytes
    assert gateway.chat("test/exact").status_code == 502
    growth = gateway.process.resident_bytes - before
    print(f"memory grew by {growth / 2**20:.0f} MiB")
    assert growth < 200 << 20


def test_a_connection_that_the_provider_closed_meanwhile_is_not_noticed(gateway, exact):
    def answer_and_close(raw):
        raw.sendall(answer("then I close"))

    for _ in range(10):
        exact.reset(answer_and_close)
        assert gateway.chat("test/exact").json()["choices"][0]["message"]["content"] == "then I close"


def test_text_that_is_no_utf_8_never_reaches_the_caller(gateway, exact):
    bad = events(chunk({"content": "a"}), done=False).encode() + b'data: {"choices":[{"index":0,"delta":{"content":"\xff\xfe"}}]}\n\n'
    exact.reset(response(bad, "text/event-stream"))
    received = Stream(gateway.chat("test/exact", stream=True).text)
    assert received.errors and not received.is_done


def test_a_flood_of_header_fields_is_a_failure_of_the_provider(gateway, exact):
    exact.reset(b"HTTP/1.1 200 OK\r\n" + b"X-Flood: 1234567890\r\n" * 200_000 + b"\r\n")
    assert gateway.chat("test/exact").status_code == 502
