"""Providers behind TLS: only whom an authority vouches for, only under its name, only in time, never in the clear."""

import socket
import ssl
import subprocess
import threading
import time

import pytest

from conftest import Gateway
from support.configuration import DEAR_PRICE, SECRETS, configuration, endpoint, model, provider, write
from support.provider import answer, chunk, events
from support.wire import Stream
from test_limits import processor_ticks


@pytest.fixture
def document(alpha, beta, exact, tmp_path):
    return configuration(alpha.url, beta.url, exact.url, tmp_path)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, a certificate of 127.0.0.1 from it, one of another name, one that has run out, one not yet valid."""
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj",
            "/CN=Test authority")
    (folder / "index").write_text("")
    (folder / "ca.conf").write_text(
        "[ca]\ndefault_ca=own\n[own]\ndatabase=index\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n"
        "unique_subject=no\n[any]\ncommonName=supplied\n")
    for name, subject, begin, end in [
            ("good", "IP:127.0.0.1", "20200101000000Z", "20991231000000Z"),
            ("other", "DNS:elsewhere.example", "20200101000000Z", "20991231000000Z"),
            ("expired", "IP:127.0.0.1", "20200101000000Z", "20210101000000Z"),
            ("future", "IP:127.0.0.1", "20980101000000Z", "20991231000000Z")]:
        (folder / "names").write_text(f"subjectAltName={subject}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=x")
        openssl("ca", "-batch", "-config", "ca.conf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", f"{name}.csr", "-out",
                f"{name}.pem", "-extfile", "names", "-startdate", begin, "-enddate", end, "-notext")
    return folder


class TLSProvider:
    """A provider behind TLS; `talk` is given every connection whose handshake succeeded."""

    def __init__(self, folder, name, talk):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
        self.talk = talk
        self.heard, self.connections = [], 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                raw.settimeout(60)
                with self.context.wrap_socket(raw, server_side=True) as secure:
                    self.heard.append(secure.recv(65536))
                    self.talk(secure)
            except OSError:
                pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def once(secure):
    secure.sendall(answer("in private").replace(b"\r\n", b"\r\nConnection: close\r\n", 1))


@pytest.fixture
def serve_secure(start, document, tmp_path, certificates):
    """Starts a gateway whose model `test/secure` is behind TLS."""
    providers = []

    def begin(name="good", talk=once, authorities=None):
        provider_ = TLSProvider(certificates, name, talk)
        providers.append(provider_)
        document["providers"].append(provider("secure", provider_.url))
        document["models"].append(model("test/secure", endpoint("secure")))
        more = {"SSL_CERT_FILE": str(authorities)} if authorities else {}
        return Gateway(start("serve", "--config", write(tmp_path, document), more=more)), provider_

    yield begin
    for each in providers:
        each.close()


@pytest.mark.parametrize("name, is_trusted, status", [
    ("good", True, 200), ("good", False, 502), ("other", True, 502), ("expired", True, 502), ("future", True, 502)])
def test_a_providers_certificate_is_always_checked(serve_secure, certificates, name, is_trusted, status):
    own, provider_ = serve_secure(name, authorities=certificates / "ca.pem" if is_trusted else None)
    result = own.chat("test/secure")
    assert result.status_code == status, result.text
    assert provider_.connections > 0
    assert any(provider_.heard) == (status == 200), "something was said before the certificate was checked"
    if status == 200:
        assert result.json()["choices"][0]["message"]["content"] == "in private"
    else:
        assert "certificate" in result.text.lower(), result.text


def test_no_way_leads_from_tls_to_plain_text(start, document, tmp_path):
    """A provider that does not speak TLS where TLS is configured hears a handshake and nothing more."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def run():
            while True:
                try:
                    raw, _ = listener.accept()
                    with raw:
                        heard.append(raw.recv(65536))
                        raw.sendall(answer("in the clear"))
                except OSError:
                    return

        threading.Thread(target=run, daemon=True).start()
        document["providers"].append(provider("secure", f"https://127.0.0.1:{listener.getsockname()[1]}"))
        document["models"].append(model("test/secure", endpoint("secure")))
        own = Gateway(start("serve", "--config", write(tmp_path, document)))
        assert own.chat("test/secure").status_code == 502
        assert heard and all(each[:1] == b"\x16" and b"HTTP" not in each for each in heard)
        listener.shutdown(socket.SHUT_RDWR)


def cut(secure):
    """Ends the connection without TLS's own end, as somebody on the way could."""
    raw = socket.socket(fileno=secure.detach())
    raw.shutdown(socket.SHUT_RDWR)
    raw.close()


def test_an_answer_cut_outside_of_tls_is_not_whole(serve_secure, certificates):
    """Its end is marked by the connection's end alone, which anybody on the way can make."""
    def talk(secure):
        body = answer("cut").split(b"\r\n\r\n", 1)[1]
        secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + body)
        cut(secure)

    own, _ = serve_secure(talk=talk, authorities=certificates / "ca.pem")
    assert own.chat("test/secure").status_code == 502


def test_a_stream_cut_outside_of_tls_ends_with_an_error(serve_secure, certificates):
    def talk(secure):
        text = events(chunk({"content": "a"}), chunk(finish="stop"), done=False).encode()
        secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + text)
        cut(secure)

    own, _ = serve_secure(talk=talk, authorities=certificates / "ca.pem")
    received = Stream(own.chat("test/secure", stream=True).text)
    assert received.errors and not received.is_done


def test_a_handshake_that_stands_still_is_left_at_the_connect_deadline(serve, document):
    """TCP connects, TLS never does."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        document["providers"].append(provider("secure", f"https://127.0.0.1:{silent.getsockname()[1]}"))
        document["routing"]["timeouts"]["connect_ms"] = 1000
        document["models"] += [
            model("test/secure", endpoint("secure")),
            model("test/rescued", endpoint("secure"), endpoint("beta", price=DEAR_PRICE))]
        own = serve(document)
        assert own.chat("test/rescued").json()["provider"] == "Beta"
        assert own.chat("test/secure").status_code == 504


def test_authorities_are_not_read_again_for_every_connection(serve_secure, tmp_path, certificates):
    """Before: with a bundle of the usual size every new connection cost 31 ms of processor time on the loop, as much as it
    takes to read the bundle."""
    bundle = tmp_path / "bundle.pem"
    try:
        system = open("/etc/ssl/certs/ca-certificates.crt").read()
    except OSError:
        pytest.skip("the system has no bundle of authorities")
    # Large enough that its reading shows beside everything else that a connection costs.
    bundle.write_text(system * 5 + (certificates / "ca.pem").read_text())
    own, provider_ = serve_secure(authorities=bundle)
    assert own.chat("test/secure").status_code == 200
    before = processor_ticks(own.process.process.pid)
    for _ in range(40):
        assert own.chat("test/secure").status_code == 200
    each = (processor_ticks(own.process.process.pid) - before) * 10 / 40
    begin = time.process_time()
    ssl.create_default_context(cafile=bundle)
    reading = (time.process_time() - begin) * 1000
    print(f"{each:.1f} ms of processor time for a new TLS connection and a request, {reading:.1f} ms for reading the bundle")
    assert len(provider_.heard) == 41 and each < reading / 2
    assert all(SECRETS["exact"].encode() not in each for each in provider_.heard)
