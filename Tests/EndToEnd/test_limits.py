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

from support.configuration import DEAR_PRICE, USER, configuration, endpoint, model, provider, write
from support.processes import environment, eventually, find_binary, memory_is_plain
from support.provider import answer, chunk, events, response
from support.wire import Stream, connection, read_to_end, read_until, request_bytes
from test_callers import chat_bytes


@pytest.fixture
def document(alpha, beta, exact, tmp_path):
    return configuration(alpha.url, beta.url, exact.url, tmp_path)


def test_slow_heads_and_bodies_are_ended_at_their_deadlines(serve, document):
    document["server"]["limits"].update(header_seconds=2, body_seconds=3, idle_seconds=2)
    own = serve(document)
    with connection(own.port) as head, connection(own.port) as body, connection(own.port) as idle, connection(own.port) as fresh:
        head.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        body.sendall(request_bytes("/v1/chat/completions", key=USER).replace(b"Content-Length: 0", b"Content-Length: 9") + b"{")
        idle.sendall(request_bytes("/health", method="GET"))
        read_until(idle, b'"ok"')
        assert own.chat("test/echo").status_code == 200
        for raw, deadline in [(head, b"within 2 s"), (body, b"within 3 s")]:
            received = read_to_end(raw)
            assert received.startswith(b"HTTP/1.1 408 ") and deadline in received
        assert b"HTTP/1.1" not in read_to_end(idle)
        assert read_to_end(fresh) == b""


@pytest.fixture
def few_descriptors(document, tmp_path):
    """A gateway that may have 76 files open, about 37 of which it needs for itself; its port and process id."""
    document["server"]["loops"] = 2
    process = subprocess.Popen(
        [find_binary(), "serve", "--config", write(tmp_path, document)], env=environment(tmp_path), cwd=tmp_path,
        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (76, 76)))
    try:
        port = int(next(line for line in process.stderr if "listening on" in line).rsplit(":", 1)[1])
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def is_served(port):
    body = {"model": "test/echo", "messages": [{"role": "user", "content": "x"}]}
    try:
        return httpx.post(
            f"http://127.0.0.1:{port}/v1/chat/completions", json=body, headers={"authorization": f"Bearer {USER}"}, timeout=5,
        ).status_code == 200
    except httpx.HTTPError:
        return False


def test_running_out_of_descriptors_pauses_accepting_and_passes(few_descriptors):
    port, pid = few_descriptors
    crowd = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
    ticks = processor_ticks(pid)
    time.sleep(0.5)
    assert processor_ticks(pid) - ticks < 25, "the loops spin while nothing can be accepted"
    for raw in crowd:
        raw.close()
    eventually(lambda: is_served(port), "service after the crowd")


