"""Deadlines, limits and scarce resources."""

import gzip
import resource
import signal
import socket
import ssl
import subprocess
import threading
import time

import httpx
import pytest

from conftest import Gateway
from support.configuration import USER, configuration, endpoint, model, provider, write
from support.processes import environment, eventually, find_binary
from support.provider import answer, chunk, events, response
from support.wire import Stream, connection, read_to_end, read_until, request_bytes
from test_callers import chat_bytes


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


def test_a_caller_that_reads_nothing_is_closed(serve, document, exact):
    document["server"]["limits"]["write_seconds"] = 1
    own = serve(document)
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
        assert gone.wait(8), "the provider was never let go"


def test_a_storm_of_slow_callers_does_not_slow_the_others(gateway):
    slow = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(500)]
    for raw in slow:
        raw.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-")
    begin = time.monotonic()
    for _ in range(50):
        assert gateway.chat("test/echo").status_code == 200
    assert time.monotonic() - begin < 3
    for raw in slow:
        raw.close()


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


def test_a_log_that_nobody_reads_does_not_stop_requests(document, tmp_path):
    process = subprocess.Popen(
        [find_binary(), "serve", "--config", write(tmp_path, document)], env=environment(tmp_path, {"PATCHBAY_LOG": "debug"}),
        cwd=tmp_path, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    try:
        port = int(next(line for line in process.stderr if "listening on" in line).rsplit(":", 1)[1])
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"authorization": f"Bearer {USER}"}) as http:
            body = {"model": "alone/status-500", "messages": [{"role": "user", "content": "x"}]}
            for _ in range(1500):
                assert http.post("/v1/chat/completions", json=body).status_code == 502
    finally:
        process.kill()
        process.wait()


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


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, a certificate of 127.0.0.1 from it, and one of another name."""
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj",
            "/CN=Test authority")
    for name, subject in [("good", "IP:127.0.0.1"), ("other", "DNS:elsewhere.example")]:
        (folder / "names").write_text(f"subjectAltName={subject}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=x")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-extfile", "names", "-out", f"{name}.pem")
    return folder


def serve_tls(folder, name):
    """A provider behind TLS that answers every connection once."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    listener = socket.create_server(("127.0.0.1", 0))
    seen = []

    def run():
        while True:
            try:
                raw, _ = listener.accept()
                with context.wrap_socket(raw, server_side=True) as secure:
                    seen.append(secure.recv(65536))
                    secure.sendall(answer("in private").replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            except ssl.SSLError:
                continue
            except OSError:
                return

    threading.Thread(target=run, daemon=True).start()
    return f"https://127.0.0.1:{listener.getsockname()[1]}", seen, listener


@pytest.mark.parametrize("name, trusted, status", [("good", True, 200), ("good", False, 502), ("other", True, 502)])
def test_a_providers_certificate_is_always_checked(start, document, tmp_path, certificates, name, trusted, status):
    url, seen, listener = serve_tls(certificates, name)
    document["providers"].append(provider("secure", url))
    document["models"].append(model("test/secure", endpoint("secure")))
    more = {"SSL_CERT_FILE": str(certificates / "ca.pem")} if trusted else {}
    own = Gateway(start("serve", "--config", write(tmp_path, document), more=more))
    result = own.chat("test/secure")
    assert result.status_code == status, result.text
    assert any(seen) == (status == 200), "something was said before the certificate was checked"
    if status == 200:
        assert result.json()["choices"][0]["message"]["content"] == "in private"
    listener.close()


def test_authorities_are_not_read_again_for_every_connection(start, document, tmp_path, certificates):
    """Before: with a bundle of the usual size every new connection cost 31 ms of processor time on the loop."""
    system = "/etc/ssl/certs/ca-certificates.crt"
    bundle = tmp_path / "bundle.pem"
    try:
        bundle.write_text(open(system).read() + (certificates / "ca.pem").read_text())
    except OSError:
        pytest.skip("the system has no bundle of authorities")
    url, seen, listener = serve_tls(certificates, "good")
    document["providers"].append(provider("secure", url))
    document["models"].append(model("test/secure", endpoint("secure")))
    own = Gateway(start("serve", "--config", write(tmp_path, document), more={"SSL_CERT_FILE": str(bundle)}))
    assert own.chat("test/secure").status_code == 200
    before = processor_ticks(own.process.process.pid)
    for _ in range(40):
        assert own.chat("test/secure").status_code == 200
    ticks = processor_ticks(own.process.process.pid) - before
    print(f"{ticks * 10 / 40:.1f} ms of processor time for a new TLS connection and a request")
    assert len(seen) == 41 and ticks < 60
    listener.close()
