"""Callers that drip, read slowly, stop in the middle or keep on sending: each costs little and nobody else waits."""

import http.client
import json
import re
import resource
import selectors
import socket
import statistics
import threading
import time

import pytest

from support.configuration import USER, configuration
from support.processes import eventually, memory_is_plain
from support.provider import chunk, events
from support.wire import Stream, close_hard, connection, read_to_end, read_until, request_bytes
from test_callers import chat_bytes, stand_still

#: Callers at a time in the tests of many; fewer where the system allows fewer descriptors.
MANY = 2000


@pytest.fixture
def document(alpha, beta, exact, tmp_path):
    document = configuration(alpha.url, beta.url, exact.url, tmp_path)
    # What a loop keeps for itself is no part of what a connection costs.
    document["server"]["loops"] = 2
    return document


@pytest.fixture
def many():
    """How many connections this process may open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY + 1000 if hard == resource.RLIM_INFINITY else min(MANY + 1000, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return min(MANY, wanted - 500)


def head_with_body(length):
    return request_bytes("/v1/chat/completions", key=USER).replace(b"Content-Length: 0", b"Content-Length: %d" % length)


def statuses(received):
    return [int(each) for each in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


def descriptors_return(gateway, before):
    eventually(lambda: gateway.process.descriptors <= before + 4, "the descriptors' return", seconds=60)


class Drippers:
    """Sockets that send one byte each per second, and what they were answered."""

    def __init__(self, port, beginnings):
        self.selector = selectors.DefaultSelector()
        self.received = {}
        self.byte = {}
        for beginning, byte in beginnings:
            raw = socket.create_connection(("127.0.0.1", port), 60)
            raw.sendall(beginning)
            raw.setblocking(False)
            self.selector.register(raw, selectors.EVENT_READ)
            self.received[raw], self.byte[raw] = b"", byte
        self.open = set(self.received)

    def run(self, seconds):
        """Until all have been closed, at most so long."""
        end = time.monotonic() + seconds
        due = 0.0
        while self.open and time.monotonic() < end:
            if time.monotonic() >= due:
                due = time.monotonic() + 1
                for raw in list(self.open):
                    self.attempt(raw, lambda: self.send(raw))
            for key, _ in self.selector.select(max(0, due - time.monotonic())):
                self.attempt(key.fileobj, lambda: self.read(key.fileobj))

    def attempt(self, raw, action):
        try:
            action()
        except BlockingIOError:
            pass
        except OSError:
            self.end(raw)

    def send(self, raw):
        """The next byte, and whatever has been said before the connection turned out to be closed."""
        try:
            raw.send(self.byte[raw])
        except BlockingIOError:
            pass
        except OSError:
            while raw in self.open:
                self.read(raw)

    def read(self, raw):
        piece = raw.recv(65536)
        if piece:
            self.received[raw] += piece
        else:
            self.end(raw)

    def end(self, raw):
        if raw in self.open:
            self.open.remove(raw)
            self.selector.unregister(raw)
            raw.close()


@pytest.mark.slow
def test_thousands_that_drip_are_ended_at_their_deadline_and_nobody_waits_for_them(serve, document, many):
    document["server"]["limits"].update(header_seconds=6, body_seconds=6)
    own = serve(document)
    before = own.process.descriptors
    beginnings = [(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"x"), (head_with_body(100_000) + b"{", b" ")]
    slow = Drippers(own.port, [beginnings[index % 2] for index in range(many)])
    dripping = threading.Thread(target=slow.run, args=(90,))
    dripping.start()
    waits = []
    while dripping.is_alive():
        begin = time.monotonic()
        assert own.chat("test/echo").status_code == 200
        waits.append((time.monotonic() - begin) * 1000)
    assert not slow.open, f"{len(slow.open)} of {many} were never ended"
    # A reset may overtake the answer of one that is in the middle of sending; most must have read it.
    answered = sum(statuses(each) == [408] for each in slow.received.values())
    assert answered > many * 0.5 and all(statuses(each) in ([408], []) for each in slow.received.values())
    print(f"{many} drippers, {answered} have read a 408; {len(waits)} good requests meanwhile, median "
          f"{statistics.median(waits):.1f} ms, p99 {statistics.quantiles(waits, n=100)[98]:.1f} ms")
    assert len(waits) > 5
    descriptors_return(own, before)


def test_idle_connections_cost_little_and_are_closed_in_time(serve, document, many):
    document["server"]["limits"]["idle_seconds"] = 5
    own = serve(document)
    own.chat("test/echo")
    before, descriptors = own.process.resident_bytes, own.process.descriptors
    idle = []
    for _ in range(many):
        raw = socket.create_connection(("127.0.0.1", own.port), 60)
        raw.sendall(request_bytes("/health", method="GET"))
        assert raw.recv(65536).startswith(b"HTTP/1.1 200 ")
        idle.append(raw)
    each = (own.process.resident_bytes - before) / many
    print(f"{many} idle connections: {each:.0f} bytes each")
    assert each < 10_000 or not memory_is_plain()
    for raw in idle:
        assert raw.recv(65536) == b""
        raw.close()
    descriptors_return(own, descriptors)


def test_many_slow_readers_cost_a_bounded_amount_each(serve, document, exact):
    """Each takes a byte now and then of a stream without end; every provider is held back."""
    count = 40
    own = serve(document)
    own.chat("test/echo")
    sent = [[0] for _ in range(count)]
    released = threading.Semaphore(0)

    def pour(counter):
        def script(raw):
            piece = events(chunk({"content": "x" * 4000}), done=False).encode()
            raw.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            try:
                while True:
                    raw.sendall(piece)
                    counter[0] += len(piece)
            finally:
                released.release()

        return script

    exact.reset(*[pour(counter) for counter in sent])
    before, descriptors = own.process.resident_bytes, own.process.descriptors
    readers = [connection(own.port, receive_buffer=16384) for _ in range(count)]
    opened = [each.__enter__() for each in readers]
    for raw in opened:
        raw.sendall(chat_bytes("test/exact"))
        read_until(raw, b"data: ")
    eventually(lambda: stand_still(sent), "backpressure", seconds=60)
    for _ in range(20):
        for raw in opened:
            assert raw.recv(1)
    growth = (own.process.resident_bytes - before) / count
    print(f"{count} slow readers: {growth / 1024:.0f} KiB each")
    assert growth < 256 * 1024 or not memory_is_plain()
    assert own.chat("test/echo").status_code == 200
    for each in readers:
        each.__exit__(None, None, None)
    for _ in range(count):
        assert released.acquire(timeout=60), "a provider was never let go"
    descriptors_return(own, descriptors)


def test_a_caller_that_takes_nothing_is_closed_with_its_provider(serve, document, exact):
    document["server"]["limits"]["write_seconds"] = 1
    own = serve(document)
    descriptors = own.process.descriptors
    gone = threading.Event()

    def endless(raw):
        raw.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        try:
            while True:
                raw.sendall(events(chunk({"content": "x" * 4000}), done=False).encode())
        finally:
            gone.set()

    exact.reset(endless)
    with connection(own.port, receive_buffer=16384) as raw:
        raw.sendall(chat_bytes("test/exact"))
        assert gone.wait(30), "the provider was never let go"
        # What was under way may still be read; the end is a cut and not the end of a stream.
        received = b""
        try:
            received = read_to_end(raw)
        except ConnectionResetError:
            pass
        assert b"[DONE]" not in received and not received.endswith(b"0\r\n\r\n")
    descriptors_return(own, descriptors)


def test_a_caller_may_leave_after_any_event(gateway, exact):
    """The provider's connection ends with the caller's, whichever of 60 chunks was the last."""
    late = []
    for count in range(1, 60):
        closed = threading.Event()

        def script(raw):
            raw.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            for number in range(count):
                raw.sendall(events(chunk({"content": f"<{number}>"}), done=False).encode())
            raw.settimeout(60)
            try:
                if raw.recv(1) == b"":
                    closed.set()
            except ConnectionResetError:
                closed.set()

        exact.reset(script)
        with connection(gateway.port) as raw:
            raw.sendall(chat_bytes("test/exact"))
            read_until(raw, b"<%d>" % (count - 1))
        left = time.monotonic()
        assert closed.wait(20), f"after {count} events the provider went on"
        late.append((time.monotonic() - left) * 1000)
    print(f"59 callers left: the provider's connection ended after {statistics.median(late):.1f} ms, at most {max(late):.1f} ms")


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_callers_that_leave_in_their_body_leave_nothing_behind(gateway, exact, leave):
    exact.reset()
    before = gateway.process.descriptors
    for length in range(0, 200, 2):
        with connection(gateway.port) as raw:
            raw.sendall(head_with_body(200) + b"{" * length)
            if leave == "reset":
                close_hard(raw)
    descriptors_return(gateway, before)
    assert exact.requests == []


def test_a_caller_that_closes_its_half_leaves_nothing_behind(gateway):
    before = gateway.process.descriptors
    for model in ["test/echo", "test/slow", "test/late"]:
        for _ in range(10):
            with connection(gateway.port) as raw:
                raw.sendall(chat_bytes(model))
                raw.shutdown(socket.SHUT_WR)
                received = read_to_end(raw)
                assert received == b"" or statuses(received) == [200]
    descriptors_return(gateway, before)


SMUGGLED = request_bytes("/health", method="GET")


@pytest.mark.parametrize("path, key, status", [
    ("/v1/chat/completions", "sk-wrong-000000000000", 401), ("/v1/nothing", USER, 404), ("/v1/models", USER, 405)])
def test_the_body_of_a_refused_request_is_never_a_request(gateway, path, key, status):
    """The refusal comes before the body; what is still sent then is not understood as anything."""
    body = SMUGGLED * 400
    head = request_bytes(path, key=key).replace(b"Content-Length: 0", b"Content-Length: %d" % len(body))
    for sent_before in [0, 7, len(SMUGGLED) * 3, len(body)]:
        with connection(gateway.port) as raw:
            raw.sendall(head + body[:sent_before])
            received = read_until(raw, b"\r\n\r\n")
            try:
                raw.sendall(body[sent_before:] + SMUGGLED)
                raw.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # closed already
            received += read_to_end(raw)
        # With the whole body there the connection may live, and the last request is a real one.
        expected = [[status], [status, 200]] if sent_before == len(body) else [[status]]
        assert statuses(received) in expected, received[:300]


@pytest.mark.parametrize("beginning, filler, status", [
    (head_with_body(64 << 20), b"x", 413),
    (request_bytes("/v1/chat/completions", key=USER).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
     + b"1000000\r\n", b"x", 413),
    (b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ", b"x", 431), (b"GET /", b"x", 414),
], ids=["sized", "chunked", "head", "target"])
def test_what_is_too_large_is_refused_readably_although_it_keeps_coming(gateway, beginning, filler, status):
    """The caller sends on, 12 MB, before it reads: no reset overtakes the answer."""
    with connection(gateway.port) as raw:
        raw.sendall(beginning)
        for _ in range(12):
            raw.sendall(filler * (1 << 20))
        raw.shutdown(socket.SHUT_WR)
        received = read_to_end(raw)
    assert statuses(received) == [status]
    head, body = received.split(b"\r\n\r\n", 1)
    assert json.loads(body)["error"]["code"] == status
    assert re.search(rb"(?i)\r\nconnection: close", head)


def test_a_body_may_trickle_as_long_as_it_keeps_up(serve, document):
    """Slow is not hostile: a body that comes in small pieces within its deadline is taken."""
    own = serve(document)
    body = json.dumps({"model": "test/echo", "messages": [{"role": "user", "content": "patience"}]}).encode()
    trickling = http.client.HTTPConnection("127.0.0.1", own.port, timeout=60)

    def pieces():
        for byte in body:
            time.sleep(0.002)  # the fault itself
            yield bytes([byte])

    trickling.request("POST", "/v1/chat/completions", pieces(), {
        "Authorization": f"Bearer {USER}", "Content-Type": "application/json", "Content-Length": str(len(body))})
    answer = trickling.getresponse()
    assert answer.status == 200 and b"patience" in answer.read()
    trickling.close()


def test_streams_to_fast_and_slow_callers_do_not_mix(gateway, exact):
    """What was held back for one caller is delivered to that caller, in order and whole."""
    count, total = 6, 400

    def script(name):
        def play(raw):
            raw.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            for number in range(total):
                raw.sendall(events(chunk({"content": f"{name}-{number} " + "." * 2000}), done=False).encode())
            raw.sendall(events(chunk(finish="stop")).encode())

        return play

    exact.reset(*[script(f"s{index}") for index in range(count)])
    with_slow_end = [connection(gateway.port, receive_buffer=8192) for _ in range(count)]
    opened = [each.__enter__() for each in with_slow_end]
    for raw in opened:
        raw.sendall(chat_bytes(exact.model))
    for raw in opened:
        body = b""
        while not body.endswith(b"0\r\n\r\n"):
            piece = raw.recv(1 << 16)
            assert piece
            body += piece
        # Chunk sizes stand between the events on the wire; without them it is the stream.
        text = re.sub(rb"\r\n[0-9a-fA-F]+\r\n", b"", b"\r\n" + body.split(b"\r\n\r\n", 1)[1]).decode()
        said = re.findall(r"(s\d)-(\d+) ", Stream(text).text)
        assert len({name for name, _ in said}) == 1
        assert [int(number) for _, number in said] == list(range(total))
    for each in with_slow_end:
        each.__exit__(None, None, None)