def test_a_provider_is_not_blamed_for_descriptors_that_the_gateway_lacks(few_descriptors):
    port, _ = few_descriptors
    callers = [socket.create_connection(("127.0.0.1", port), 30) for _ in range(36)]
    # All of them are connected before the first of them needs a connection to a provider.
    for raw in callers:
        raw.sendall(request_bytes("/health", method="GET"))
        assert read_until(raw, b"}").startswith(b"HTTP/1.1 200 ")
    for raw in callers:
        raw.sendall(chat_bytes("test/slow"))
    answers = [read_until(raw, b"\r\n\r\n") for raw in callers]
    refused = [text for text in answers if text.startswith(b"HTTP/1.1 503 ")]
    assert refused and all(text.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 503 ")) for text in answers)
    assert all(b"retry-after: " in text and b"file descriptor" in text for text in refused), refused[0]
    for raw in callers:
        raw.close()
    eventually(lambda: is_served(port), "service after the crowd")


def processor_ticks(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


COSTLY = {
    "100,000 levels": "[" * 100_000, "100,000 levels of objects": '{"a":' * 20_000,
    "a number of 100,000 digits": '{"model":"test/echo","messages":[],"seed":' + "1" * 100_000 + "}",
    "one name 12,000 times": '{"model":"a",' + ",".join(['"b":1'] * 12_000) + "}",
    "12,000 names": '{"model":"test/echo","messages":[],' + ",".join(f'"n{index}":1' for index in range(12_000)) + "}",
    "escapes": '{"model":"' + "\\u0061" * 16_000 + '","messages":[]}', "broken escapes": '{"model":"' + "\\ud800" * 16_000 + '"}',
    "a long model": '{"model":"' + "m" * 100_000 + '","messages":[{"role":"user","content":"x"}]}',
    "many messages": '{"model":"test/unknown","messages":[' + ",".join(['{"role":"user","content":"x"}'] * 3000) + "]}",
}


@pytest.mark.parametrize("name", COSTLY)
def test_a_body_that_is_refused_costs_little(serve, document, name):
    """Bodies of 100 KB that are made to be expensive; what counts is processor time, not the clock. What grows with the
    square of a body takes seconds."""
    own = serve(document)
    own.chat("test/echo")
    before, count = processor_ticks(own.process.process.pid), 20
    for _ in range(count):
        result = own.http.post(
            "/v1/chat/completions", content=COSTLY[name], headers={"content-type": "application/json"})
        assert result.status_code in (400, 404), result.text
    milliseconds = (processor_ticks(own.process.process.pid) - before) * 10 / count
    print(f"{name}: {milliseconds:.1f} ms of processor time")
    assert milliseconds < 250 or not memory_is_plain()


@pytest.mark.slow
def test_memory_comes_back_after_a_load(serve, document, exact):
    """A peak does not last: what requests have freed is given back once the process is quiet."""
    if not memory_is_plain():
        pytest.skip("a sanitizer keeps what is freed")
    # Every loop may keep something for what comes next.
    document["server"]["loops"] = 2
    own = serve(document)
    own.chat("test/exact")
    before, most = own.process.resident_bytes, 0

    def load():
        body = {"model": "test/exact", "messages": [{"role": "user", "content": "x" * 3_000_000}]}
        with httpx.Client(base_url=own.url, timeout=60, headers={"authorization": f"Bearer {USER}"}) as http:
            for _ in range(3):
                assert http.post("/v1/chat/completions", json=body).status_code == 200

    threads = [threading.Thread(target=load) for _ in range(16)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, own.process.resident_bytes)
        time.sleep(0.01)
    assert most > before * 2, "the load was none"
    eventually(lambda: own.process.resident_bytes < before * 1.25, "the memory's return")
    print(f"{before / 2**20:.1f} MiB before, {most / 2**20:.1f} at most, {own.process.resident_bytes / 2**20:.1f} once quiet")


def test_reloads_under_load_lose_nothing(serve, document):
    own = serve(document)
    stop, failures = threading.Event(), []

    def use():
        with httpx.Client(base_url=own.url, timeout=60, headers={"authorization": f"Bearer {USER}"}) as http:
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
    # The first count may be from before the file of records is open (twice) and any provider's connection is kept. One that
    # is lost per reload would be thirty.
    eventually(lambda: own.process.descriptors <= min(counts) + 20, f"steady descriptors after {counts}")


def test_a_provider_that_does_not_accept_is_left_at_the_connect_deadline(serve, document):
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    fillers = [socket.socket() for _ in range(3)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(full.getsockname())
    document["providers"].append(provider("full", f"http://127.0.0.1:{full.getsockname()[1]}"))
    document["models"].append(model("test/full", endpoint("full"), endpoint("beta", price=DEAR_PRICE)))
    document["models"].append(model("test/full-alone", endpoint("full")))
    document["routing"]["timeouts"]["connect_ms"] = 1000
    own = serve(document)
    begin = time.monotonic()
    assert own.chat("test/full").json()["provider"] == "Beta"
    assert 0.5 < time.monotonic() - begin < 30
    assert own.chat("test/full-alone").status_code == 504
    full.close()


@pytest.mark.parametrize("value, expected", [
    ("7", "7"), ("0", "0"), ("-5", "5"), ("soon", "5"), ("99999999999999999999", "86400"), ("1.2", "2"),
    ("Fri, 01 Jan 1999 00:00:00 GMT", "0"), ("Fri, 01 Jan 2100 00:00:00 GMT", "86400")])
def test_a_providers_patience_is_bounded(once, exact, value, expected):
    refusal = response('{"error":{"message":"slow down"}}', status="429 Too Many Requests", fields=[f"Retry-After: {value}"])
    exact.reset(refusal, refusal)  # one that names no time to wait is asked again at once
    result = once.chat(exact.model)
    assert result.status_code == 429
    assert result.headers["retry-after"] == expected
    assert "slow down" in result.json()["error"]["message"]


def test_a_compressed_answer_is_bounded(gateway, exact):
    bomb = gzip.compress(b'{"choices":[{"index":0,"message":{"content":"' + b"x" * (256 << 20), 1)
    exact.reset(response(bomb, fields=["Content-Encoding: gzip"]))
    before = gateway.process.resident_bytes
    assert gateway.chat(exact.model).status_code == 502
    growth = gateway.process.resident_bytes - before
    print(f"memory grew by {growth / 2**20:.0f} MiB")
    assert growth < 200 << 20


def test_a_connection_that_the_provider_closed_meanwhile_is_not_noticed(gateway, exact):
    def answer_and_close(raw):
        raw.sendall(answer("then I close"))

    for _ in range(10):
        exact.reset(answer_and_close)
        result = gateway.chat(exact.model)
        assert result.status_code == 200, result.text
        assert result.json()["choices"][0]["message"]["content"] == "then I close"


def test_text_that_is_no_utf_8_never_reaches_the_caller(gateway, exact):
    bad = events(chunk({"content": "a"}), done=False).encode() + b'data: {"choices":[{"index":0,"delta":{"content":"\xff\xfe"}}]}\n\n'
    exact.reset(response(bad, "text/event-stream"))
    received = Stream(gateway.chat(exact.model, stream=True).text)
    assert received.errors and not received.is_done


def test_a_flood_of_header_fields_is_a_failure_of_the_provider(gateway, exact):
    exact.reset(b"HTTP/1.1 200 OK\r\n" + b"X-Flood: 1234567890\r\n" * 200_000 + b"\r\n")
    assert gateway.chat(exact.model).status_code == 502


@pytest.mark.parametrize("path, count", [("/v1/chat/completions", 8), ("/v1/messages", 2), ("/v1/responses", 2)])
def test_bodies_that_memory_has_no_room_for_are_refused_at_their_heads(serve, document, path, count):
    """A quarter of 128 MiB holds eight bodies of 4 MiB, or two that are translated; small requests are served meanwhile."""
    document["server"]["limits"] |= {"body_bytes": 4_194_304, "memory_bytes": 134_217_728}
    own = serve(document)
    head = (f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {USER}\r\n"
            "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 4194304\r\n\r\n").encode()
    crowd = [socket.create_connection(("127.0.0.1", own.port), 30) for _ in range(count)]
    for raw in crowd:
        raw.sendall(head)
        assert read_until(raw, b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")

    def answer():
        with socket.create_connection(("127.0.0.1", own.port), 30) as raw:
            raw.sendall(head)
            return read_until(raw, b"\r\n\r\n") + raw.recv(65536)

    def has_room():
        with socket.create_connection(("127.0.0.1", own.port), 30) as raw:
            raw.sendall(head)
            return read_until(raw, b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")

    refusal = answer()
    assert refusal.startswith(b"HTTP/1.1 503 ") and b"retry-after: 1" in refusal and b"memory" in refusal
    assert own.chat("test/echo").status_code == 200
    for raw in crowd:
        raw.close()
    eventually(has_room, "room again")


def test_a_gateway_that_lags_refuses_new_requests_and_catches_up(serve, document):
    """One loop, kept busy with bodies that cost their senders nothing and the loop far more than its limit."""
    document["server"].update(loops=1, limits={"lag_ms": 2})
    own = serve(document)
    body = gzip.compress(
        b'{"model":"test/unknown","messages":[{"role":"user","content":"' + b"x" * (24 << 20) + b'"}]}', 1)
    request = request_bytes("/v1/chat/completions", body, key=USER, fields=["Content-Encoding: gzip"])
    refusals, statuses = [], set()
    end = time.monotonic() + 60

    def use():
        while not refusals and time.monotonic() < end:
            with connection(own.port, seconds=60) as raw:
                raw.sendall(request)
                answer = read_until(raw, b"}}")
            statuses.add(answer[9:12])
            if answer[9:12] == b"503":
                refusals.append(answer)

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # What was admitted is answered: nobody knows the model.
    assert refusals and statuses == {b"404", b"503"}
    assert b"overloaded" in refusals[0] and b"retry-after: 1\r\n" in refusals[0]
    assert own.http.get("/health").status_code == 200
    eventually(lambda: own.chat("test/echo").status_code == 200, "an answer once it has caught up", pause=0.1)


@pytest.mark.parametrize("line, status", [("GET /health", 200), ("GET /v1/models/count", 200), ("OPTIONS /v1/chat/completions", 204)])
def test_a_body_that_nobody_looks_at_is_not_kept(serve, document, line, status):
    document["server"]["limits"]["body_bytes"] = 67_108_864
    own = serve(document)
    own.chat("test/echo")
    before, size = own.process.resident_bytes, 48 << 20
    method, path = line.split()
    with socket.create_connection(("127.0.0.1", own.port), 30) as raw:
        raw.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n".encode())
        for _ in range(size >> 20):
            raw.sendall(b"x" * (1 << 20))
        assert read_until(raw, b"\r\n\r\n").startswith(f"HTTP/1.1 {status} ".encode())
        grown = own.process.resident_bytes - before
    assert grown < 16 << 20 or not memory_is_plain(), f"{grown >> 20} MiB more"
