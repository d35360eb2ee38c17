"""HTTP as bytes: raw connections, and server-sent events as they came."""

import contextlib
import json
import socket

import httpx


class Stream:
    """A whole event stream: comments, data of events, and what was left."""

    def __init__(self, text):
        self.comments, self.data = [], []
        for block in text.replace("\r\n", "\n").split("\n\n"):
            lines = [line for line in block.split("\n") if line]
            self.comments += [line for line in lines if line.startswith(":")]
            data = [line.removeprefix("data:").removeprefix(" ") for line in lines if line.startswith("data:")]
            if data:
                self.data.append("\n".join(data))
        self.is_done = bool(self.data) and self.data[-1] == "[DONE]"
        self.done_count = self.data.count("[DONE]")
        self.chunks = [json.loads(each) for each in self.data if each != "[DONE]"]

    @property
    def text(self):
        return "".join(
            choice.get("delta", {}).get("content") or choice.get("text") or ""
            for chunk in self.chunks for choice in chunk["choices"])

    @property
    def errors(self):
        return [chunk for chunk in self.chunks if chunk.get("error")]

    @property
    def usages(self):
        return [chunk for chunk in self.chunks if chunk.get("usage")]


def request_bytes(path, body=b"", method="POST", key=None, host="localhost", fields=()):
    """A request in HTTP/1.1."""
    if isinstance(body, str):
        body = body.encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    if body or method == "POST":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    if key:
        lines.append(f"Authorization: Bearer {key}")
    return "\r\n".join([*lines, *fields, "", ""]).encode() + body


def client_at(number, url, **more):
    """A client with an address of its own: an address that tries many wrong keys is answered later and later."""
    transport = httpx.HTTPTransport(local_address=f"127.0.{1 + number // 250}.{1 + number % 250}")
    return httpx.Client(base_url=url, timeout=60, transport=transport, **more)


@contextlib.contextmanager
def connection(port, receive_buffer=None, seconds=30):
    """A raw connection to a local port."""
    with socket.socket() as raw:
        if receive_buffer:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        raw.settimeout(seconds)
        raw.connect(("127.0.0.1", port))
        yield raw


def read_until(raw, marker, limit=1 << 20):
    """Bytes up to and with `marker`, and whatever came in the same read."""
    received = b""
    while marker not in received:
        piece = raw.recv(65536)
        if not piece:
            raise AssertionError(f"the connection ended before {marker!r}; it carried {received[:500]!r}")
        received += piece
        assert len(received) < limit
    return received


def read_to_end(raw):
    received = b""
    while piece := raw.recv(1 << 20):
        received += piece
    return received


def is_read(raw):
    """Whether the process at the other end of a connection on this machine has read all that was sent to it."""
    def written(address):
        return f"{int.from_bytes(socket.inet_aton(address[0]), 'little'):08X}:{address[1]:04X}"

    other, own = written(raw.getpeername()), written(raw.getsockname())
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table]
    queues = next(row[4] for row in rows if row[1] == other and row[2] == own)
    return int(queues.split(":")[1], 16) == 0


def close_hard(raw):
    """Closes with a reset, as a killed process's connections may."""
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    raw.close()
